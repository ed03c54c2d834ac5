import { Link, useParams } from "@tanstack/react-router";
import { ApiError } from "../../api/client.ts";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Page } from "../../ui/page.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { useSearchState } from "../../ui/search-state.ts";
import { Empty, Failure, Loading } from "../../ui/status.tsx";
import { earlyView, lazyView } from "../../ui/lazy-view.tsx";
import { LiveDot } from "../../ui/live-dot.tsx";
import { shellWord } from "../../ui/shell-word.ts";
import { TraceFacts } from "./trace-facts.tsx";
import { useTrace } from "./use-trace.ts";

const TraceBody = earlyView(async () => (await import("./trace-body.tsx")).TraceBody);

const TraceDiffView = lazyView(async () => (await import("./diff/trace-diff-view.tsx")).TraceDiffView);

export function TraceScreen() {
  const { id = "" } = useParams({ strict: false });
  const [search] = useSearchState();
  const other = search["with"];
  if (other !== undefined) return <TraceDiffView key={`${id} ${other}`} before={id} after={other} />;
  return <OneTrace key={id} traceId={id} />;
}

function OneTrace({ traceId }: { readonly traceId: string }) {
  const { data, error, refetch, spans } = useTrace(traceId);
  const root = spans[0];
  const isThere = data !== undefined && spans.length > 0;
  return (
    <Page
      title={root === undefined ? "Trace" : plainText(root.name)}
      aside={
        <span className="inline-flex min-w-0 items-center gap-1 font-mono text-xs text-muted">
          <span className="truncate">{traceId}</span>
          <CopyButton text={traceId} label="Copy the trace's id" />
        </span>
      }
      actions={<LiveDot skipped={0} />}
      cli={`npx a2a traces show ${shellWord(traceId)}`}
    >
      {isThere ? (
        <>
          <TraceFacts trace={data} spans={spans} />
          <TraceBody spans={spans} />
        </>
      ) : data === undefined && error === null ? (
        <Loading what="the trace" />
      ) : error instanceof ApiError && error.reason !== "TRACE_NOT_FOUND" ? (
        <Failure error={error} retry={refetch} />
      ) : (
        <Empty title="There is no such trace." command="npx a2a traces list">
          It may be older than what is kept, or of an agent that you may not see. <Link to="/traces">All traces</Link>
        </Empty>
      )}
    </Page>
  );
}

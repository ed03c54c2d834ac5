import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { QueryBox } from "../../ui/query-box.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { Empty, Failure, Loading } from "../../ui/status.tsx";
import { useListKeys } from "../../ui/use-list-keys.ts";
import { LiveDot } from "../../ui/live-dot.tsx";
import { shellWord } from "../../ui/shell-word.ts";
import { facetValues } from "./trace-queries.ts";
import { TraceTable } from "./trace-table.tsx";
import { useTraces } from "./use-traces.ts";

const FIELDS = [
  "agent",
  "status",
  "dur",
  "kind",
  "tool",
  "model",
  "cost",
  "name",
  "task",
  "source",
  "service",
  "since",
  "until",
  "trace",
];

export function TracesScreen() {
  const [search, setSearch] = useSearchState();
  const query = search["q"] ?? "";
  const traces = useTraces(query);
  const { rows } = traces;
  useListKeys();
  return (
    <Page
      title="Traces"
      actions={<LiveDot skipped={0} />}
      cli={query === "" ? "npx a2a traces list" : `npx a2a traces list -- ${shellWord(query)}`}
    >
      <QueryBox
        label="Search traces"
        value={query}
        onChange={(q) => setSearch({ q }, { push: true })}
        fields={FIELDS}
        valuesOf={facetValues}
        history="traces"
        placeholder="agent:planner  status:error  dur:>2s  tool:search  since:1h  words"
      />
      <Panel flush>
        {traces.fresh === 0 ? undefined : (
          <div className="flex justify-center border-b border-line p-1.5" role="status">
            <Button small look="primary" onClick={traces.refetch}>
              {traces.fresh} new, show
            </Button>
          </div>
        )}
        {rows === undefined ? (
          traces.error === null ? (
            <Loading what="the traces" />
          ) : (
            <Failure error={traces.error} retry={traces.refetch} />
          )
        ) : rows.length === 0 ? (
          query === "" ? (
            <Empty title="Nothing has been traced yet." command="npx a2a keys create otel --scope ingest">
              Every call of an agent leaves a trace by itself. A key of this scope lets any program send its own over
              OpenTelemetry.
            </Empty>
          ) : (
            <Empty title="No trace fits.">A trace is listed when one of its spans matches all of the query.</Empty>
          )
        ) : (
          <Rows key={query} traces={traces} />
        )}
      </Panel>
    </Page>
  );
}

function Rows({ traces }: { readonly traces: ReturnType<typeof useTraces> }) {
  const { rows = [], hasMore, isLoadingMore, more } = traces;
  const [selected, setSelected] = useState<readonly string[]>([]);
  const navigate = useNavigate();
  const [newer, older] = rows.filter(({ traceId }) => selected.includes(traceId));
  return (
    <>
      {newer === undefined ? undefined : (
        <div className="flex flex-wrap items-center gap-3 border-b border-line bg-accent-soft/50 px-3 py-1.5 text-sm">
          {older === undefined ? (
            "Choose another one to compare."
          ) : (
            <Button
              small
              look="primary"
              onClick={() =>
                void navigate({ to: "/traces/$id", params: { id: older.traceId }, search: { with: newer.traceId } })
              }
            >
              Compare the two
            </Button>
          )}
          <Button small look="quiet" onClick={() => setSelected([])}>
            Clear
          </Button>
        </div>
      )}
      <TraceTable
        rows={rows}
        selected={selected}
        // The one that was chosen first makes room for a third.
        onSelect={(traceId, isSelected) =>
          setSelected(isSelected ? [...selected, traceId].slice(-2) : selected.filter((each) => each !== traceId))
        }
      />
      {hasMore ? (
        <div className="flex justify-center p-3">
          <Button small onClick={more} disabled={isLoadingMore}>
            {isLoadingMore ? "Loading …" : "Older traces"}
          </Button>
        </div>
      ) : undefined}
    </>
  );
}

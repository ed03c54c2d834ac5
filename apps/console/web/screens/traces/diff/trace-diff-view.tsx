import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { clsx } from "clsx";
import { ArrowLeftRight, Equal, Minus, Pencil, Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { useListKeys } from "../../../ui/use-list-keys.ts";
import { CheckField } from "../../../ui/check-field.tsx";
import { LinkButton } from "../../../ui/link-button.tsx";
import { Page } from "../../../ui/page.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { plainText } from "../../../ui/plain-text.ts";
import { useSearchState } from "../../../ui/search-state.ts";
import { shellWord } from "../../../ui/shell-word.ts";
import { Loaded } from "../../../ui/status.tsx";
import { formatDuration } from "../../../ui/time.tsx";
import { KindIcon, summaryFor } from "../kind-look.tsx";
import { diffTraces } from "../model/trace-diff.ts";
import type { DiffRow } from "../model/trace-diff.ts";
import { treeOf } from "../model/trace-tree.ts";
import type { TraceTree } from "../model/trace-tree.ts";
import { traceQuery } from "../trace-queries.ts";
import { SpanDiff } from "./span-diff.tsx";
import { TotalsTable } from "./totals-table.tsx";

const PAGE = 300;
const LOOKS = {
  same: { icon: Equal, word: "same", className: "text-muted" },
  changed: { icon: Pencil, word: "changed", className: "text-warn" },
  added: { icon: Plus, word: "added", className: "text-good" },
  removed: { icon: Minus, word: "removed", className: "text-bad" },
} as const;

/** Two traces laid over each other: what came, what went, what took how much longer. */
export function TraceDiffView({ before, after }: { readonly before: string; readonly after: string }) {
  const left = useQuery(traceQuery(before));
  const right = useQuery(traceQuery(after));
  return (
    <Page
      title="Compare traces"
      actions={
        <LinkButton small to="/traces/$id" params={{ id: after }} search={{ with: before }}>
          <ArrowLeftRight size={14} aria-hidden />
          Swap
        </LinkButton>
      }
      cli={`npx a2a traces show ${shellWord(before)}; npx a2a traces show ${shellWord(after)}`}
    >
      <Loaded query={left} what="the first trace">
        {(a) => (
          <Loaded query={right} what="the second trace">
            {(b) => <Compared before={treeOf(a.spans)} after={treeOf(b.spans)} ids={[before, after]} />}
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}

function Compared({
  before,
  after,
  ids,
}: {
  readonly before: TraceTree;
  readonly after: TraceTree;
  readonly ids: readonly [string, string];
}) {
  const [search, setSearch] = useSearchState();
  const onlyChanges = search["only"] === "changes";
  const [most, setMost] = useState(PAGE);
  // The trees are of answers that never change; the ids say which.
  const rows = useMemo(() => diffTraces(before, after), ids);
  const [chosen, setChosen] = useState<DiffRow>();
  useListKeys();
  const shown = onlyChanges ? rows.filter(({ kind }) => kind !== "same") : rows;
  const counts = Object.entries(LOOKS).map(
    ([kind, { word }]) => `${rows.filter((row) => row.kind === kind).length} ${word}`,
  );
  return (
    <>
      <TotalsTable before={before} after={after} ids={ids} />
      <div
        className={clsx("grid min-w-0 gap-4", chosen !== undefined && "lg:grid-cols-[minmax(0,1fr)_minmax(24rem,40%)]")}
      >
        <Panel
          title="Spans"
          flush
          actions={
            <>
              <span className="text-xs text-muted tabular-nums">{counts.join(", ")}</span>
              <CheckField
                label="Only what differs"
                checked={onlyChanges}
                onChange={({ currentTarget }) => setSearch({ only: currentTarget.checked ? "changes" : undefined })}
              />
            </>
          }
        >
          {shown.length === 0 ? (
            <p className="p-6 text-center text-sm text-muted">They have the same spans, and said the same.</p>
          ) : (
            <ul className="max-h-[65dvh] overflow-y-auto py-1" tabIndex={0} aria-label="Spans of both traces">
              {shown.slice(0, most).map((row) => (
                <Row
                  key={`${row.before?.spanId ?? ""} ${row.after?.spanId ?? ""}`}
                  row={row}
                  isChosen={row === chosen}
                  onChoose={() => setChosen(row)}
                />
              ))}
              {shown.length > most ? (
                <li className="p-2 text-center">
                  <button
                    type="button"
                    className="min-h-8 px-3 text-sm text-accent-text underline"
                    onClick={() => setMost(most + PAGE)}
                  >
                    {shown.length - most} more
                  </button>
                </li>
              ) : undefined}
            </ul>
          )}
        </Panel>
        {chosen === undefined ? undefined : <SpanDiff row={chosen} onClose={() => setChosen(undefined)} />}
      </div>
      <p className="text-sm text-muted">
        Before: <TraceLink id={ids[0]} /> After: <TraceLink id={ids[1]} />
      </p>
    </>
  );
}

function TraceLink({ id }: { readonly id: string }) {
  return (
    <Link to="/traces/$id" params={{ id }} className="inline-flex min-h-6 items-center font-mono text-xs break-all">
      {id}
    </Link>
  );
}

function Row({
  row,
  isChosen,
  onChoose,
}: {
  readonly row: DiffRow;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}) {
  const { kind, depth, before, after, changes } = row;
  const span = after ?? before;
  if (span === undefined) return undefined;
  const { icon: Icon, word, className } = LOOKS[kind];
  return (
    <li>
      <button
        type="button"
        data-row
        aria-pressed={isChosen}
        onClick={onChoose}
        className={clsx(
          "flex min-h-7 w-full items-center gap-2 px-3 text-left text-xs whitespace-nowrap",
          isChosen ? "bg-accent-soft" : "hover:bg-sunken",
        )}
      >
        <Icon size={13} className={clsx("shrink-0", className)} aria-label={word} />
        <span className="flex min-w-0 flex-1 items-center gap-1.5" style={{ paddingLeft: Math.min(16, depth) * 12 }}>
          <KindIcon kind={summaryFor(span).kind} />
          <span className={clsx("truncate", kind === "removed" && "line-through", kind !== "same" && className)}>
            {plainText(span.name)}
          </span>
          {changes.length === 0 ? undefined : (
            <span className="shrink-0 text-muted max-sm:hidden">{changes.join(", ")}</span>
          )}
        </span>
        <span className="shrink-0 text-right tabular-nums">{durations(row)}</span>
      </button>
    </li>
  );
}

function durations({ before, after }: DiffRow): string {
  const [a, b] = [before, after].map((span) => (span?.endUs === undefined ? undefined : span.endUs - span.startUs));
  if (a === undefined || b === undefined) return formatDuration(a ?? b ?? 0);
  const by = a === 0 ? 0 : Math.round(((b - a) / a) * 100);
  if (by === 0) return formatDuration(b);
  return `${formatDuration(a)} → ${formatDuration(b)}  ${by >= 0 ? "+" : "−"}${Math.abs(by)} %`;
}

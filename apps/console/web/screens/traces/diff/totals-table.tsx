import { formatCost, formatDuration } from "../../../ui/time.tsx";
import { Table } from "../../../ui/table.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { totalsOf } from "../model/trace-diff.ts";
import type { Totals } from "../model/trace-diff.ts";
import type { TraceTree } from "../model/trace-tree.ts";

interface TotalRow {
  readonly name: string;
  readonly of: (totals: Totals) => number;
  readonly print: (value: number) => string;
}

const ROWS: readonly TotalRow[] = [
  { name: "Duration", of: ({ durationUs }) => durationUs, print: formatDuration },
  { name: "Spans", of: ({ spans }) => spans, print: String },
  { name: "Failed", of: ({ errors }) => errors, print: String },
  { name: "Tokens", of: ({ tokens }) => tokens, print: (value) => value.toLocaleString("en") },
  { name: "Cost", of: ({ costMicros }) => costMicros, print: formatCost },
];

export function TotalsTable({
  before,
  after,
  ids,
}: {
  readonly before: TraceTree;
  readonly after: TraceTree;
  readonly ids: readonly [string, string];
}) {
  const [a, b] = [totalsOf(before), totalsOf(after)];
  return (
    <Panel flush>
      <Table
        caption="Totals"
        rows={ROWS.filter(({ of }) => of(a) !== 0 || of(b) !== 0)}
        keyOf={({ name }) => name}
        columns={[
          { head: "Of the whole", cell: ({ name }) => name },
          { head: `Before ${ids[0].slice(0, 8)}`, align: "right", cell: ({ of, print }) => print(of(a)) },
          { head: `After ${ids[1].slice(0, 8)}`, align: "right", cell: ({ of, print }) => print(of(b)) },
          { head: "Difference", align: "right", cell: ({ of, print }) => difference(of(a), of(b), print) },
        ]}
      />
    </Panel>
  );
}

function difference(a: number, b: number, print: (value: number) => string): string {
  if (a === b) return "–";
  const share = a === 0 ? "" : ` (${b > a ? "+" : "−"}${Math.abs(((b - a) / a) * 100).toFixed(0)} %)`;
  return `${b > a ? "+" : "−"}${print(Math.abs(b - a))}${share}`;
}

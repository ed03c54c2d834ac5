import { endOf } from "./trace-tree.ts";
import type { TraceTree } from "./trace-tree.ts";

export interface FlameLayout {
  readonly row: Int32Array;
  readonly rowCount: number;
}

/** Each span below its parent, and below what runs at the same time: no two bars of a row overlap. */
export function layoutFlame(tree: TraceTree, nowUs: number): FlameLayout {
  const row = new Int32Array(tree.spans.length);
  const endUs: number[] = [];
  // By start: what ends before it begins is over for whoever comes later, too.
  const order = Array.from(row.keys()).toSorted(
    (a, b) => (tree.spans[a]?.startUs ?? 0) - (tree.spans[b]?.startUs ?? 0) || a - b,
  );
  for (const at of order) {
    const span = tree.spans[at];
    if (span === undefined) continue;
    const above = tree.parent[at] ?? -1;
    let free = above < 0 ? 0 : (row[above] ?? 0) + 1;
    while ((endUs[free] ?? Number.NEGATIVE_INFINITY) > span.startUs) free += 1;
    row[at] = free;
    endUs[free] = endOf(span, nowUs);
  }
  return { row, rowCount: endUs.length };
}

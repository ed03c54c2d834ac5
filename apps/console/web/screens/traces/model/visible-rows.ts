import { matchesSpan } from "@berth/telemetry";
import type { Query } from "@berth/telemetry";
import type { TraceTree } from "./trace-tree.ts";

export interface Matches {
  /** 1: it matches itself. */
  readonly is: Uint8Array;
  /** 1: it or one of its descendants matches. */
  readonly keeps: Uint8Array;
  readonly count: number;
}

/** Undefined: nothing is asked for. */
export function findMatches(tree: TraceTree, query: Query, errorsOnly: boolean): Matches | undefined {
  const isAsked = query.terms.length > 0 || query.sinceUs !== undefined || query.untilUs !== undefined;
  if (!isAsked && !errorsOnly) return undefined;
  const is = new Uint8Array(tree.spans.length);
  const keeps = new Uint8Array(tree.spans.length);
  let count = 0;
  for (const [at, span] of tree.spans.entries()) {
    if ((errorsOnly && span.status !== "error") || (isAsked && !matchesSpan(query, span))) continue;
    is[at] = 1;
    count += 1;
    for (let above = at; above >= 0 && keeps[above] === 0; above = tree.parent[above] ?? -1) keeps[above] = 1;
  }
  return { is, keeps, count };
}

export interface VisibleRows {
  /** Places in the tree, top to bottom. */
  readonly rows: Int32Array;
  /** Row of a place; -1: it is not shown. */
  readonly rowOf: Int32Array;
  /** Of each row among its siblings that are shown, from 1; and how many these are. */
  readonly position: Int32Array;
  readonly setSize: Int32Array;
}

/** What is shown when these are folded, and only what matches with what it lies in. */
export function visibleRows(tree: TraceTree, folded: ReadonlySet<string>, matches: Matches | undefined): VisibleRows {
  const count = tree.spans.length;
  const rows = new Int32Array(count);
  const rowOf = new Int32Array(count).fill(-1);
  // By parent, the roots' at the end.
  const siblings = new Int32Array(count + 1);
  const position = new Int32Array(count);
  let length = 0;
  for (let at = 0; at < count;) {
    const next = tree.end[at] ?? at + 1;
    if (matches !== undefined && matches.keeps[at] === 0) {
      at = next;
      continue;
    }
    const above = tree.parent[at] ?? -1;
    const group = above < 0 ? count : above;
    siblings[group] = (siblings[group] ?? 0) + 1;
    position[length] = siblings[group] ?? 1;
    rows[length] = at;
    rowOf[at] = length;
    length += 1;
    at = folded.size > 0 && folded.has(tree.spans[at]?.spanId ?? "") ? next : at + 1;
  }
  const setSize = new Int32Array(length);
  for (let row = 0; row < length; row += 1) {
    const above = tree.parent[rows[row] ?? 0] ?? -1;
    setSize[row] = siblings[above < 0 ? count : above] ?? 1;
  }
  return { rows: rows.subarray(0, length), rowOf, position: position.subarray(0, length), setSize };
}

/** Everything that has something below it, at this depth or deeper. */
export function foldFrom({ spans, depth, end }: TraceTree, minDepth: number): ReadonlySet<string> {
  const folded = new Set<string>();
  for (const [at, { spanId }] of spans.entries()) {
    if ((depth[at] ?? 0) >= minDepth && (end[at] ?? 0) > at + 1) folded.add(spanId);
  }
  return folded;
}

/** How many levels are open: `]` and `[` of one level go on from there. */
export function openDepth({ spans, depth }: TraceTree, folded: ReadonlySet<string>): number {
  let open = Number.POSITIVE_INFINITY;
  let deepest = 0;
  for (const [at, { spanId }] of spans.entries()) {
    deepest = Math.max(deepest, depth[at] ?? 0);
    if (folded.has(spanId)) open = Math.min(open, depth[at] ?? 0);
  }
  return Math.min(open, deepest);
}

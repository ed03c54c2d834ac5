import { childrenOf, endOf } from "./trace-tree.ts";
import type { TraceTree } from "./trace-tree.ts";

export interface Segment {
  readonly fromUs: number;
  readonly toUs: number;
}

/** When a span itself was at work: what none of its children covers. */
export function selfSegments(tree: TraceTree, at: number, nowUs: number): readonly Segment[] {
  const span = tree.spans[at];
  if (span === undefined) return [];
  const endUs = endOf(span, nowUs);
  const segments: Segment[] = [];
  let fromUs = span.startUs;
  for (const child of childrenOf(tree, at)) {
    const below = tree.spans[child];
    if (below === undefined || below.startUs >= endUs) continue;
    if (below.startUs > fromUs) segments.push({ fromUs, toUs: below.startUs });
    fromUs = Math.max(fromUs, endOf(below, nowUs));
  }
  if (fromUs < endUs || segments.length === 0) segments.push({ fromUs: Math.min(fromUs, endUs), toUs: endUs });
  return segments;
}

export function selfUs(tree: TraceTree, at: number, nowUs: number): number {
  return selfSegments(tree, at, nowUs).reduce((sum, { fromUs, toUs }) => sum + toUs - fromUs, 0);
}

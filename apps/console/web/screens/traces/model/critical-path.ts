import type { Segment } from "./self-time.ts";
import { childrenOf, endOf } from "./trace-tree.ts";
import type { TraceTree } from "./trace-tree.ts";

interface Frame {
  readonly at: number;
  /** Those that end last come first. */
  readonly children: readonly number[];
  readonly startUs: number;
  readonly endUs: number;
  next: number;
  cursorUs: number;
}

/**
 * What the end of the trace waited for, walked backwards from the end of its longest root: at each moment the span that would have had
 * to be faster. By the spans' places; a span may have several stretches.
 */
export function criticalPath(tree: TraceTree, nowUs: number): ReadonlyMap<number, readonly Segment[]> {
  const path = new Map<number, Segment[]>();
  const add = (at: number, fromUs: number, toUs: number): void => {
    if (toUs <= fromUs) return;
    const segments = path.get(at) ?? [];
    segments.unshift({ fromUs, toUs });
    path.set(at, segments);
  };
  const root = longestRoot(tree, nowUs);
  if (root === undefined) return path;
  const enter = (at: number, startUs: number, endUs: number): Frame => ({
    at,
    children: childrenOf(tree, at).toSorted((a, b) => endAt(tree, b, nowUs) - endAt(tree, a, nowUs)),
    startUs,
    endUs,
    next: 0,
    cursorUs: endUs,
  });
  const stack = [enter(root, tree.spans[root]?.startUs ?? 0, endAt(tree, root, nowUs))];
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const child = frame.children[frame.next];
    if (child === undefined) {
      add(frame.at, frame.startUs, frame.cursorUs);
      stack.pop();
      continue;
    }
    frame.next += 1;
    const startUs = Math.max(frame.startUs, tree.spans[child]?.startUs ?? 0);
    const endUs = Math.min(frame.cursorUs, endAt(tree, child, nowUs));
    // It began when the rest was already decided, or was over before its parent began.
    if (endUs <= startUs) continue;
    // Nobody waited for what ended later than what is walked now; only the parent's own end cuts off.
    if (endAt(tree, child, nowUs) > frame.cursorUs && frame.cursorUs < frame.endUs) continue;
    add(frame.at, endUs, frame.cursorUs);
    frame.cursorUs = startUs;
    stack.push(enter(child, startUs, endUs));
  }
  return path;
}

function endAt(tree: TraceTree, at: number, nowUs: number): number {
  const span = tree.spans[at];
  return span === undefined ? 0 : endOf(span, nowUs);
}

function longestRoot(tree: TraceTree, nowUs: number): number | undefined {
  let best: number | undefined;
  let longest = -1;
  for (let at = 0; at < tree.spans.length; at = tree.end[at] ?? at + 1) {
    const length = endAt(tree, at, nowUs) - (tree.spans[at]?.startUs ?? 0);
    if (length > longest) {
      longest = length;
      best = at;
    }
  }
  return best;
}

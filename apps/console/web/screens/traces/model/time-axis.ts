import { createTimeScale, ticksOf, toAxis, toTime } from "../../../ui/time-scale.ts";
import type { Interval, TimeScale } from "../../../ui/time-scale.ts";
import { endOf } from "./trace-tree.ts";
import type { TraceTree } from "./trace-tree.ts";
import type { TimeView } from "./trace-view.ts";

/** Times of a trace as places from 0 to 1. */
export interface TimeAxis {
  readonly startUs: number;
  /** A unit of the scale: it is made for milliseconds, of short traces it has microseconds. */
  readonly unitUs: number;
  readonly scale: TimeScale;
}

const SHORT_US = 1_000_000;

/** With `fold`, time in which nothing began, ended or was at work takes almost no room. */
export function createAxis(tree: TraceTree, nowUs: number, fold: boolean): TimeAxis {
  const { startUs, endUs, openCount } = tree;
  const lengthUs = (openCount > 0 ? Math.max(endUs, nowUs) : endUs) - startUs;
  const unitUs = lengthUs < SHORT_US ? 1 : 1_000;
  const range = { fromMs: 0, toMs: lengthUs / unitUs };
  return { startUs, unitUs, scale: createTimeScale(fold ? busyOf(tree, nowUs, unitUs) : [], range, fold) };
}

/** Whoever has children waits for them: only its beginning and end are something that happens. */
function busyOf(tree: TraceTree, nowUs: number, unitUs: number): readonly Interval[] {
  const busy: Interval[] = [];
  const add = (fromUs: number, toUs: number): void => {
    busy.push({ fromMs: (fromUs - tree.startUs) / unitUs, toMs: (toUs - tree.startUs) / unitUs });
  };
  for (const [at, span] of tree.spans.entries()) {
    const endUs = endOf(span, nowUs);
    if (tree.end[at] === at + 1) {
      add(span.startUs, endUs);
      continue;
    }
    add(span.startUs, span.startUs);
    add(endUs, endUs);
  }
  return busy;
}

export function placeOf({ startUs, unitUs, scale }: TimeAxis, us: number): number {
  return toAxis(scale, (us - startUs) / unitUs) / scale.length;
}

export function timeAt({ startUs, unitUs, scale }: TimeAxis, place: number): number {
  return startUs + toTime(scale, place * scale.length) * unitUs;
}

/** Round moments, in microseconds since the start. */
export function ticks({ unitUs, scale }: TimeAxis, view: TimeView, wanted: number): readonly number[] {
  return ticksOf(scale, { from: view.from * scale.length, to: view.to * scale.length }, wanted).map((ms) =>
    Math.round(ms * unitUs),
  );
}

/** What is folded, in times of the trace. */
export function foldsOf({
  startUs,
  unitUs,
  scale,
}: TimeAxis): readonly { readonly fromUs: number; readonly toUs: number }[] {
  return scale.stretches
    .filter(({ isFolded }) => isFolded)
    .map(({ fromMs, toMs }) => ({ fromUs: startUs + fromMs * unitUs, toUs: startUs + toMs * unitUs }));
}

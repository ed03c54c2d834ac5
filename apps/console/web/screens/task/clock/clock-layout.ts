import type { Lane, LaneItem } from "../model/lanes.ts";
import { toAxis, toTime } from "../../../ui/time-scale.ts";
import type { TimeScale } from "../../../ui/time-scale.ts";

export const AXIS_HEIGHT = 24;
export const ROW_HEIGHT = 14;
export const LANE_GAP = 10;

/** The part of the axis that is in sight. */
export interface View {
  readonly from: number;
  readonly to: number;
}

export interface LanePlace {
  readonly top: number;
  readonly height: number;
}

export function placeLanes(lanes: readonly Lane[]): { readonly places: readonly LanePlace[]; readonly height: number } {
  let top = AXIS_HEIGHT;
  const places = lanes.map(({ rowCount }): LanePlace => {
    const height = Math.max(24, rowCount * ROW_HEIGHT + LANE_GAP);
    const place = { top, height };
    top += height;
    return place;
  });
  return { places, height: top };
}

export function toX(scale: TimeScale, view: View, ms: number, width: number): number {
  return ((toAxis(scale, ms) - view.from) / Math.max(1e-6, view.to - view.from)) * width;
}

export function fromX(scale: TimeScale, view: View, x: number, width: number): number {
  return toTime(scale, view.from + (x / Math.max(1, width)) * (view.to - view.from));
}

const MIN_SPAN = 2;

/** Nearer or farther around a place of the axis, never beyond its ends. */
export function zoomView(view: View, length: number, factor: number, around: number): View {
  const span = Math.min(length, Math.max(MIN_SPAN, (view.to - view.from) * factor));
  const share = (around - view.from) / Math.max(1e-6, view.to - view.from);
  return shiftView({ from: around - share * span, to: around + (1 - share) * span }, length, 0);
}

export function shiftView({ from, to }: View, length: number, by: number): View {
  const span = Math.min(length, to - from);
  const start = Math.min(Math.max(0, from + by), length - span);
  return { from: start, to: start + span };
}

/** How near a moment has to be to be meant. */
const REACH = 5;

export interface HitInput {
  readonly lanes: readonly Lane[];
  readonly places: readonly LanePlace[];
  readonly scale: TimeScale;
  readonly view: View;
  readonly width: number;
  readonly nowMs: number;
}

/** What is drawn at a point, of several the one that begins nearest. */
export function hit(
  { lanes, places, scale, view, width, nowMs }: HitInput,
  x: number,
  y: number,
): LaneItem | undefined {
  const at = places.findIndex(({ top, height }) => y >= top && y < top + height);
  const lane = lanes[at];
  const place = places[at];
  if (lane === undefined || place === undefined) return undefined;
  const row = Math.floor((y - place.top - LANE_GAP / 2) / ROW_HEIGHT);
  let best: LaneItem | undefined;
  let distance = Number.POSITIVE_INFINITY;
  for (const [index, item] of lane.items.entries()) {
    if (Math.abs((lane.rows[index] ?? 0) - row) > (lane.rowCount === 1 ? 1 : 0)) continue;
    const from = toX(scale, view, item.startMs, width);
    const to = toX(scale, view, item.endMs ?? nowMs, width);
    if (x < from - REACH || x > Math.max(to, from) + REACH) continue;
    const away = x >= from && x <= to ? (to - from) / 1_000 : Math.min(Math.abs(x - from), Math.abs(x - to));
    if (away < distance) {
      distance = away;
      best = item;
    }
  }
  return best;
}

/** All moments at which something begins, each once, for walking with keys. */
export function momentsOf(lanes: readonly Lane[]): readonly number[] {
  return [...new Set(lanes.flatMap(({ items }) => items.map(({ startMs }) => startMs)))].toSorted((a, b) => a - b);
}

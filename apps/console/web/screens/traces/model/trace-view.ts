/** The part of the time axis that is in sight, from 0 to 1. */
export interface TimeView {
  readonly from: number;
  readonly to: number;
}

export const WHOLE: TimeView = { from: 0, to: 1 };
const LEAST = 1e-5;

/** Nearer (below 1) or farther around a place, never beyond the ends. */
export function zoom({ from, to }: TimeView, factor: number, around: number = (from + to) / 2): TimeView {
  const span = Math.min(1, Math.max(LEAST, (to - from) * factor));
  const share = (around - from) / (to - from);
  return pan({ from: around - share * span, to: around + (1 - share) * span }, 0);
}

export function pan({ from, to }: TimeView, by: number): TimeView {
  const span = Math.min(1, to - from);
  const start = Math.min(Math.max(0, from + by), 1 - span);
  return { from: start, to: start + span };
}

/** Of two places in any order. */
export function between(a: number, b: number): TimeView {
  const from = Math.min(1, Math.max(0, Math.min(a, b)));
  const to = Math.min(1, Math.max(0, Math.max(a, b)));
  return to - from < LEAST ? zoom({ from, to: from + LEAST }, 1) : { from, to };
}

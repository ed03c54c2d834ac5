import type { TaskEvent } from "@berth/protocol";

export const SPEEDS = [0.5, 1, 2, 4, 8, 16] as const;
/** Longer waits between two events are cut to this while playing; the scrubber says how long they were. */
export const MAX_WAIT_MS = 1_500;

export interface PlayState {
  /** Undefined: live, at the right edge. */
  readonly seq?: number;
  readonly isPlaying: boolean;
  readonly speed: number;
  /** Seqs; playing begins again at `from` behind `to`. */
  readonly loop?: { readonly from: number; readonly to: number };
}

/** Milliseconds of playing from the first event to each: recorded time with its long waits cut. */
export function playTimes(events: readonly TaskEvent[]): Float64Array {
  const times = new Float64Array(events.length);
  let before = Number.NaN;
  let time = 0;
  for (const [index, { at }] of events.entries()) {
    const now = Date.parse(at);
    const wait = Number.isNaN(before) || Number.isNaN(now) ? 0 : now - before;
    time += Math.min(MAX_WAIT_MS, Math.max(0, wait));
    times[index] = time;
    if (!Number.isNaN(now)) before = now;
  }
  return times;
}

/** The last of the ascending `times` that is not after `time`; -1 before the first. */
export function indexAtTime(times: Float64Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** One event on or back. Beyond the last one is live. */
export function step(events: readonly TaskEvent[], seq: number | undefined, by: 1 | -1): number | undefined {
  const at = seq === undefined ? events.length - 1 : indexOfSeq(events, seq);
  const next = events[Math.max(0, at + by)];
  return next === undefined || (by === 1 && at >= events.length - 1) ? undefined : next.seq;
}

/** The index of the last event up to `seq`. */
export function indexOfSeq(events: readonly TaskEvent[], seq: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle]?.seq ?? 0) <= seq) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export interface Tick {
  readonly index: number;
  /** Of playing time, into the event behind `index`. */
  readonly remainderMs: number;
  readonly isOver: boolean;
}

/** Where playing has come to `elapsedMs` of real time after it was at `from`. */
export function advance(
  times: Float64Array,
  from: { readonly index: number; readonly remainderMs: number },
  elapsedMs: number,
  range: { readonly speed: number; readonly loop?: { readonly from: number; readonly to: number } },
): Tick {
  const last = times.length - 1;
  const start = times[from.index] ?? 0;
  const time = start + from.remainderMs + elapsedMs * range.speed;
  const end = range.loop === undefined ? last : Math.min(last, range.loop.to);
  const index = Math.min(indexAtTime(times, time), end);
  if (index < end || (times[end] ?? 0) > time) return { index, remainderMs: time - (times[index] ?? 0), isOver: false };
  if (range.loop !== undefined) {
    // The end stays for as long as a wait may last, so that it is seen.
    if (time - (times[end] ?? 0) < MAX_WAIT_MS / 2)
      return { index: end, remainderMs: time - (times[end] ?? 0), isOver: false };
    return { index: Math.max(0, range.loop.from), remainderMs: 0, isOver: false };
  }
  return { index: end, remainderMs: 0, isOver: true };
}

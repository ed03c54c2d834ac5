/** A stretch of time on the axis. Folded ones take little room, whatever their length. */
interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  /** On the axis, in units of unfolded milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly isFolded: boolean;
}

export interface TimeScale {
  readonly stretches: readonly Stretch[];
  /** Length of the axis. */
  readonly length: number;
  readonly foldedMs: number;
}

export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

const MIN_FOLD_MS = 1_000;
/** A gap is folded when it is more than this share of all there is, and takes this share when it is. */
const FOLD_SHARE = 0.04;
const MARGIN_MS = 40;

/**
 * The axis from the first to the last moment. With `fold`, time in which nothing happened takes almost no room: `busy` says when
 * something did. Lengths stay true everywhere else, and a fold says its own.
 */
export function createTimeScale(busy: readonly Interval[], range: Interval, fold: boolean): TimeScale {
  const total = Math.max(1, range.toMs - range.fromMs);
  const gaps = fold
    ? gapsOf(busy, range).filter(({ fromMs, toMs }) => toMs - fromMs > Math.max(MIN_FOLD_MS, total * FOLD_SHARE))
    : [];
  const foldedMs = gaps.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const foldLength = Math.max(50, (total - foldedMs) * FOLD_SHARE);
  const stretches: Stretch[] = [];
  let at = 0;
  let ms = range.fromMs;
  const add = (toMs: number, isFolded: boolean): void => {
    if (toMs <= ms && stretches.length > 0) return;
    const length = isFolded ? foldLength : Math.max(0, toMs - ms);
    stretches.push({ fromMs: ms, toMs, from: at, to: at + length, isFolded });
    at += length;
    ms = toMs;
  };
  for (const gap of gaps) {
    add(gap.fromMs, false);
    add(gap.toMs, true);
  }
  add(Math.max(range.toMs, range.fromMs + 1), false);
  return { stretches, length: at, foldedMs };
}

function gapsOf(busy: readonly Interval[], range: Interval): readonly Interval[] {
  const gaps: Interval[] = [];
  let end = range.fromMs;
  for (const { fromMs, toMs } of busy.toSorted((a, b) => a.fromMs - b.fromMs)) {
    if (fromMs - MARGIN_MS > end) gaps.push({ fromMs: end, toMs: fromMs - MARGIN_MS });
    end = Math.max(end, toMs + MARGIN_MS);
  }
  if (range.toMs > end) gaps.push({ fromMs: end, toMs: range.toMs });
  return gaps;
}

/** Where a moment is on the axis; moments outside are at its ends. */
export function toAxis({ stretches, length }: TimeScale, ms: number): number {
  const found = find(stretches, (stretch) => ms <= stretch.toMs);
  if (found === undefined) return length;
  const span = found.toMs - found.fromMs;
  const share = span <= 0 ? 0 : Math.max(0, (ms - found.fromMs) / span);
  return found.from + share * (found.to - found.from);
}

/** The moment at a place of the axis. */
export function toTime({ stretches }: TimeScale, at: number): number {
  const found = find(stretches, (stretch) => at <= stretch.to) ?? stretches.at(-1);
  if (found === undefined) return 0;
  const span = found.to - found.from;
  const share = span <= 0 ? 0 : Math.min(1, Math.max(0, (at - found.from) / span));
  return found.fromMs + share * (found.toMs - found.fromMs);
}

function find(stretches: readonly Stretch[], test: (stretch: Stretch) => boolean): Stretch | undefined {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const stretch = stretches[middle];
    if (stretch !== undefined && test(stretch)) high = middle;
    else low = middle + 1;
  }
  return stretches[low];
}

const STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  1_800_000, 3_600_000, 7_200_000, 21_600_000, 86_400_000,
] as const;

/** Round moments since the start for the axis, about `wanted` of them in `[from, to]` of the axis; none inside of folds. */
export function ticksOf(
  scale: TimeScale,
  view: { readonly from: number; readonly to: number },
  wanted: number,
): readonly number[] {
  const start = scale.stretches[0]?.fromMs ?? 0;
  const stepMs = STEPS_MS.find((step) => step >= (view.to - view.from) / Math.max(1, wanted)) ?? 86_400_000;
  const ticks: number[] = [];
  for (const stretch of scale.stretches) {
    if (stretch.isFolded || stretch.to < view.from || stretch.from > view.to) continue;
    const fromMs = Math.max(stretch.fromMs, toTime(scale, Math.max(view.from, stretch.from)));
    const toMs = Math.min(stretch.toMs, toTime(scale, Math.min(view.to, stretch.to)));
    for (let ms = start + Math.ceil((fromMs - start) / stepMs) * stepMs; ms <= toMs; ms += stepMs) ticks.push(ms);
  }
  return ticks;
}

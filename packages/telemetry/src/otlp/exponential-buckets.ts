import { LIMITS } from "./limits.ts";

export interface ExponentialBuckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

/**
 * An exponential histogram as one with explicit bounds. Its buckets are closed on the other side for negative values, which
 * moves only what lies exactly on a bound. Undefined: the bounds are no numbers that differ, or too many.
 */
export function toExplicitBuckets(
  scale: number,
  zeroCount: number,
  positive: ExponentialBuckets,
  negative: ExponentialBuckets,
): { readonly bounds: readonly number[]; readonly counts: readonly number[] } | undefined {
  if (positive.counts.length + negative.counts.length > LIMITS.buckets - 3) return undefined;
  const below = edges(scale, negative)
    .map((edge) => -edge)
    .toReversed();
  const above = edges(scale, positive);
  const bounds = [...below, ...above];
  const isGrowing = bounds.every((bound, n) => Number.isFinite(bound) && (n === 0 || bound > (bounds[n - 1] ?? bound)));
  if (!isGrowing) return undefined;
  // Outside of the outermost edges there is nothing; what is between the two sides is zero.
  const counts = [
    ...(below.length > 0 ? [0] : []),
    ...negative.counts.toReversed(),
    zeroCount,
    ...positive.counts,
    ...(above.length > 0 ? [0] : []),
  ];
  return { bounds, counts };
}

/** One more than there are buckets; none where there is none. */
function edges(scale: number, { offset, counts }: ExponentialBuckets): readonly number[] {
  if (counts.length === 0) return [];
  const exponent = 2 ** -scale;
  return Array.from({ length: counts.length + 1 }, (_, n) => 2 ** ((offset + n) * exponent));
}

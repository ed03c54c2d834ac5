import type { MetricPoint } from "../metric-point.ts";

export interface DeltaOptions {
  /** When the conversion began: of a series that began later, the first point is all new. */
  readonly sinceUs: number;
  /** Series that are remembered; the ones not heard of for longest are forgotten first. Default 10,000. */
  readonly maxSeries?: number;
}

interface Seen {
  readonly atUs: number;
  readonly startUs: number | undefined;
  readonly value: number;
  readonly count: number;
  readonly sum: number | undefined;
  readonly bounds: string;
  readonly counts: readonly number[];
}

/**
 * Cumulative sums and histograms as deltas, for backends that want those. A series is what has one name, resource, scope, origin and
 * set of attributes. Of the first point of one that is older than `sinceUs` nothing is sent: how much of it is new cannot be told.
 * Of a younger one, and when a series begins anew (another start time, or a number that is smaller), the whole point is the delta. Points that are not newer than the last are left out.
 * What is no cumulative, monotonic series is passed on as it is.
 */
export class DeltaConverter {
  readonly #sinceUs: number;
  readonly #maxSeries: number;
  /** In the order in which they were heard of last. */
  readonly #seen = new Map<string, Seen>();

  constructor({ sinceUs, maxSeries = 10_000 }: DeltaOptions) {
    this.#sinceUs = sinceUs;
    this.#maxSeries = maxSeries;
  }

  get size(): number {
    return this.#seen.size;
  }

  convert(points: readonly MetricPoint[]): readonly MetricPoint[] {
    return points.flatMap((point) => (isConverted(point) ? this.#delta(point) : [point]));
  }

  #delta(point: MetricPoint): readonly MetricPoint[] {
    const key = seriesKey(point);
    const before = this.#seen.get(key);
    if (before !== undefined && point.atUs <= before.atUs) return [];
    this.#remember(key, seenOf(point));
    if (before === undefined) return (point.startUs ?? 0) < this.#sinceUs ? [] : [{ ...point, temporality: "delta" }];
    return [isReset(before, point) ? restarted(point, before) : difference(point, before)];
  }

  #remember(key: string, seen: Seen): void {
    this.#seen.delete(key);
    this.#seen.set(key, seen);
    if (this.#seen.size <= this.#maxSeries) return;
    const [oldest] = this.#seen.keys();
    if (oldest !== undefined) this.#seen.delete(oldest);
  }
}

function isConverted({ type, temporality, monotonic }: MetricPoint): boolean {
  // A sum that also falls is a level, and is read as one.
  return temporality === "cumulative" && (type === "histogram" || (type === "sum" && monotonic === true));
}

function seriesKey({
  name,
  unit,
  resource,
  scope,
  source,
  agent,
  release,
  instanceId,
  taskId,
  attributes,
}: MetricPoint): string {
  return JSON.stringify([
    [name, unit, scope, source, agent, release, instanceId, taskId],
    sorted(resource ?? {}),
    sorted(attributes),
  ]);
}

function sorted(attributes: MetricPoint["attributes"]): readonly (readonly [string, unknown])[] {
  return Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function seenOf({ atUs, startUs, value = 0, count = 0, sum, bounds = [], counts = [] }: MetricPoint): Seen {
  return { atUs, startUs, value, count, sum, bounds: bounds.join(), counts };
}

function isReset(before: Seen, point: MetricPoint): boolean {
  const now = seenOf(point);
  if (now.startUs !== before.startUs || now.bounds !== before.bounds || now.counts.length !== before.counts.length)
    return true;
  return (
    now.value < before.value ||
    now.count < before.count ||
    now.counts.some((count, n) => count < (before.counts[n] ?? 0))
  );
}

/** What it holds was counted since it began, or, where that is before the last point or not said, since that. */
function restarted(point: MetricPoint, before: Seen): MetricPoint {
  const { startUs = before.atUs } = point;
  return { ...point, temporality: "delta", startUs: Math.max(startUs, before.atUs) };
}

function difference(point: MetricPoint, before: Seen): MetricPoint {
  const delta = { ...point, temporality: "delta", startUs: before.atUs } as const;
  if (point.type === "sum") return { ...delta, value: (point.value ?? 0) - before.value };
  const { sum, ...histogram } = delta;
  return {
    ...histogram,
    count: (point.count ?? 0) - before.count,
    counts: (point.counts ?? []).map((count, n) => count - (before.counts[n] ?? 0)),
    ...(sum === undefined || before.sum === undefined ? {} : { sum: sum - before.sum }),
  };
}

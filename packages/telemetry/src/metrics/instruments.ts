export interface MetricOptions {
  readonly name: string;
  readonly help: string;
  /** Names of its labels; a label that is not named here is not kept. */
  readonly labels?: readonly string[];
  /** Sets of label values that are told apart; what comes behind is counted under `other`. Default 100. */
  readonly maxSeries?: number;
}

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  /** Appended to the family's name. */
  readonly suffix?: string;
  readonly labels: Labels;
  readonly value: number;
}

/** One metric with all its series. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  samples(): readonly Sample[];
}

const MAX_SERIES = 100;
const OVERFLOW = "other";

/** The series of a metric by their label values, bounded: a label that callers choose does not fill the memory. */
class Series<T> {
  readonly #labels: readonly string[];
  readonly #max: number;
  readonly #create: () => T;
  readonly #series = new Map<string, { readonly labels: Labels; readonly state: T }>();

  constructor({ labels = [], maxSeries = MAX_SERIES }: MetricOptions, create: () => T) {
    this.#labels = labels;
    this.#max = maxSeries;
    this.#create = create;
  }

  of(labels: Labels): T {
    const values = this.#labels.map((label) => labels[label] ?? "");
    const key = JSON.stringify(values);
    const known = this.#series.get(key);
    if (known !== undefined) return known.state;
    const other = this.#labels.map(() => OVERFLOW);
    if (this.#series.size >= this.#max && JSON.stringify(other) !== key)
      return this.of(Object.fromEntries(this.#labels.map((label) => [label, OVERFLOW])));
    const state = this.#create();
    this.#series.set(key, {
      labels: Object.fromEntries(this.#labels.map((label, n) => [label, values[n] ?? ""])),
      state,
    });
    return state;
  }

  all(): readonly { readonly labels: Labels; readonly state: T }[] {
    return [...this.#series.values()];
  }
}

abstract class Metric {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];

  constructor({ name, help, labels = [] }: MetricOptions) {
    this.name = name;
    this.help = help;
    this.labels = labels;
  }
}

export class Counter extends Metric implements Family {
  readonly type = "counter" as const;
  readonly #series: Series<{ value: number }>;
  readonly #max: number;
  readonly #read: (() => readonly Sample[]) | undefined;

  constructor(options: MetricOptions, read?: () => readonly Sample[]) {
    super(options);
    this.#series = new Series(options, () => ({ value: 0 }));
    this.#max = options.maxSeries ?? MAX_SERIES;
    this.#read = read;
    // A counter without labels is there from the start, so that its first increase is seen.
    if (this.labels.length === 0) this.add(0);
  }

  add(amount: number, labels: Labels = {}): void {
    if (amount >= 0) this.#series.of(labels).value += amount;
  }

  samples(): readonly Sample[] {
    if (this.#read !== undefined) return this.#read().slice(0, this.#max);
    return this.#series.all().map(({ labels, state }) => ({ labels, value: state.value }));
  }
}

export class Gauge extends Metric implements Family {
  readonly type = "gauge" as const;
  readonly #series: Series<{ value: number }>;
  readonly #max: number;
  readonly #read: (() => number | readonly Sample[]) | undefined;

  constructor(options: MetricOptions, read?: () => number | readonly Sample[]) {
    super(options);
    this.#series = new Series(options, () => ({ value: 0 }));
    this.#max = options.maxSeries ?? MAX_SERIES;
    this.#read = read;
  }

  set(value: number, labels: Labels = {}): void {
    this.#series.of(labels).value = value;
  }

  samples(): readonly Sample[] {
    const read = this.#read?.();
    if (read === undefined) return this.#series.all().map(({ labels, state }) => ({ labels, value: state.value }));
    return typeof read === "number" ? [{ labels: {}, value: read }] : read.slice(0, this.#max);
  }
}

export class Histogram extends Metric implements Family {
  readonly type = "histogram" as const;
  readonly #buckets: readonly number[];
  readonly #series: Series<{ readonly counts: number[]; sum: number }>;

  constructor(options: MetricOptions, buckets: readonly number[]) {
    super(options);
    this.#buckets = buckets;
    this.#series = new Series(options, () => ({ counts: Array.from({ length: buckets.length + 1 }, () => 0), sum: 0 }));
  }

  observe(value: number, labels: Labels = {}): void {
    const state = this.#series.of(labels);
    const found = this.#buckets.findIndex((bound) => value <= bound);
    const bucket = found === -1 ? this.#buckets.length : found;
    state.counts[bucket] = (state.counts[bucket] ?? 0) + 1;
    state.sum += value;
  }

  samples(): readonly Sample[] {
    return this.#series.all().flatMap(({ labels, state }) => {
      let count = 0;
      const buckets = state.counts.map((inBucket, n) => {
        count += inBucket;
        const bound = this.#buckets[n];
        return {
          suffix: "_bucket",
          labels: { ...labels, le: bound === undefined ? "+Inf" : String(bound) },
          value: count,
        };
      });
      return [...buckets, { suffix: "_sum", labels, value: state.sum }, { suffix: "_count", labels, value: count }];
    });
  }
}

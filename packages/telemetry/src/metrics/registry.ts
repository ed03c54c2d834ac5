import { renderPrometheus } from "./render-prometheus.ts";
import { Counter, Gauge, Histogram } from "./instruments.ts";
import type { Family, Labels, MetricOptions, Sample } from "./instruments.ts";

/** What the platform counts of itself. Names are Prometheus', such as `berth_tasks_total`. */
export interface Registry {
  /** `read`: what counts it is elsewhere, and is asked at each rendering. */
  counter(options: MetricOptions, read?: () => readonly Sample[]): Counter;
  /** `read` is asked at each rendering; without it `set` is what counts. */
  gauge(options: MetricOptions, read?: () => number | readonly Sample[]): Gauge;
  /** `buckets` are upper bounds, growing; `+Inf` is added. */
  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): Histogram;
  /** Text format 0.0.4. */
  render(): string;
}

export type { Counter, Gauge, Histogram, Labels, MetricOptions, Sample };

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** A name that is taken or not one of Prometheus' is a bug of the caller. */
export function createRegistry(): Registry {
  const families = new Map<string, Family>();
  const add = <F extends Family>(family: F): F => {
    const { name, labels } = family;
    if (!NAME.test(name) || labels.some((label) => !LABEL.test(label) || label.startsWith("__") || label === "le"))
      throw new Error(`The metric ${name} or one of its labels has no valid name.`);
    if (families.has(name)) throw new Error(`The metric ${name} is registered twice.`);
    families.set(name, family);
    return family;
  };
  return {
    counter: (options, read) => add(new Counter(options, read)),
    gauge: (options, read) => add(new Gauge(options, read)),
    histogram: (options) => add(new Histogram(options, options.buckets)),
    render: () => renderPrometheus([...families.values()]),
  };
}

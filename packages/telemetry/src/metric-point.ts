import type { Attributes, Origin } from "./attributes.ts";

/** One data point of a metric (opentelemetry-proto metrics.proto). */
export interface MetricPoint extends Origin {
  readonly name: string;
  readonly unit: string;
  readonly description?: string;
  readonly type: "gauge" | "sum" | "histogram";
  readonly temporality?: "delta" | "cumulative";
  readonly monotonic?: boolean;
  readonly startUs?: number;
  readonly atUs: number;
  readonly attributes: Attributes;
  readonly resource?: Attributes;
  readonly scope?: string;
  /** `gauge`, `sum`. */
  readonly value?: number;
  /** `histogram`. `counts` has one more than `bounds`. */
  readonly count?: number;
  readonly sum?: number;
  readonly bounds?: readonly number[];
  readonly counts?: readonly number[];
}

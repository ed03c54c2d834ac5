import type { Attributes, AttributeValue, Origin } from "./attributes.ts";
import type { LogRecord } from "./log-record.ts";
import type { MetricPoint } from "./metric-point.ts";
import type { SpanKind, SpanLink, SpanRecord, SpanStatus } from "./span.ts";
import type { TraceContext } from "./trace-context.ts";

/** Takes records of one organization. Never waits and never throws: what there is no room for is counted as dropped. */
export interface TelemetrySink {
  spans(orgId: string, spans: readonly SpanRecord[]): void;
  logs(orgId: string, logs: readonly LogRecord[]): void;
  metrics(orgId: string, points: readonly MetricPoint[]): void;
}

export interface SpanOptions {
  readonly orgId: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly parent?: TraceContext;
  /** Of a span that is named before it begins; default: a random one. */
  readonly spanId?: string;
  readonly links?: readonly SpanLink[];
  readonly attributes?: Attributes;
  readonly origin?: Partial<Origin>;
  /** Default: now. */
  readonly startUs?: number;
  /** Also handed to the sink when it begins, without an end: whoever watches sees what is under way. */
  readonly live?: boolean;
}

/** A span of the platform that is still open. */
export interface OpenSpan {
  readonly context: TraceContext;
  set(key: string, value: AttributeValue): void;
  event(name: string, attributes?: Attributes): void;
  /** Twice is harmless: the first one counts. */
  end(outcome?: { readonly status?: SpanStatus; readonly message?: string; readonly endUs?: number }): void;
}

export interface Tracer {
  start(options: SpanOptions): OpenSpan;
}

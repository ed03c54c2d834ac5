import type { AttributeValue, Attributes } from "../attributes.ts";
import type { LogRecord } from "../log-record.ts";
import { LOG_LEVELS, severityOf } from "../log-record.ts";
import type { MetricPoint } from "../metric-point.ts";
import { BERTH, EVENT_NAME } from "../semconv.ts";
import type { SpanEvent, SpanKind, SpanLink, SpanRecord, SpanStatus } from "../span.ts";
import type { Read } from "./batch-collector.ts";
import { LIMITS } from "./limits.ts";
import type { AttributeBag, RecordBudget } from "./record-budget.ts";

export interface Source {
  readonly resource: Attributes | undefined;
  readonly scope: string | undefined;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What a span's bytes or JSON said, as far as it could be read. */
export class RawSpan {
  traceId = "";
  spanId = "";
  parentSpanId = "";
  traceState = "";
  name = "";
  kind = 0;
  startUs = 0;
  endUs = 0;
  status = 0;
  statusMessage = "";
  /** The sender's own counts. */
  droppedBefore = 0;
  readonly events: SpanEvent[] = [];
  readonly links: SpanLink[] = [];

  finish(source: Source, attributes: AttributeBag, budget: RecordBudget): Read<SpanRecord> {
    if (!isId(this.traceId, 32)) return "A span has no valid trace id (16 bytes, not all zero).";
    if (!isId(this.spanId, 16)) return "A span has no valid span id (8 bytes, not all zero).";
    if (this.startUs <= 0) return "A span has no start time.";
    const span: Mutable<SpanRecord> = {
      traceId: this.traceId,
      spanId: this.spanId,
      name: this.name,
      kind: SPAN_KINDS[this.kind] ?? "internal",
      startUs: this.startUs,
      status: SPAN_STATUSES[this.status] ?? "unset",
      attributes: withDropped(attributes, budget, this.droppedBefore),
      source: "agent",
    };
    if (isId(this.parentSpanId, 16)) span.parentSpanId = this.parentSpanId;
    if (this.traceState !== "") span.traceState = this.traceState;
    // A clock that was set back while it ran.
    if (this.endUs > 0) span.endUs = Math.max(this.endUs, this.startUs);
    if (this.statusMessage !== "") span.statusMessage = this.statusMessage;
    if (this.events.length > 0) span.events = this.events;
    if (this.links.length > 0) span.links = this.links;
    return stamp(span, source);
  }
}

export const SPAN_KINDS: readonly SpanKind[] = ["internal", "internal", "server", "client", "producer", "consumer"];
export const SPAN_STATUSES: readonly SpanStatus[] = ["unset", "ok", "error"];

export class RawLog {
  atUs = 0;
  observedUs = 0;
  severity = 0;
  severityText = "";
  body: AttributeValue | undefined;
  traceId = "";
  spanId = "";
  eventName = "";
  droppedBefore = 0;

  finish(source: Source, attributes: AttributeBag, budget: RecordBudget, receivedUs: number): Read<LogRecord> {
    if (this.eventName !== "") attributes.add(EVENT_NAME, this.eventName);
    const body = this.body === undefined || this.body === null ? this.eventName : bodyText(this.body);
    if (body === "" && attributes.size === 0) return "A log record has neither a body nor attributes.";
    const log: Mutable<LogRecord> = {
      atUs: this.atUs || this.observedUs || receivedUs,
      severity: severityNumber(this.severity, this.severityText),
      body: budget.text(body),
      attributes: withDropped(attributes, budget, this.droppedBefore),
      source: "agent",
    };
    if (isId(this.traceId, 32)) {
      log.traceId = this.traceId;
      if (isId(this.spanId, 16)) log.spanId = this.spanId;
    }
    return stamp(log, source);
  }
}

/** Of a metric: what its points have in common. */
export class RawMetric {
  name = "";
  unit = "";
  description = "";
  type: MetricPoint["type"] = "gauge";
  temporality = 0;
  monotonic = false;
}

export class RawPoint {
  startUs = 0;
  atUs = 0;
  flags = 0;
  value: number | undefined;
  count = 0;
  sum: number | undefined;
  bounds: readonly number[] = [];
  counts: readonly number[] = [];

  /** Undefined: the point says that there is no value. */
  finish(
    metric: RawMetric,
    source: Source,
    attributes: AttributeBag,
    receivedUs: number,
  ): Read<MetricPoint> | undefined {
    if (metric.name === "") return "A metric has no name.";
    if (metric.type !== "gauge" && metric.temporality !== 1 && metric.temporality !== 2)
      return `The metric "${metric.name}" does not say whether it is delta or cumulative.`;
    if ((this.flags & NO_RECORDED_VALUE) !== 0) return undefined;
    const point: Mutable<MetricPoint> = {
      name: metric.name,
      unit: metric.unit,
      type: metric.type,
      atUs: this.atUs || receivedUs,
      attributes: attributes.values,
      source: "agent",
    };
    if (metric.description !== "") point.description = metric.description;
    if (metric.type !== "gauge") point.temporality = metric.temporality === 1 ? "delta" : "cumulative";
    if (metric.type === "sum") point.monotonic = metric.monotonic;
    if (this.startUs > 0) point.startUs = this.startUs;
    const problem = metric.type === "histogram" ? this.#fillHistogram(point) : this.#fillNumber(point);
    return problem ?? stamp(point, source);
  }

  #fillNumber(point: Mutable<MetricPoint>): string | undefined {
    if (this.value === undefined || !Number.isFinite(this.value))
      return `A point of the metric "${point.name}" has no finite value.`;
    point.value = this.value;
    return undefined;
  }

  #fillHistogram(point: Mutable<MetricPoint>): string | undefined {
    const { bounds } = this;
    const counts = this.counts.length === 0 && bounds.length === 0 ? [this.count] : this.counts;
    if (counts.length !== bounds.length + 1 || counts.length > LIMITS.buckets)
      return `A histogram of the metric "${point.name}" has ${counts.length} buckets for ${bounds.length} bounds (at most ${LIMITS.buckets} buckets).`;
    if (!bounds.every((bound, n) => Number.isFinite(bound) && (n === 0 || bound > (bounds[n - 1] ?? bound))))
      return `The bounds of a histogram of the metric "${point.name}" do not grow.`;
    point.count = this.count;
    if (this.sum !== undefined && Number.isFinite(this.sum)) point.sum = this.sum;
    point.bounds = bounds;
    point.counts = counts;
    return undefined;
  }
}

/** DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK. */
const NO_RECORDED_VALUE = 1;

const NO_ID = "0".repeat(32);

function isId(text: string, length: 32 | 16): boolean {
  return text.length === length && !NO_ID.startsWith(text);
}

/** The sender's counts are believed as far as they are numbers. */
function withDropped(attributes: AttributeBag, budget: RecordBudget, before: number): Attributes {
  const dropped = budget.dropped + before;
  if (dropped > 0) attributes.values[BERTH.dropped] = dropped;
  return attributes.values;
}

function stamp<R extends Mutable<SpanRecord | LogRecord | MetricPoint>>(record: R, { resource, scope }: Source): R {
  if (resource !== undefined) record.resource = resource;
  if (scope !== undefined) record.scope = scope;
  return record;
}

function bodyText(body: AttributeValue): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}

function severityNumber(severity: number, text: string): number {
  if (severity > 0 && severity <= 24) return severity;
  const name = text.toLowerCase();
  const level = LOG_LEVELS.find((level) => level === name || (level === "warn" && name === "warning"));
  return level === undefined ? 0 : severityOf(level);
}

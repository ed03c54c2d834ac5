import type { AttributeValue, Attributes } from "../attributes.ts";
import type { LogRecord } from "../log-record.ts";
import type { MetricPoint } from "../metric-point.ts";
import type { SpanRecord } from "../span.ts";
import { splitScope } from "./group-records.ts";
import type { OtlpSignal, SignalRecords } from "./otlp-batch.ts";
import {
  groupPoints,
  outgoingGroups,
  severityText,
  spanKindNumber,
  spanStatusNumber,
  splitDropped,
  splitEventName,
  temporalityNumber,
} from "./outgoing.ts";

interface Frame<S extends OtlpSignal> {
  readonly resources: string;
  readonly scopes: string;
  readonly records: string;
  readonly toJson: (records: readonly SignalRecords[S][]) => readonly unknown[];
}

const FRAMES: { readonly [S in OtlpSignal]: Frame<S> } = {
  traces: {
    resources: "resourceSpans",
    scopes: "scopeSpans",
    records: "spans",
    toJson: (spans) => spans.map(spanJson),
  },
  logs: { resources: "resourceLogs", scopes: "scopeLogs", records: "logRecords", toJson: (logs) => logs.map(logJson) },
  metrics: {
    resources: "resourceMetrics",
    scopes: "scopeMetrics",
    records: "metrics",
    toJson: (points) => groupPoints(points).flatMap(metricJson),
  },
};

/** OTLP/JSON: ids in hex, enum values as integers, 64-bit integers as text. */
export function writeJson<S extends OtlpSignal>(signal: S, records: readonly SignalRecords[S][]): Uint8Array {
  const frame: Frame<S> = FRAMES[signal];
  const resources = outgoingGroups<SignalRecords[S]>(records).map(({ resource, scopes }) => ({
    ...(resource === undefined ? {} : { resource: { attributes: attributesJson(resource) } }),
    [frame.scopes]: scopes.map(({ scope, records }) => ({
      ...(scope === undefined ? {} : { scope: splitScope(scope) }),
      [frame.records]: frame.toJson(records),
    })),
  }));
  return new TextEncoder().encode(JSON.stringify({ [frame.resources]: resources }));
}

// An undefined member is not written.
function spanJson(span: SpanRecord): unknown {
  const { attributes, dropped } = splitDropped(span.attributes);
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    traceState: span.traceState,
    parentSpanId: span.parentSpanId,
    name: span.name,
    kind: spanKindNumber(span),
    startTimeUnixNano: nanoseconds(span.startUs),
    endTimeUnixNano: span.endUs === undefined ? undefined : nanoseconds(span.endUs),
    attributes: attributesJson(attributes),
    droppedAttributesCount: dropped === 0 ? undefined : dropped,
    events: span.events?.map(({ atUs, name, attributes }) => ({
      timeUnixNano: nanoseconds(atUs),
      name,
      attributes: attributesJson(attributes),
    })),
    links: span.links?.map(({ traceId, spanId, attributes }) => ({
      traceId,
      spanId,
      attributes: attributesJson(attributes ?? {}),
    })),
    status: { code: spanStatusNumber(span), message: span.statusMessage },
  };
}

function logJson(log: LogRecord): unknown {
  const { attributes: named, dropped } = splitDropped(log.attributes);
  const { attributes, eventName } = splitEventName(named);
  return {
    timeUnixNano: nanoseconds(log.atUs),
    observedTimeUnixNano: nanoseconds(log.atUs),
    severityNumber: log.severity,
    severityText: severityText(log),
    body: { stringValue: log.body },
    attributes: attributesJson(attributes),
    droppedAttributesCount: dropped === 0 ? undefined : dropped,
    traceId: log.traceId,
    spanId: log.spanId,
    eventName: eventName === "" ? undefined : eventName,
  };
}

function metricJson(points: readonly MetricPoint[]): readonly unknown[] {
  const [first] = points;
  if (first === undefined) return [];
  const { name, description, unit, type } = first;
  const data = {
    dataPoints: points.map(pointJson),
    aggregationTemporality: type === "gauge" ? undefined : temporalityNumber(first),
    isMonotonic: type === "sum" ? first.monotonic === true : undefined,
  };
  return [{ name, description, unit, [type]: data }];
}

function pointJson(point: MetricPoint): unknown {
  const isHistogram = point.type === "histogram";
  return {
    startTimeUnixNano: point.startUs === undefined ? undefined : nanoseconds(point.startUs),
    timeUnixNano: nanoseconds(point.atUs),
    attributes: attributesJson(point.attributes),
    asDouble: isHistogram ? undefined : (point.value ?? 0),
    count: isHistogram ? String(point.count ?? 0) : undefined,
    sum: point.sum,
    bucketCounts: point.counts?.map(String),
    explicitBounds: point.bounds,
  };
}

function attributesJson(attributes: Attributes): readonly unknown[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueJson(value) }));
}

function valueJson(value: AttributeValue): unknown {
  if (value === null) return {};
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") {
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  if (isList(value)) return { arrayValue: { values: value.map(valueJson) } };
  return { kvlistValue: { values: attributesJson(value) } };
}

function isList(value: AttributeValue): value is readonly AttributeValue[] {
  return Array.isArray(value);
}

function nanoseconds(us: number): string {
  return us <= 0 ? "0" : `${Math.trunc(us)}000`;
}

import { anyObject, choice, described, flag, integer, list, nullable, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

export type TelemetrySchemaName =
  | "Destination"
  | "DestinationList"
  | "DestinationTest"
  | "ExportResponse"
  | "LiveEvent"
  | "LiveRequest"
  | "LogFacetValues"
  | "LogHistogram"
  | "LogPage"
  | "LogRecord"
  | "MetricNames"
  | "MetricPoints"
  | "NewDestination"
  | "SpanPage"
  | "TaskTelemetry"
  | "TelemetryUsage"
  | "Trace"
  | "TracePage";

const number: JsonSchema = { type: "number" };
const US = described("Microseconds since 1970, UTC.", integer);
const attributes = described("As OpenTelemetry has them; bytes are base64.", anyObject);
const NEXT = described("`before` of the next page; absent: this is the last.", text);
const SIGNALS = list(choice("traces", "logs", "metrics"));

/** Whose a record is: what the platform knows, never what the record says. */
const ORIGIN = {
  source: choice("platform", "agent", "stdout", "stderr"),
  "agent?": text,
  "release?": text,
  "instanceId?": text,
  "taskId?": text,
};

const LOG = object({
  id: described("Grows with the time of arrival; the place in the tail.", integer),
  ...ORIGIN,
  atUs: US,
  severity: described("SeverityNumber, 1 to 24; 0 unknown.", integer),
  body: text,
  attributes,
  "resource?": attributes,
  "scope?": text,
  "traceId?": text,
  "spanId?": text,
});

const SPAN = object({
  ...ORIGIN,
  traceId: text,
  spanId: text,
  "parentSpanId?": text,
  "traceState?": text,
  name: text,
  kind: choice("internal", "server", "client", "producer", "consumer"),
  startUs: US,
  "endUs?": described("Absent: it has not ended.", US),
  status: choice("unset", "ok", "error"),
  "statusMessage?": text,
  attributes,
  "events?": list(object({ name: text, atUs: US, attributes })),
  "links?": list(object({ traceId: text, spanId: text, "attributes?": attributes })),
  "scope?": text,
  "resource?": described("What the sender says of itself.", attributes),
});

const POINT = object({
  ...ORIGIN,
  name: text,
  unit: text,
  "description?": text,
  type: choice("gauge", "sum", "histogram"),
  "temporality?": choice("delta", "cumulative"),
  "monotonic?": flag,
  "startUs?": US,
  atUs: US,
  attributes,
  "resource?": attributes,
  "scope?": text,
  "value?": number,
  "count?": integer,
  "sum?": number,
  "bounds?": list(number),
  "counts?": list(integer),
});

const TRACE_SUMMARY = object({
  traceId: text,
  rootName: text,
  spanId: text,
  "agent?": text,
  "taskId?": text,
  startUs: US,
  durationUs: integer,
  spans: integer,
  errors: integer,
});

const SETTINGS = {
  url: described("Base of OTLP/HTTP; /v1/traces, /v1/logs and /v1/metrics are appended.", text),
  encoding: choice("protobuf", "json"),
  signals: SIGNALS,
  headers: described("By name, as they are sent.", anyObject),
  secretHeaders: described("By name, the secret whose value is sent.", anyObject),
  sampleRatio: described("Share of traces, 0 to 1; spans that failed are always sent.", number),
  redact: described("Attribute keys, * at the end allowed, whose values are sent as [redacted].", list(text)),
  deltaMetrics: described("Cumulative sums and histograms are sent as deltas.", flag),
  enabled: flag,
};
const DESTINATION = { name: text, ...SETTINGS, createdAt: text, updatedAt: text };
const STATE = object({
  waiting: integer,
  waitingBytes: integer,
  sent: integer,
  dropped: integer,
  "lastError?": text,
  "lastSentAt?": text,
  "oldestAt?": text,
});

export const TELEMETRY_SCHEMAS: Readonly<Record<TelemetrySchemaName, JsonSchema>> = {
  LogRecord: LOG,
  LogPage: object({ logs: list(LOG), "next?": described("An id: `before` or `after` of the next page.", integer) }),
  LogHistogram: object({
    buckets: list(object({ fromUs: US, counts: described("By level; absent levels have none.", anyObject) })),
  }),
  LogFacetValues: object({ values: list(object({ value: text, count: integer })) }),
  SpanPage: object({ spans: list(SPAN), "next?": NEXT }),
  TracePage: object({ traces: list(TRACE_SUMMARY), "next?": NEXT }),
  Trace: object({
    traceId: text,
    spans: list(SPAN),
    truncated: described("There are more spans than are shown.", flag),
    taskIds: list(text),
    siblings: described("Other traces of these tasks.", list(text)),
  }),
  TaskTelemetry: object({ spans: list(SPAN), logs: list(LOG), truncated: flag }),
  MetricNames: object({
    metrics: list(object({ name: text, unit: text, type: choice("gauge", "sum", "histogram"), "agent?": text })),
  }),
  MetricPoints: object({ points: list(POINT) }),
  TelemetryUsage: object({
    spanBytes: integer,
    logBytes: integer,
    metricBytes: integer,
    dropped: described("Records for which there was no room, since the start.", integer),
  }),
  NewDestination: object(
    Object.fromEntries(Object.entries(SETTINGS).map(([name, schema]) => [name === "url" ? name : `${name}?`, schema])),
  ),
  Destination: object(DESTINATION),
  DestinationList: object({ destinations: list(object({ ...DESTINATION, state: STATE })) }),
  DestinationTest: object({ ok: flag, "status?": integer, detail: text, ms: integer }),
  LiveRequest: object({
    topics: list(
      object({
        id: described("Your name for it; it is on each of its events.", text),
        topic: choice("task", "tasks", "approvals", "deployment", "logs", "spans"),
        "taskId?": text,
        "deploymentId?": text,
        "query?": described("Of logs and spans.", text),
        "after?": described("Goes on after this id of the topic.", integer),
      }),
    ),
  }),
  LiveEvent: object({
    topic: text,
    at: described("Milliseconds since 1970, when the server sent it.", integer),
    type: choice("event", "gap", "error", "end"),
    "id?": described("Grows within the topic.", integer),
    "skipped?": described("gap: so many were left out.", integer),
    "error?": described("error: problem details; the other topics go on.", anyObject),
    "event?": described("task: a TaskEvent.", anyObject),
    "tasks?": list(anyObject),
    "approvals?": list(anyObject),
    "logs?": list(LOG),
    "spans?": list(SPAN),
    "kind?": described("deployment: step, log or done, with `data`.", text),
    "data?": nullable(anyObject),
  }),
  ExportResponse: described("OTLP's Export…ServiceResponse; `partialSuccess` counts what was not taken.", anyObject),
};

// OTLP, in and out
export { MAX_RECORDS } from "./otlp/batch-collector.ts";
export { OTLP_CONTENT_TYPES, otlpEncodingOf } from "./otlp/otlp-batch.ts";
export type { OtlpBatch, OtlpEncoding, OtlpSignal, SignalRecords } from "./otlp/otlp-batch.ts";
export { readOtlp } from "./otlp/read-otlp.ts";
export { writeOtlp } from "./otlp/write-otlp.ts";
export { readExportAnswer, writeExportAnswer, writeStatus } from "./otlp/export-response.ts";
export type { ExportAnswer } from "./otlp/export-response.ts";
// On the way to another backend
export { DeltaConverter } from "./export/delta-converter.ts";
export { isSampled } from "./export/is-sampled.ts";
export { REDACTED, createRedaction } from "./export/redact-attributes.ts";
// The query language
export { matchesLog, matchesSpan, spanText } from "./match-query.ts";
export { MAX_QUERY_LENGTH, parseQuery } from "./parse-query.ts";
export { printQuery, printTerm } from "./print-query.ts";
export { QUERY_FIELDS } from "./query.ts";
export type { Operator, Query, Term } from "./query.ts";
export { MAX_SEARCHED_LENGTH } from "./query-pattern.ts";
export { exactFieldValue, fieldValueOf, queryDurationUs, queryNumber } from "./query-values.ts";
export { MAX_TOKENS, tokensOf } from "./tokens.ts";
// What a span is, in one dialect
export { summaryOf } from "./span-summary.ts";
export type { SpanSummary, TokenCounts } from "./span-summary.ts";
export { VIEW_KINDS } from "./span-view-kind.ts";
export type { ViewKind } from "./span-view-kind.ts";
export { viewOf } from "./span-view.ts";
export type { SpanView } from "./span-view.ts";
export type { ViewMessage, ViewPart } from "./view-message.ts";
export { A2A, BERTH, ERROR_TYPE, GEN_AI, GEN_AI_OPERATIONS, HTTP, MCP, SERVICE_NAME } from "./semconv.ts";
// Making spans, and carrying them along
export { createTracer } from "./create-tracer.ts";
export type { TracerOptions } from "./create-tracer.ts";
export {
  TRACE_METADATA,
  traceHeaders,
  traceOfCall,
  traceOfMeta,
  traceOfMetadata,
  withTraceMeta,
  withTraceMetadata,
} from "./propagation.ts";
export { formatTraceparent, parseTraceparent } from "./trace-context.ts";
export type { TraceContext } from "./trace-context.ts";
export type { OpenSpan, SpanOptions, TelemetrySink, Tracer } from "./tracer.ts";
// What the platform counts of itself
export { createRegistry } from "./metrics/registry.ts";
export type { Counter, Gauge, Histogram, Labels, MetricOptions, Registry, Sample } from "./metrics/registry.ts";
export { PROMETHEUS_CONTENT_TYPE } from "./metrics/render-prometheus.ts";
// Records
export type { AttributeValue, Attributes, Origin, TelemetrySource } from "./attributes.ts";
export { LOG_LEVELS, levelOf, severityOf } from "./log-record.ts";
export type { LogLevel, LogRecord, StoredLog } from "./log-record.ts";
export type { MetricPoint } from "./metric-point.ts";
export type { SpanEvent, SpanKind, SpanLink, SpanRecord, SpanStatus } from "./span.ts";

import { SeverityNumber, SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import { OTLPLogExporter as JsonLogs } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtobufLogs } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter as JsonMetrics } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtobufMetrics } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as JsonTraces } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufTraces } from "@opentelemetry/exporter-trace-otlp-proto";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

export interface SdkTarget {
  /** Base of OTLP/HTTP. */
  readonly url: string;
  readonly encoding: "protobuf" | "json";
  readonly gzip: boolean;
  readonly headers?: Record<string, string>;
}

type ExporterConfig = NonNullable<ConstructorParameters<typeof JsonTraces>[0]>;

function configFor({ url, gzip, headers = {} }: SdkTarget, signal: string): ExporterConfig {
  // The enum of this name is in a package of the exporters' own; its members are these texts.
  const compression: unknown = gzip ? "gzip" : "none";
  return {
    url: `${url}/v1/${signal}`,
    compression: compression as NonNullable<ExporterConfig["compression"]>,
    headers,
    timeoutMillis: 10_000,
  };
}

export interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
}

/**
 * One span with everything that a span may have. Its times are whole milliseconds, which every clock can say.
 * Resolves when the receiver has taken it.
 */
export async function sendSpan(
  target: SdkTarget,
  { name, at }: { readonly name: string; readonly at: Date },
): Promise<SentSpan> {
  const config = configFor(target, "traces");
  const exporter = target.encoding === "json" ? new JsonTraces(config) : new ProtobufTraces(config);
  const failures: unknown[] = [];
  const send = exporter.export.bind(exporter);
  exporter.export = (spans, done) =>
    send(spans, (result) => {
      if (result.error !== undefined) failures.push(result.error);
      done(result);
    });
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const tracer = provider.getTracer("conformance", "1.2.3");
  const span = tracer.startSpan(name, {
    kind: SpanKind.CLIENT,
    startTime: at,
    attributes: { text: "héllo", whole: 42, half: 0.5, yes: true, list: ["a", "b"] },
    links: [
      {
        context: { traceId: "f".repeat(32), spanId: "e".repeat(16), traceFlags: TraceFlags.SAMPLED },
        attributes: { why: "because" },
      },
    ],
  });
  span.addEvent("half way", { left: 1 }, new Date(at.getTime() + 5));
  span.setStatus({ code: SpanStatusCode.ERROR, message: "out of luck" });
  span.end(new Date(at.getTime() + 10));
  await provider.forceFlush();
  await provider.shutdown();
  if (failures.length > 0) throw new Error(`the exporter failed: ${String(failures[0])}`);
  const { traceId, spanId } = span.spanContext();
  return { traceId, spanId };
}

export async function sendLog(target: SdkTarget, body: string): Promise<void> {
  const config = configFor(target, "logs");
  const exporter = target.encoding === "json" ? new JsonLogs(config) : new ProtobufLogs(config);
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  provider.getLogger("conformance").emit({
    timestamp: new Date(),
    severityNumber: SeverityNumber.ERROR,
    severityText: "ERROR",
    body,
    attributes: { text: "héllo", whole: 42 },
  });
  await provider.forceFlush();
  await provider.shutdown();
}

/** A counter and a histogram of this name. */
export async function sendMetrics(target: SdkTarget, name: string): Promise<void> {
  const config = configFor(target, "metrics");
  const exporter = target.encoding === "json" ? new JsonMetrics(config) : new ProtobufMetrics(config);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  const meter = provider.getMeter("conformance");
  meter.createCounter(`${name}.count`, { unit: "{call}" }).add(3, { kind: "a" });
  const histogram = meter.createHistogram(`${name}.time`, { unit: "s", advice: { explicitBucketBoundaries: [1, 10] } });
  for (const value of [0.5, 5, 50]) histogram.record(value);
  await provider.forceFlush();
  await provider.shutdown();
}

import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { DiagLogLevel, ROOT_CONTEXT, SeverityNumber, SpanKind, SpanStatusCode, diag, trace } from "@opentelemetry/api";
import { OTLPLogExporter as JsonLogs } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtoLogs } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter as JsonMetrics } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtoMetrics } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as JsonTraces } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoTraces } from "@opentelemetry/exporter-trace-otlp-proto";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { OtlpBatch, OtlpEncoding, OtlpSignal } from "@berth/telemetry";
import { OTLP_CONTENT_TYPES, otlpEncodingOf, readOtlp, writeExportAnswer, writeOtlp } from "@berth/telemetry";

// What the official SDK exports over HTTP is what we read, and what we write is what it writes.

interface Received {
  readonly signal: OtlpSignal;
  readonly encoding: OtlpEncoding;
  readonly body: Uint8Array;
}

const SIGNALS: readonly OtlpSignal[] = ["traces", "logs", "metrics"];
const received: Received[] = [];
let rejected = 0;
let base = "";

const server = createServer(async (request, response) => {
  const signal = SIGNALS.find((each) => request.url === `/v1/${each}`);
  const encoding = otlpEncodingOf(request.headers["content-type"]);
  const body = await buffer(request);
  if (signal === undefined || encoding === undefined) {
    response.writeHead(404).end();
    return;
  }
  received.push({ signal, encoding, body });
  response.writeHead(200, { "content-type": OTLP_CONTENT_TYPES[encoding] });
  response.end(writeExportAnswer(signal, encoding, rejected === 0 ? { rejected } : { rejected, message: "no ids" }));
});

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server that listens has an address with a port.
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});

afterEach(() => {
  received.length = 0;
  rejected = 0;
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

describe.each<OtlpEncoding>(["protobuf", "json"])("the official SDK's exporters in %s", (encoding) => {
  it("send spans that are read as they were recorded", async () => {
    await sendSpans(encoding);
    const { records, invalid, dropped } = batchOf("traces", encoding);
    expect({ invalid, dropped, count: records.length }).toEqual({ invalid: 0, dropped: 0, count: 2 });
    const [child, parent] = records;
    expect(child?.parentSpanId).toBe(parent?.spanId);
    expect(child?.traceId).toBe(parent?.traceId);
    expect(parent).toMatchObject({
      name: "POST /v1/tasks",
      kind: "server",
      startUs: 1_790_000_000_123_456,
      endUs: 1_790_000_001_123_456,
      status: "error",
      statusMessage: "Ünknown agent",
      attributes: {
        text: "café",
        whole: -7,
        large: 5_000_000_000,
        part: 0.5,
        yes: true,
        list: ["a", "b"],
        numbers: [1, 2.5],
      },
      events: [{ name: "retry", atUs: 1_790_000_000_200_000, attributes: { attempt: 2 } }],
      links: [
        { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", attributes: { why: "resumed" } },
      ],
      scope: "my-lib/1.2.3",
      source: "agent",
    });
    expect(parent?.resource).toMatchObject({ "telemetry.sdk.language": "nodejs" });
  });

  it("send logs that are read as they were recorded", async () => {
    await sendLogs(encoding);
    const { records, invalid } = batchOf("logs", encoding);
    expect(invalid).toBe(0);
    expect(records).toEqual([
      expect.objectContaining({
        atUs: 1_790_000_000_000_001,
        severity: 17,
        body: "went wrong",
        attributes: { "http.route": "/a", nested: { list: [1, "two", { three: true }] } },
        traceId: "0af7651916cd43dd8448eb211c80319c",
        spanId: "b7ad6b7169203331",
        scope: "my-lib",
      }),
      expect.objectContaining({ body: '{"a":1,"b":["c"]}', severity: 0, attributes: { "event.name": "my.event" } }),
    ]);
  });

  it("send metrics that are read as they were counted", async () => {
    await sendMetrics(encoding);
    const { records, invalid } = batchOf("metrics", encoding);
    expect(invalid).toBe(0);
    const byName = Object.fromEntries(records.map((point) => [point.name, point]));
    expect(byName["calls"]).toMatchObject({
      type: "sum",
      temporality: "cumulative",
      monotonic: true,
      value: 3,
      unit: "1",
      attributes: { agent: "a" },
    });
    expect(byName["queue"]).toMatchObject({ type: "sum", monotonic: false, value: -2.5 });
    expect(byName["heap"]).toMatchObject({ type: "gauge", value: 12.25, description: "How full." });
    expect(byName["took"]).toMatchObject({
      type: "histogram",
      count: 3,
      sum: 111,
      bounds: [10, 50],
      counts: [1, 1, 1],
    });
    const exponential = byName["spread"];
    expect(exponential).toMatchObject({ type: "histogram", count: 4 });
    expect(exponential?.counts?.reduce((sum, count) => sum + count, 0)).toBe(4);
    expect(exponential?.counts).toHaveLength((exponential?.bounds?.length ?? 0) + 1);
  });

  it("understand that some records were rejected", async () => {
    const said: string[] = [];
    const say = (...words: unknown[]): void => void said.push(words.map(String).join(" "));
    diag.setLogger(
      { error: say, warn: say, info: say, debug: say, verbose: say },
      { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
    );
    rejected = 3;
    await sendSpans(encoding);
    diag.disable();
    expect(said.join("\n")).toMatch(/partial success/i);
    expect(said.join("\n")).toContain("no ids");
  });
});

describe("a request of ours", () => {
  it("says of spans and logs in JSON what the official SDK's says", async () => {
    for (const [signal, send] of [
      ["traces", sendSpans],
      ["logs", sendLogs],
    ] as const) {
      received.length = 0;
      await send("json");
      for (const { body } of received) {
        const { records } = readOtlp(signal, "json", body, { receivedUs: 1 });
        expect(plain(writeOtlp(signal, "json", records))).toEqual(plain(body));
      }
    }
  });

  it("is read as the official SDK's is", async () => {
    for (const encoding of ["protobuf", "json"] as const) {
      received.length = 0;
      await sendSpans(encoding);
      await sendLogs(encoding);
      await sendMetrics(encoding);
      for (const { signal, body } of received) {
        const batch = readOtlp(signal, encoding, body, { receivedUs: 1 });
        const written = writeOtlp(signal, encoding, batch.records);
        expect(readOtlp(signal, encoding, written, { receivedUs: 1 })).toEqual(batch);
      }
    }
  });
});

async function sendSpans(encoding: OtlpEncoding): Promise<void> {
  const options = { url: `${base}/traces` };
  const exporter = encoding === "json" ? new JsonTraces(options) : new ProtoTraces(options);
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const tracer = provider.getTracer("my-lib", "1.2.3");
  const linked = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };
  const parent = tracer.startSpan(
    "POST /v1/tasks",
    {
      kind: SpanKind.SERVER,
      startTime: [1_790_000_000, 123_456_789],
      attributes: {
        text: "café",
        whole: -7,
        large: 5_000_000_000,
        part: 0.5,
        yes: true,
        list: ["a", "b"],
        numbers: [1, 2.5],
      },
      links: [{ context: linked, attributes: { why: "resumed" } }],
    },
    ROOT_CONTEXT,
  );
  parent.addEvent("retry", { attempt: 2 }, [1_790_000_000, 200_000_000]);
  parent.setStatus({ code: SpanStatusCode.ERROR, message: "Ünknown agent" });
  tracer
    .startSpan("inner", { startTime: [1_790_000_000, 0] }, trace.setSpan(ROOT_CONTEXT, parent))
    .end([1_790_000_000, 1_000]);
  parent.end([1_790_000_001, 123_456_789]);
  await provider.forceFlush();
  await provider.shutdown();
}

async function sendLogs(encoding: OtlpEncoding): Promise<void> {
  const options = { url: `${base}/logs` };
  const exporter = encoding === "json" ? new JsonLogs(options) : new ProtoLogs(options);
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  const logger = provider.getLogger("my-lib");
  const context = trace.setSpanContext(ROOT_CONTEXT, {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    traceFlags: 1,
  });
  const timestamp = [1_790_000_000, 1_000] as [number, number];
  const attributes = { "http.route": "/a", nested: { list: [1, "two", { three: true }] } };
  logger.emit({
    timestamp,
    observedTimestamp: timestamp,
    severityNumber: SeverityNumber.ERROR,
    severityText: "ERROR",
    body: "went wrong",
    attributes,
    context,
  });
  logger.emit({ timestamp, observedTimestamp: timestamp, eventName: "my.event", body: { a: 1, b: ["c"] } });
  await provider.forceFlush();
  await provider.shutdown();
}

async function sendMetrics(encoding: OtlpEncoding): Promise<void> {
  const options = { url: `${base}/metrics` };
  const exporter = encoding === "json" ? new JsonMetrics(options) : new ProtoMetrics(options);
  const provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
    views: [{ instrumentName: "spread", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  const meter = provider.getMeter("my-lib", "1.2.3");
  meter.createCounter("calls", { unit: "1" }).add(3, { agent: "a" });
  meter.createUpDownCounter("queue").add(-2.5);
  meter.createObservableGauge("heap", { description: "How full." }).addCallback((result) => result.observe(12.25));
  const took = meter.createHistogram("took", { unit: "ms", advice: { explicitBucketBoundaries: [10, 50] } });
  for (const value of [1, 10.5, 99.5]) took.record(value);
  const spread = meter.createHistogram("spread");
  for (const value of [0, 1, 2, 1_000]) spread.record(value);
  await provider.forceFlush();
  await provider.shutdown();
}

function batchOf<S extends OtlpSignal>(
  signal: S,
  encoding: OtlpEncoding,
): { records: OtlpBatch<S>["records"][number][]; invalid: number; dropped: number } {
  const batches = received.map(({ body }) => readOtlp(signal, encoding, body, { receivedUs: 1 }));
  return {
    records: batches.flatMap(({ records }) => [...records]),
    invalid: batches.reduce((sum, { invalid }) => sum + invalid, 0),
    dropped: batches.reduce((sum, { dropped }) => sum + dropped, 0),
  };
}

/** Without what says nothing (empty lists and texts, zeros), what we do not keep (flags, structures of bodies) and digits behind the microsecond. */
function plain(body: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(body), (key, value: unknown) => {
    if (key === "flags" || key === "body" || value === "" || value === 0 || value === "0") return undefined;
    if (Array.isArray(value) && value.length === 0) return undefined;
    if (key.endsWith("UnixNano")) return String(value).replace(/\d{3}$/, "000");
    return typeof value === "number" ? String(value) : value;
  });
}

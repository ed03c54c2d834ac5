import { PlatformProcess, temporaryFolder, waitFor } from "@berth/testing";
import { createPlatformClient } from "@berth/sdk/client";
import type { PlatformClient } from "@berth/sdk/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeOfficially } from "./otlp/official-decoder.ts";
import { RawReceiver } from "./otlp/raw-receiver.ts";
import { sendLog, sendMetrics, sendSpan } from "./otlp/sdk.ts";
import type { SdkTarget } from "./otlp/sdk.ts";

// What the platform sends on, of all three signals, read back by OpenTelemetry's own generated code.

const folder = temporaryFolder();
let platform: PlatformProcess;
let client: PlatformClient;
let receiver: RawReceiver;
let target: SdkTarget;

beforeAll(async () => {
  receiver = await RawReceiver.open();
  const env = { BERTH_OUTBOUND_ALLOW: `127.0.0.1:${receiver.port}` };
  platform = await PlatformProcess.start({ home: `${folder.path}/home`, env });
  client = createPlatformClient({ url: platform.url, token: platform.token });
  const { key } = await client.keys.create({ name: "otel", scopes: ["ingest"] });
  target = {
    url: `${platform.url}/otlp`,
    encoding: "protobuf",
    gzip: true,
    headers: { authorization: `Bearer ${key}` },
  };
  await client.telemetry.destinations.put("backend", {
    url: `http://127.0.0.1:${receiver.port}`,
    encoding: "protobuf",
    signals: ["traces", "logs", "metrics"],
    deltaMetrics: true,
  });
});

afterAll(async () => {
  await platform?.stop();
  await receiver?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function sentOn(signal: "traces" | "logs" | "metrics", mark: string): Promise<unknown> {
  const body = await waitFor(
    `${mark} at the receiver`,
    () => receiver.requests.find(({ path, body }) => path === `/v1/${signal}` && body.includes(mark))?.body,
  );
  return decodeOfficially(signal, body);
}

const attribute = (key: string, value: object): object => ({ key, value });

test("a span is whole: ids, times to the nanosecond, kind, status, attributes of every type, events, links", async () => {
  const at = new Date(Date.now() - 1_000);
  const { traceId, spanId } = await sendSpan(target, { name: "sent on officially", at });
  const base64 = (hex: string): string => Buffer.from(hex, "hex").toString("base64");
  const nanos = (ms: number): string => `${at.getTime() + ms}000000`;
  expect(await sentOn("traces", "sent on officially")).toMatchObject({
    resourceSpans: expect.arrayContaining([
      expect.objectContaining({
        scopeSpans: expect.arrayContaining([
          expect.objectContaining({
            scope: expect.objectContaining({ name: "conformance", version: "1.2.3" }),
            spans: expect.arrayContaining([
              expect.objectContaining({
                traceId: base64(traceId),
                spanId: base64(spanId),
                name: "sent on officially",
                kind: "SPAN_KIND_CLIENT",
                startTimeUnixNano: nanos(0),
                endTimeUnixNano: nanos(10),
                status: { code: "STATUS_CODE_ERROR", message: "out of luck" },
                attributes: expect.arrayContaining([
                  attribute("text", { stringValue: "héllo" }),
                  attribute("whole", { intValue: "42" }),
                  attribute("half", { doubleValue: 0.5 }),
                  attribute("yes", { boolValue: true }),
                  attribute("list", { arrayValue: { values: [{ stringValue: "a" }, { stringValue: "b" }] } }),
                ]),
                events: [expect.objectContaining({ name: "half way", timeUnixNano: nanos(5) })],
                links: [expect.objectContaining({ traceId: base64("f".repeat(32)), spanId: base64("e".repeat(16)) })],
              }),
            ]),
          }),
        ]),
      }),
    ]),
  });
});

test("a log record has its severity, its body and its attributes", async () => {
  await sendLog(target, "officially a line");
  expect(await sentOn("logs", "officially a line")).toMatchObject({
    resourceLogs: expect.arrayContaining([
      expect.objectContaining({
        scopeLogs: expect.arrayContaining([
          expect.objectContaining({
            logRecords: expect.arrayContaining([
              expect.objectContaining({
                severityNumber: "SEVERITY_NUMBER_ERROR",
                body: { stringValue: "officially a line" },
                attributes: expect.arrayContaining([attribute("whole", { intValue: "42" })]),
              }),
            ]),
          }),
        ]),
      }),
    ]),
  });
});

test("cumulative sums and histograms are deltas, with their units and buckets", async () => {
  await sendMetrics(target, "official");
  const metrics = await sentOn("metrics", "official.count");
  const named = (name: string, content: object): unknown =>
    expect.objectContaining({
      resourceMetrics: expect.arrayContaining([
        expect.objectContaining({
          scopeMetrics: expect.arrayContaining([
            expect.objectContaining({
              metrics: expect.arrayContaining([expect.objectContaining({ name, ...content })]),
            }),
          ]),
        }),
      ]),
    });
  const temporality = { aggregationTemporality: "AGGREGATION_TEMPORALITY_DELTA" };
  expect(metrics).toEqual(
    named("official.count", {
      unit: "{call}",
      sum: expect.objectContaining({
        ...temporality,
        isMonotonic: true,
        dataPoints: expect.arrayContaining([expect.objectContaining({ asDouble: 3 })]),
      }),
    }),
  );
  const histograms = await sentOn("metrics", "official.time");
  expect(histograms).toEqual(
    named("official.time", {
      unit: "s",
      histogram: expect.objectContaining({
        ...temporality,
        dataPoints: expect.arrayContaining([
          expect.objectContaining({ count: "3", sum: 55.5, bucketCounts: ["1", "1", "1"], explicitBounds: [1, 10] }),
        ]),
      }),
    }),
  );
});

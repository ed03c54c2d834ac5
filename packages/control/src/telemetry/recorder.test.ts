import type { MetricPoint, SpanRecord } from "@berth/telemetry";
import { createInMemoryStore } from "@berth/store/memory";
import { expect, test } from "vitest";
import { TelemetryRecorder } from "./recorder.ts";
import type { RecorderOptions } from "./recorder.ts";

const span = (n: number): SpanRecord => ({
  traceId: "1".repeat(32),
  spanId: n.toString(16).padStart(16, "0"),
  name: `span ${n}`,
  kind: "internal",
  startUs: n,
  status: "unset",
  attributes: {},
  source: "platform",
});
const line = (body: string): Parameters<TelemetryRecorder["logs"]>[1][number] => ({
  atUs: Date.now() * 1_000,
  severity: 9,
  body,
  attributes: {},
  source: "stdout",
});

function open(change: Partial<RecorderOptions> = {}): {
  readonly recorder: TelemetryRecorder;
  readonly told: string[];
  readonly store: RecorderOptions["store"];
} {
  const { telemetry: store } = createInMemoryStore();
  const told: string[] = [];
  const recorder = new TelemetryRecorder({
    store,
    onSpans: (orgId, spans) => told.push(`live ${orgId} ${spans.length}`),
    onLogs: (_orgId, logs) => told.push(`stored ${logs.map(({ id, body }) => `${typeof id} ${body}`).join()}`),
    onRecords: (orgId, { signal, records }) => told.push(`taken ${orgId} ${signal} ${records.length}`),
    onDropped: (records) => told.push(`dropped ${records}`),
    log: (text) => told.push(text),
    ...change,
  });
  return { recorder, told, store };
}

test("what is taken waits, can be read after a flush, and is told to followers only then, of each organization its own", async () => {
  const { recorder, told, store } = open();
  recorder.spans("org_1", [span(1), span(2)]);
  recorder.spans("org_2", [span(3)]);
  expect(told).toEqual(["taken org_1 traces 2", "taken org_2 traces 1"]);
  expect(recorder.waiting).toBe(3);
  await recorder.flush();
  expect(told.slice(2)).toEqual(["live org_1 2", "live org_2 1"]);
  expect(recorder.waiting).toBe(0);
  expect(await store.spans.trace("org_1", "1".repeat(32), 10)).toHaveLength(2);
  expect(await store.spans.trace("org_2", "1".repeat(32), 10)).toHaveLength(1);
});

test("whoever is told of a span can read it", async () => {
  const { telemetry } = createInMemoryStore();
  const reads: Promise<readonly SpanRecord[]>[] = [];
  const { recorder } = open({
    store: telemetry,
    onSpans: (orgId, [first]) => reads.push(telemetry.spans.trace(orgId, first?.traceId ?? "", 10)),
  });
  recorder.spans("org_1", [span(1)]);
  await recorder.flush();
  expect(await Promise.all(reads)).toMatchObject([[{ name: "span 1" }]]);
});

test("lines are told with the ids that the store gave them, in order", async () => {
  const { recorder, told } = open();
  recorder.logs("org_1", [line("one")]);
  recorder.logs("org_1", [line("two")]);
  await recorder.flush();
  expect(told.at(-1)).toBe("stored number one,number two");
});

test("what there is no room for is dropped and counted, and never waited for", async () => {
  const { recorder, told } = open({ maxRecords: 10 });
  recorder.spans(
    "org_1",
    Array.from({ length: 9 }, (_, n) => span(n + 1)),
  );
  recorder.spans("org_1", [span(20), span(21)]);
  recorder.spans("org_1", [span(22)]);
  expect(told.filter((text) => text.startsWith("dropped"))).toEqual(["dropped 2"]);
  await recorder.flush();
  recorder.spans("org_1", [span(23)]);
  expect([recorder.droppedOf("org_1"), recorder.droppedOf("org_2"), recorder.waiting]).toEqual([2, 0, 1]);
});

test("agents may fill a part of the queue only", () => {
  const { recorder } = open({ maxRecords: 10 });
  expect([recorder.hasRoom(8), recorder.hasRoom(9)]).toEqual([true, false]);
  recorder.spans(
    "org_1",
    Array.from({ length: 5 }, (_, n) => span(n + 1)),
  );
  expect([recorder.hasRoom(3), recorder.hasRoom(4)]).toEqual([true, false]);
});

test("a store that fails costs what it was given, is told of once, and is tried again", async () => {
  const { telemetry } = createInMemoryStore();
  let broken = true;
  const append = async (orgId: string, points: readonly MetricPoint[]): Promise<void> => {
    if (broken) throw new Error("no store");
    await telemetry.metrics.append(orgId, points);
  };
  const point: MetricPoint = {
    name: "m",
    unit: "1",
    type: "gauge",
    atUs: 1,
    value: 1,
    attributes: {},
    source: "agent",
  };
  const { names, points } = telemetry.metrics;
  const metrics = { append, names: names.bind(telemetry.metrics), points: points.bind(telemetry.metrics) };
  const { recorder, told } = open({ store: { ...telemetry, metrics } });
  for (let n = 0; n < 2; n++) {
    recorder.metrics("org_1", [point]);
    await recorder.flush();
  }
  broken = false;
  recorder.metrics("org_1", [point]);
  await recorder.flush();
  expect(told.filter((text) => !text.startsWith("taken"))).toEqual([
    "dropped 1",
    "telemetry could not be written: Error: no store",
    "dropped 1",
    "telemetry is written again",
  ]);
});

test("after the end nothing is taken any more", async () => {
  const { recorder, told } = open();
  recorder.spans("org_1", [span(1)]);
  await recorder.close();
  recorder.spans("org_1", [span(2)]);
  expect([recorder.hasRoom(1), told.at(-1)]).toEqual([false, "dropped 1"]);
});

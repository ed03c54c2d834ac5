import type { LogRecord, MetricPoint, SpanRecord } from "@berth/telemetry";
import { describe, expect, test } from "vitest";
import { stampRecords } from "./stamp-records.ts";
import { TaskPlaces } from "./task-places.ts";

const NOW = Date.parse("2026-11-29T12:00:00Z") * 1_000;
const TRACE = "1".repeat(32);
const EXCHANGE = "e".repeat(16);
const span = (change: Partial<SpanRecord> = {}): SpanRecord => ({
  traceId: TRACE,
  spanId: "a".repeat(16),
  name: "crunch",
  kind: "internal",
  startUs: NOW,
  endUs: NOW,
  status: "ok",
  attributes: {},
  source: "agent",
  ...change,
});
const traces = (
  ...records: readonly SpanRecord[]
): { signal: "traces"; records: readonly SpanRecord[]; invalid: number } => ({
  signal: "traces",
  records,
  invalid: 0,
});
const sandbox = { orgId: "org_1", agent: "back", release: "rel_1", instanceId: "ins_1" };

function places(): TaskPlaces {
  const known = new TaskPlaces();
  known.add({ orgId: "org_1", agent: "back", taskId: "tsk_1" }, { traceId: TRACE, spanId: EXCHANGE });
  return known;
}

describe("what an instance sends", () => {
  test("is its own whatever it says, and of the task whose trace it is", () => {
    const forged = {
      source: "platform",
      agent: "front",
      taskId: "tsk_9",
      instanceId: "ins_9",
      release: "rel_9",
    } as const;
    const { records, rejected } = stampRecords(sandbox, traces(span({ ...forged, parentSpanId: EXCHANGE })), {
      places: places(),
      nowUs: NOW,
    });
    expect(rejected).toBe(0);
    expect(records[0]).toMatchObject({
      source: "agent",
      agent: "back",
      release: "rel_1",
      instanceId: "ins_1",
      taskId: "tsk_1",
    });
  });

  test("is of one task among several in the same trace by the spans above it", () => {
    const known = places();
    known.add({ orgId: "org_1", agent: "back", taskId: "tsk_2" }, { traceId: TRACE, spanId: "f".repeat(16) });
    const [child, parent] = [
      span({ spanId: "b".repeat(16), parentSpanId: "c".repeat(16) }),
      span({ spanId: "c".repeat(16), parentSpanId: "f".repeat(16) }),
    ];
    const lost = span({ spanId: "d".repeat(16) });
    const { records } = stampRecords(sandbox, traces(child, parent, lost), { places: known, nowUs: NOW });
    expect(records.map(({ taskId }) => taskId)).toEqual(["tsk_2", "tsk_2", undefined]);
  });

  test("of another agent or organization is of no task of this one", () => {
    const asFront = stampRecords({ ...sandbox, agent: "front" }, traces(span({ parentSpanId: EXCHANGE })), {
      places: places(),
      nowUs: NOW,
    });
    const elsewhere = stampRecords({ ...sandbox, orgId: "org_2" }, traces(span({ parentSpanId: EXCHANGE })), {
      places: places(),
      nowUs: NOW,
    });
    expect([asFront, elsewhere].map(({ records }) => records[0]?.taskId)).toEqual([undefined, undefined]);
  });

  test("does not take the place of the platform's own span", () => {
    const { records, message } = stampRecords(sandbox, traces(span({ spanId: EXCHANGE })), {
      places: places(),
      nowUs: NOW,
    });
    expect([records, message]).toEqual([[], "1: its span id is the platform's"]);
  });
});

test("records are rejected one by one, and it is said why", () => {
  const batch = traces(
    span(),
    span({ traceId: "0".repeat(32) }),
    span({ spanId: "nothing" }),
    span({ startUs: 0 }),
    span({ startUs: NOW + 2 * 86_400_000_000 }),
  );
  const { records, rejected, message } = stampRecords(
    sandbox,
    { ...batch, invalid: 2 },
    { places: places(), nowUs: NOW },
  );
  expect([records.length, rejected]).toEqual([1, 6]);
  expect(message).toBe("2: its trace or span id is none; 2: its time is too far from now; 2: no valid record");
});

test("a token for no agent in particular says by service.name whose it is, where that can be a name", () => {
  const named = (service: string): SpanRecord => span({ resource: { "service.name": service } });
  const { records } = stampRecords({ orgId: "org_1" }, traces(named("front"), named("not a name!"), span()), {
    places: places(),
    nowUs: NOW,
  });
  expect(records.map(({ agent }) => agent)).toEqual(["front", undefined, undefined]);
});

test("a token for some agents sends only theirs", () => {
  const named = (service: string): SpanRecord => span({ resource: { "service.name": service } });
  const sender = { orgId: "org_1", agents: ["front"] };
  const { records, message } = stampRecords(sender, traces(named("front"), named("back"), span()), {
    places: places(),
    nowUs: NOW,
  });
  expect(records.map(({ agent }) => agent)).toEqual(["front"]);
  expect(message).toContain("2: of an agent that this token is not for");
});

test("logs and metrics are stamped too", () => {
  const log: LogRecord = { atUs: NOW, severity: 9, body: "hi", attributes: {}, source: "platform", traceId: TRACE };
  const point: MetricPoint = {
    name: "m",
    unit: "1",
    type: "sum",
    atUs: NOW,
    value: 1,
    attributes: {},
    source: "platform",
  };
  const options = { places: places(), nowUs: NOW };
  expect(stampRecords(sandbox, { signal: "logs", records: [log], invalid: 0 }, options).records[0]).toMatchObject({
    source: "agent",
    agent: "back",
    taskId: "tsk_1",
  });
  expect(stampRecords(sandbox, { signal: "metrics", records: [point], invalid: 0 }, options).records[0]).toMatchObject({
    source: "agent",
    instanceId: "ins_1",
  });
});

import { TaskState } from "@berth/protocol";
import type { SpanRecord } from "@berth/telemetry";
import { expect, test } from "vitest";
import { ACCEPTED, chunkBody, eventAt, statusBody } from "./events.fixture.ts";
import { packRows } from "./lane-rows.ts";
import { buildLanes, busyOf, itemAt, rangeOf } from "./lanes.ts";
import { skewsOf } from "./skew.ts";

const START = Date.parse("2026-11-29T10:00:00.000Z");
const EVENTS = [
  eventAt(1, 0, ACCEPTED),
  eventAt(2, 10, statusBody(TaskState.Working)),
  eventAt(3, 20, { kind: "step", key: "step:charge#1", op: "step", phase: "started", execution: 1 }),
  eventAt(4, 30, chunkBody("out", "a", false)),
  eventAt(5, 40, chunkBody("out", "b", true)),
  eventAt(6, 50, { kind: "step", key: "step:charge#1", op: "step", phase: "done", execution: 1, result: 1 }),
  eventAt(7, 60, {
    kind: "model",
    op: "chat",
    model: "p/m",
    outcome: "ok",
    inputTokens: 1,
    outputTokens: 2,
    latencyMs: 25,
    requestDigest: "sha256:0",
  }),
  eventAt(8, 70, { kind: "call", agentName: "echo", childTaskId: "task_2" }),
  eventAt(9, 80, {
    kind: "scope_request",
    approvalId: "apr_1",
    phase: "requested",
    read: ["x"],
    reason: "r",
    expiresAt: "",
  }),
];

function laneOf(id: string, events = EVENTS) {
  return buildLanes({ events }).find((lane) => lane.id === id);
}

test("each kind of event has its lane, with bars from start to end", () => {
  expect(
    laneOf("a2a")?.items.map(({ label, startMs, endMs }) => [
      label,
      startMs - START,
      endMs === undefined ? undefined : endMs - START,
    ]),
  ).toEqual([
    ["submitted", 0, 10],
    ["working", 10, undefined],
  ]);
  expect(laneOf("steps")?.items).toMatchObject([
    { label: "charge", startMs: START + 20, endMs: START + 50, tone: "good" },
  ]);
  expect(laneOf("output")?.items).toMatchObject([
    { startMs: START + 30, endMs: START + 40, detail: "2 chunks", seq: 5 },
  ]);
  expect(laneOf("models")?.items).toMatchObject([{ startMs: START + 35, endMs: START + 60 }]);
  expect(laneOf("egress")).toBeUndefined();
});

test("what is under way is open until the task ends, and then ends with it", () => {
  const over = [...EVENTS, eventAt(10, 200, statusBody(TaskState.Failed, "no"))];
  for (const id of ["calls", "authority"]) {
    expect(laneOf(id)?.items[0]).not.toHaveProperty("endMs");
    expect(laneOf(id, over)?.items[0]?.endMs).toBe(START + 200);
  }
  const children = new Map([
    ["task_2", { taskId: "task_2", state: "TASK_STATE_COMPLETED", endedAt: new Date(START + 90).toISOString() }],
  ]);
  expect(buildLanes({ events: EVENTS, children }).find(({ id }) => id === "calls")?.items[0]?.endMs).toBe(START + 90);
});

test("the range holds everything, waiting is not busy, and the cursor reads what is under way before what has been", () => {
  const lanes = buildLanes({ events: EVENTS });
  expect(rangeOf(lanes, START + 500)).toEqual({ fromMs: START, toMs: START + 500 });
  expect(busyOf(lanes, START + 500)).toContainEqual({ fromMs: START + 500, toMs: START + 500 });
  expect(busyOf(lanes, START + 500)).not.toContainEqual({ fromMs: START + 10, toMs: START + 500 });
  const steps = laneOf("steps");
  if (steps === undefined) throw new Error("there are steps");
  expect(itemAt(steps, START + 10, START)).toBeUndefined();
  expect(itemAt(steps, START + 45, START)?.label).toBe("charge");
  expect(itemAt(steps, START + 400, START + 500)?.label).toBe("charge");
});

test("rows keep what overlaps apart as long as there are rows", () => {
  const items = [
    { startMs: 0, endMs: 10 },
    { startMs: 5, endMs: 15 },
    { startMs: 10, endMs: 20 },
  ];
  expect(packRows(items)).toEqual({ rows: [0, 1, 0], count: 2 });
  expect(packRows(Array.from({ length: 50 }, () => ({ startMs: 0, endMs: 1 }))).count).toBe(16);
  expect(packRows([])).toEqual({ rows: [], count: 1 });
});

test("times that cannot be true show a clock's difference, late ones do not", () => {
  const stamped = (at: string) =>
    eventAt(2, 1_000, { kind: "status", status: { state: TaskState.Working, timestamp: at } });
  expect(skewsOf([stamped("2026-11-29T10:00:03.000Z")], [])).toEqual([{ source: "agent's statuses", ms: 2_000 }]);
  expect(skewsOf([stamped("2026-11-29T10:00:00.400Z")], [])).toEqual([]);
  const span = (source: "platform" | "agent", spanId: string, startUs: number, parentSpanId?: string): SpanRecord => ({
    traceId: "1".repeat(32),
    spanId,
    name: spanId,
    kind: "internal",
    startUs,
    endUs: startUs + 10_000,
    status: "ok",
    attributes: {},
    source,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
  });
  const spans = [
    span("platform", "a", 1_000_000),
    span("agent", "b", 900_000, "a"),
    span("agent", "c", 1_001_000, "a"),
  ];
  expect(skewsOf([], spans)).toEqual([{ source: "agent's spans", ms: -100 }]);
});

import type { SeenLine, Wake } from "@berth/runtime";
import type { LogRecord, SpanRecord } from "@berth/telemetry";
import { beforeEach, describe, expect, test } from "vitest";
import { createInstanceTelemetry } from "./instance-telemetry.ts";
import { PlatformMetrics } from "./platform-metrics.ts";
import { createSpanIds } from "./span-ids.ts";

const TURN = { traceId: "1".repeat(32), spanId: "2".repeat(16), sampled: true };
const whose = { orgId: "org_1", agentName: "echo" };
const at = "2026-11-29T12:00:00.000Z";
const place = { at, agentId: "agt_1", releaseId: "rel_1", instanceId: "ins_1" };
let logs: LogRecord[];
let spans: SpanRecord[];
let metrics: PlatformMetrics;
let telemetry: ReturnType<typeof createInstanceTelemetry>;

beforeEach(() => {
  logs = [];
  spans = [];
  const quiet = { instances: () => [], turns: () => 0, waiting: () => 0, followers: () => 0, destinations: () => [] };
  metrics = new PlatformMetrics(quiet);
  telemetry = createInstanceTelemetry({
    sink: {
      logs: (_orgId, records) => void logs.push(...records),
      spans: (_orgId, records) => void spans.push(...records),
      metrics: () => undefined,
    },
    ids: createSpanIds(new Uint8Array(32)),
    metrics,
    traceOf: (taskId) => (taskId === "tsk_1" ? TURN : undefined),
    ingest: async () => ({ rejected: 0 }),
  });
});

describe("a line of an instance", () => {
  const line = (text: string, tasks: readonly string[], change: Partial<SeenLine> = {}): SeenLine => ({
    ...place,
    ...whose,
    stream: "stdout",
    text,
    byPlatform: false,
    tasks,
    ...change,
  });
  const claiming = (taskId: string): string => JSON.stringify({ message: "hi", taskId });

  test("is of the task whose turn alone runs there, and in its trace", () => {
    telemetry.line(line("hi", ["tsk_1"]));
    const { traceId, spanId } = TURN;
    const source = { source: "stdout", agent: "echo", release: "rel_1", instanceId: "ins_1" };
    expect(logs).toEqual([
      {
        atUs: Date.parse(at) * 1_000,
        severity: 9,
        body: "hi",
        attributes: {},
        taskId: "tsk_1",
        traceId,
        spanId,
        ...source,
      },
    ]);
  });

  test.each([
    ["several turns, of which it names none", "hi", ["tsk_1", "tsk_2"], undefined],
    ["several turns, of which it names one", claiming("tsk_2"), ["tsk_1", "tsk_2"], "tsk_2"],
    ["a turn that does not run there, beside one that does", claiming("tsk_9"), ["tsk_1"], "tsk_1"],
    ["a turn that does not run there", claiming("tsk_9"), [], undefined],
  ])("with %s", (_what, text, tasks, taskId) => {
    telemetry.line(line(text, tasks));
    expect(logs[0]?.taskId).toBe(taskId);
  });

  test("that the platform wrote is the platform's, whatever it looks like", () => {
    telemetry.line(line(claiming("tsk_9"), ["tsk_1"], { byPlatform: true, stream: "stderr" }));
    expect(logs[0]).toMatchObject({ source: "platform", severity: 9, body: claiming("tsk_9"), taskId: "tsk_1" });
  });
});

test("a wake is a line, a span of the task that waited for it, and counted", () => {
  const wake: Wake = {
    ...place,
    reason: "call",
    taskId: "tsk_1",
    roomMs: 5,
    startMs: 20,
    outcome: "ready",
    detail: "warm",
  };
  telemetry.wake(wake, whose);
  telemetry.wake({ ...wake, taskId: "tsk_gone", outcome: "failed", detail: "AGENT_START_FAILED" }, whose);
  expect(logs.map(({ body, severity, source }) => [body, severity, source])).toEqual([
    ["instance woken for call: ready (warm) after 25 ms", 9, "platform"],
    ["instance woken for call: failed (AGENT_START_FAILED) after 25 ms", 17, "platform"],
  ]);
  expect(spans).toMatchObject([
    { name: "wake instance", traceId: TURN.traceId, parentSpanId: TURN.spanId, taskId: "tsk_1", status: "ok" },
  ]);
  expect((spans[0]?.endUs ?? 0) - (spans[0]?.startUs ?? 0)).toBe(25_000);
  expect(metrics.render()).toContain('berth_wakes_total{agent="echo",outcome="failed"} 1');
});

test("what went wrong with an instance is a line of the platform", () => {
  const fault = {
    ...place,
    reason: "out_of_memory",
    detail: "it needed more than its 64 MiB",
    output: "secret",
  } as const;
  telemetry.fault(fault, whose);
  expect(logs).toMatchObject([
    {
      source: "platform",
      severity: 17,
      body: "out_of_memory: it needed more than its 64 MiB",
      attributes: { "error.type": "out_of_memory" },
    },
  ]);
  expect(metrics.render()).toContain('berth_instance_faults_total{agent="echo",reason="out_of_memory"} 1');
});

import { randomBytes } from "node:crypto";
import { DEFAULT_ORG_ID, PlatformError, TaskState, createIdGenerator } from "@berth/protocol";
import type { AcceptedEvent, Principal } from "@berth/protocol";
import type { ReleaseSpec } from "@berth/runtime";
import { createInMemoryStore } from "@berth/store/memory";
import type { Store } from "@berth/store";
import type { LogRecord, SpanRecord } from "@berth/telemetry";
import { parseQuery, parseTraceparent } from "@berth/telemetry";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { house, hello, by, alice } from "../tasks/task-engine.fixture.ts";
import { createTelemetry } from "./create-telemetry.ts";
import type { RunningTelemetry, TelemetryOptions } from "./create-telemetry.ts";
import type { LiveRecord } from "./telemetry.ts";

const NOW = Date.now() * 1_000;
const TRACE = "1".repeat(32);
const ALL = parseQuery("", { nowUs: NOW });
const operator: Principal = { kind: "user", id: "usr_1", orgId: DEFAULT_ORG_ID, scopes: ["operate"] };
const forEcho: Principal = { ...operator, id: "key_echo", agents: ["echo"] };
const invoker: Principal = { ...operator, id: "usr_2", scopes: ["invoke"] };
const stranger: Principal = { ...operator, id: "usr_3", orgId: "org_other" };
let store: Store;
let telemetry: RunningTelemetry;

const span = (agent: string, spanId: string, change: Partial<SpanRecord> = {}): SpanRecord => ({
  traceId: TRACE,
  spanId: spanId.repeat(16),
  name: `invoke_agent ${agent}`,
  kind: "internal",
  startUs: NOW,
  endUs: NOW + 5,
  status: "ok",
  attributes: {},
  source: "platform",
  agent,
  ...change,
});
const line = (agent: string, body: string, change: Partial<LogRecord> = {}): LogRecord => ({
  atUs: NOW,
  severity: 9,
  body,
  attributes: {},
  source: "stdout",
  agent,
  ...change,
});

function options(): TelemetryOptions {
  return {
    store,
    outbound: {
      assertUrl: async (url) => new URL(url),
      request: async () => {
        throw new Error("nothing is reachable from here");
      },
    },
    secrets: { value: async () => undefined },
    key: new Uint8Array(32),
    retention: { days: 7, maxBytes: 2 ** 30 },
    traceOf: () => undefined,
    platform: { instances: () => [], turns: () => 0 },
    ids: createIdGenerator({ now: Date.now, randomBytes }),
    now: () => new Date(),
    randomBytes,
  };
}

beforeEach(() => {
  store = createInMemoryStore();
  telemetry = createTelemetry(options());
});
afterEach(async () => await telemetry.close());

async function written(): Promise<void> {
  telemetry.sink.spans(DEFAULT_ORG_ID, [span("echo", "a"), span("other", "b")]);
  telemetry.sink.logs(DEFAULT_ORG_ID, [line("echo", "one"), line("other", "two")]);
  // A read of a trace sees what was told before it.
  await telemetry.trace(operator, TRACE);
}

describe("who sees what", () => {
  beforeEach(written);

  test("whoever reads telemetry sees all of the organization", async () => {
    expect((await telemetry.trace(operator, TRACE)).spans).toHaveLength(2);
    expect(await telemetry.searchLogs(operator, ALL, { limit: 10 })).toHaveLength(2);
  });

  test("a credential for some agents sees theirs and nothing else, wherever it looks", async () => {
    const agentsOf = (records: readonly { readonly agent?: string }[]): unknown => [
      ...new Set(records.map(({ agent }) => agent)),
    ];
    expect(agentsOf((await telemetry.trace(forEcho, TRACE)).spans)).toEqual(["echo"]);
    expect(agentsOf(await telemetry.searchSpans(forEcho, ALL, { limit: 10 }))).toEqual(["echo"]);
    expect(agentsOf(await telemetry.searchLogs(forEcho, ALL, { limit: 10 }))).toEqual(["echo"]);
    const [, other] = await telemetry.searchLogs(operator, parseQuery("", { nowUs: NOW }), {
      limit: 10,
      order: "oldest",
    });
    expect(await telemetry.logContext(forEcho, other?.id ?? 0, { before: 5, after: 5 })).toEqual([]);
    expect(await telemetry.logFacet(forEcho, ALL, "agent", 10)).toEqual([{ value: "echo", count: 1 }]);
    const range = { fromUs: NOW - 1_000_000, toUs: NOW + 1_000_000, buckets: 1 };
    expect((await telemetry.logHistogram(forEcho, ALL, range))[0]?.counts["info"]).toBe(1);
    const onlyOther = parseQuery("agent:other", { nowUs: NOW });
    expect(await telemetry.searchLogs(forEcho, onlyOther, { limit: 10 })).toEqual([]);
  });

  test("metrics of other agents do not exist for it", async () => {
    const point = {
      name: "m",
      unit: "1",
      type: "gauge",
      atUs: NOW,
      value: 1,
      attributes: {},
      source: "agent",
    } as const;
    telemetry.sink.metrics(DEFAULT_ORG_ID, [
      { ...point, agent: "echo" },
      { ...point, agent: "other" },
    ]);
    await telemetry.trace(operator, TRACE);
    const filter = { name: "m", fromUs: NOW - 1, toUs: NOW + 1, limit: 10 };
    expect((await telemetry.metricPoints(operator, filter)).length).toBe(2);
    expect((await telemetry.metricPoints(forEcho, filter)).map(({ agent }) => agent)).toEqual(["echo"]);
    expect(await telemetry.metricPoints(forEcho, { ...filter, agent: "other" })).toEqual([]);
    expect((await telemetry.metricNames(forEcho)).map(({ agent }) => agent)).toEqual(["echo"]);
  });

  test("a trace of another organization is one that does not exist", async () => {
    await expect(telemetry.trace(stranger, TRACE)).rejects.toMatchObject({ reason: "TRACE_NOT_FOUND" });
    await expect(telemetry.trace(operator, "2".repeat(32))).rejects.toMatchObject({ reason: "TRACE_NOT_FOUND" });
    const other = { ...forEcho, agents: ["third"] };
    await expect(telemetry.trace(other, TRACE)).rejects.toMatchObject({ reason: "TRACE_NOT_FOUND" });
  });

  test("without the right nothing is searched", async () => {
    await expect(telemetry.searchSpans(invoker, ALL, { limit: 10 })).rejects.toMatchObject({
      reason: "PERMISSION_DENIED",
    });
    await expect(telemetry.usage(invoker)).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
    await expect(
      telemetry.follow(invoker, { topic: "spans" }, new AbortController().signal)[Symbol.asyncIterator]().next(),
    ).rejects.toMatchObject({
      reason: "PERMISSION_DENIED",
    });
  });
});

test("usage is what the asker's organization has, and what it lost", async () => {
  await written();
  telemetry.sink.logs("org_other", [line("echo", "x".repeat(5_000))]);
  telemetry.sink.logs(
    "org_other",
    Array.from({ length: 60_000 }, () => line("echo", "x")),
  );
  await telemetry.trace(operator, TRACE);
  const ours = await telemetry.usage(operator);
  const theirs = await telemetry.usage({ ...operator, orgId: "org_other" });
  expect(ours.logBytes).toBeGreaterThan(0);
  expect(theirs.logBytes).toBeGreaterThan(ours.logBytes + 4_000);
  expect([ours.dropped, theirs.dropped, theirs.spanBytes]).toEqual([0, 60_000, 0]);
});

test("what is kept of an erased task is gone, also what was just seen", async () => {
  telemetry.sink.spans(DEFAULT_ORG_ID, [span("echo", "a", { taskId: "task_1" }), span("echo", "b")]);
  telemetry.sink.logs(DEFAULT_ORG_ID, [line("echo", "one", { taskId: "task_1" }), line("echo", "two")]);
  await telemetry.eraseTask(DEFAULT_ORG_ID, "task_1");
  expect((await telemetry.trace(operator, TRACE)).spans.map(({ spanId }) => spanId)).toEqual(["b".repeat(16)]);
  expect((await telemetry.searchLogs(operator, ALL, { limit: 10 })).map(({ body }) => body)).toEqual(["two"]);
});

test("a run's telemetry is seen by whoever may see its task: its caller too, who may search nothing", async () => {
  const { engine } = await house(undefined, { store, telemetry: telemetry.tasks });
  const turn = await engine.accept(by(alice), "scripted", { message: hello() });
  await engine.settle(turn, by(alice), { timeoutMs: 5_000 });
  const { spans } = await telemetry.ofTask(alice, turn.taskId);
  expect(spans.map(({ name }) => name).toSorted()).toEqual(["SendStreamingMessage scripted", "invoke_agent scripted"]);
  expect((await telemetry.ofTask(operator, turn.taskId)).spans).toHaveLength(2);
  for (const nobody of [invoker, stranger, forEcho]) {
    await expect(telemetry.ofTask(nobody, turn.taskId)).rejects.toMatchObject({ reason: "TASK_NOT_FOUND" });
  }
  await engine.close(0);
});

test("a turn goes out with the trace of its exchange, which goes on with the caller's", async () => {
  const { engine, connector } = await house(undefined, { store, telemetry: telemetry.tasks });
  const trace = { traceparent: `00-${TRACE}-${"c".repeat(16)}-01`, tracestate: "vendor=1" };
  const turn = await engine.accept({ ...by(alice), trace }, "scripted", { message: hello() });
  const view = await engine.settle(turn, by(alice), { timeoutMs: 5_000 });
  expect(view.task.status.state).toBe(TaskState.Completed);
  const { spans } = await telemetry.trace(operator, TRACE);
  const exchange = spans.find(({ kind }) => kind === "client");
  expect(connector.turns[0]?.trace).toEqual({
    traceparent: `00-${TRACE}-${exchange?.spanId}-01`,
    tracestate: "vendor=1",
  });
  const run = spans.find(({ spanId }) => spanId === exchange?.parentSpanId);
  expect(run).toMatchObject({ name: "invoke_agent scripted", parentSpanId: "c".repeat(16), status: "ok" });
  expect(await telemetry.renderMetrics()).toContain('berth_calls_total{agent="scripted",outcome="completed"} 1');
  await engine.close(0);
});

test("what an earlier process left open ends in the same span when the task is settled", async () => {
  const hanging = await house(
    async function* (_turn, agent, signal) {
      yield agent.status(TaskState.Working);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    },
    { store, telemetry: telemetry.tasks },
  );
  const { taskId } = await hanging.engine.accept(by(alice), "scripted", { message: hello() });
  const turnOf = async (): Promise<SpanRecord | undefined> =>
    (await telemetry.ofTask(operator, taskId)).spans.find(({ name }) => name === "invoke_agent scripted");
  const open = await turnOf();
  expect([open?.status, open?.endUs]).toEqual(["unset", undefined]);
  const exchangeOf = async (): Promise<SpanRecord | undefined> =>
    (await telemetry.ofTask(operator, taskId)).spans.find(({ name }) => name === "SendStreamingMessage scripted");
  const left = await exchangeOf();
  expect([left?.status, left?.endUs]).toEqual(["unset", undefined]);
  const restarted = createTelemetry({ ...options(), now: () => new Date(Date.now() + 1_000) });
  const next = await house(undefined, { store, telemetry: restarted.tasks });
  await next.engine.recover();
  await restarted.close();
  expect(await exchangeOf()).toMatchObject({
    spanId: left?.spanId,
    startUs: left?.startUs,
    endUs: expect.any(Number),
    status: "error",
    statusMessage: expect.stringContaining("restarted"),
    attributes: { "error.type": "PLATFORM_RESTARTED" },
  });
  expect(await turnOf()).toMatchObject({
    spanId: open?.spanId,
    startUs: open?.startUs,
    endUs: expect.any(Number),
    status: "error",
    statusMessage: "PLATFORM_RESTARTED",
  });
  await hanging.engine.close(0);
});

test("an agent elsewhere gets a trace of its own, and ours has the link to it", async () => {
  // What the telemetry of a task reads of it.
  const accepted = {
    kind: "accepted",
    agentName: "far",
    agentId: "agt_2",
    releaseId: "rel_2",
    contextId: "ctx_1",
  } as AcceptedEvent;
  const spans = telemetry.tasks.open("tsk_far", accepted);
  const record = { orgId: DEFAULT_ORG_ID, createdAt: new Date().toISOString() };
  const task = { taskId: "tsk_far", record, accepted, state: TaskState.Working, spans };
  const remote = { cardUrl: "https://far.example", url: "https://far.example" };
  // As much as an exchange reads of it.
  const exchange = telemetry.tasks.exchange(task, { releaseId: "rel_2", remote } as ReleaseSpec, "1/1");
  const told = parseTraceparent(exchange.trace.traceparent);
  expect(told?.traceId).not.toBe(spans?.context.traceId);
  exchange.end(new PlatformError("AGENT_UNRESPONSIVE", "It said nothing."));
  exchange.end();
  await expect(telemetry.trace(operator, spans?.context.traceId ?? "")).resolves.toMatchObject({
    spans: [
      {
        status: "error",
        statusMessage: "It said nothing.",
        attributes: { "error.type": "AGENT_UNRESPONSIVE" },
        links: [{ traceId: told?.traceId, spanId: told?.spanId }],
      },
    ],
  });
});

describe("what agents send", () => {
  const sender = { orgId: DEFAULT_ORG_ID, agent: "echo" };

  test("is theirs, and what is rejected is told", async () => {
    const batch = { signal: "traces", records: [span("forged", "d"), span("forged", "0")], invalid: 0 } as const;
    expect(await telemetry.ingest(sender, batch)).toEqual({
      accepted: 1,
      rejected: 1,
      message: "1: its trace or span id is none",
    });
    expect((await telemetry.trace(operator, TRACE)).spans).toMatchObject([{ agent: "echo", source: "agent" }]);
  });

  test("is refused as a whole when there is no room", async () => {
    const records = Array.from({ length: 50_000 }, () => line("echo", "x"));
    await expect(telemetry.ingest(sender, { signal: "logs", records, invalid: 0 })).rejects.toMatchObject({
      reason: "RATE_LIMITED",
      retryable: true,
    });
  });
});

describe("whoever follows", () => {
  let leave = new AbortController();
  beforeEach(() => void (leave = new AbortController()));
  afterEach(() => leave.abort());

  async function first(records: AsyncIterable<LiveRecord>, count: number): Promise<readonly string[]> {
    const bodies: string[] = [];
    for await (const record of records) {
      if (record.type === "logs") bodies.push(...record.logs.map(({ body }) => body));
      if (record.type === "spans") bodies.push(...record.spans.map(({ name }) => name));
      if (bodies.length >= count) break;
    }
    return bodies;
  }

  test("gets what was missed and then what comes, each once", async () => {
    await written();
    const [known] = await telemetry.searchLogs(operator, ALL, { limit: 1, order: "oldest" });
    const wish = { topic: "logs", query: "agent:echo", afterId: (known?.id ?? 1) - 1 } as const;
    const following = first(telemetry.follow(operator, wish, leave.signal), 2);
    setImmediate(() => telemetry.sink.logs(DEFAULT_ORG_ID, [line("other", "no"), line("echo", "three")]));
    expect(await following).toEqual(["one", "three"]);
  });

  test("spans come when they begin, of the agents that there are for the reader", async () => {
    const following = first(telemetry.follow(forEcho, { topic: "spans" }, leave.signal), 1);
    setImmediate(() => telemetry.sink.spans(DEFAULT_ORG_ID, [span("other", "e"), span("echo", "f")]));
    expect(await following).toEqual(["invoke_agent echo"]);
  });
});

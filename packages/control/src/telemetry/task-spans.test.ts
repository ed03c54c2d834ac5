import { Role, TaskState } from "@berth/protocol";
import type { AcceptedEvent, TaskEventBody } from "@berth/protocol";
import type { SpanRecord } from "@berth/telemetry";
import { describe, expect, test } from "vitest";
import { createSpanIds } from "./span-ids.ts";
import { TaskSpans } from "./task-spans.ts";

const TRACE = { traceId: "1".repeat(32), spanId: "2".repeat(16) };
const traceparent = `00-${TRACE.traceId}-${TRACE.spanId}-01`;
const ids = createSpanIds(new Uint8Array(32));
const said = (messageId: string): Extract<TaskEventBody, { kind: "message" }>["message"] => ({
  messageId,
  role: Role.User,
  parts: [{ text: "hello" }],
});
const ACCEPTED: AcceptedEvent = {
  kind: "accepted",
  orgId: "org_1",
  agentId: "agt_1",
  agentName: "echo",
  releaseId: "rel_1",
  contextId: "ctx_1",
  protocol: "a2a",
  principal: { kind: "user", id: "usr_1" },
  message: said("m1"),
  trace: { traceparent },
};
const status = (state: TaskState, more: object = {}): TaskEventBody => ({ kind: "status", status: { state }, ...more });
const DONE = status(TaskState.Completed);

/** The spans as a store has them in the end: by their ids, the last one of each. */
function spansOf(bodies: readonly TaskEventBody[], accepted: AcceptedEvent = ACCEPTED): readonly SpanRecord[] {
  return [
    ...told(bodies, accepted)
      .reduce((all, span) => all.set(span.spanId, span), new Map<string, SpanRecord>())
      .values(),
  ];
}

function told(bodies: readonly TaskEventBody[], accepted: AcceptedEvent = ACCEPTED): readonly SpanRecord[] {
  const fold = new TaskSpans("tsk_1", accepted, ids);
  return [accepted, ...bodies].flatMap((body, index) =>
    fold.apply({ taskId: "tsk_1", seq: index + 1, at: new Date(1_000 * (index + 1)).toISOString(), body }),
  );
}

function one(spans: readonly SpanRecord[], name: string): SpanRecord {
  const [found, ...others] = spans.filter((span) => span.name === name);
  expect([found?.name, others.length], spans.map((span) => span.name).join(", ")).toEqual([name, 0]);
  // Just expected.
  return found as SpanRecord;
}

describe("a turn", () => {
  test("is open from its message on and ends with the task, below the span that caused it", () => {
    const [open, closed] = told([status(TaskState.Working), DONE]);
    expect(open).toMatchObject({
      ...TRACE,
      spanId: ids.spanId("tsk_1", 1),
      parentSpanId: TRACE.spanId,
      startUs: 1_000_000,
    });
    expect(open?.endUs).toBeUndefined();
    expect(closed).toMatchObject({
      spanId: open?.spanId,
      endUs: 3_000_000,
      status: "ok",
      name: "invoke_agent echo",
      agent: "echo",
      release: "rel_1",
      taskId: "tsk_1",
      attributes: {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "echo",
        "gen_ai.conversation.id": "ctx_1",
        "a2a.task.id": "tsk_1",
        "a2a.task.state": "TASK_STATE_COMPLETED",
        "a2a.message.id": "m1",
      },
    });
  });

  test("has a trace of its own where nobody's caused it, always the same one", () => {
    const { trace: _none, ...alone } = ACCEPTED;
    const [first] = spansOf([DONE], alone);
    expect(first).toMatchObject({ traceId: ids.traceId("tsk_1") });
    expect(first).not.toHaveProperty("parentSpanId");
    expect(spansOf([DONE], alone)).toEqual([first]);
  });

  test.each([
    [status(TaskState.Failed, { reason: "AGENT_CRASHED" }), "error", "AGENT_CRASHED"],
    [status(TaskState.Rejected), "error", "TASK_STATE_REJECTED"],
    [status(TaskState.Canceled), "unset", undefined],
  ])("tells how it ended", (end, outcome, message) => {
    const span = one(spansOf([end]), "invoke_agent echo");
    expect([span.status, span.statusMessage]).toEqual([outcome, message]);
  });

  test("ends with a question; the answer's turn is its caller's trace, linked to the first", () => {
    const other = "3".repeat(32);
    const spans = spansOf([
      status(TaskState.InputRequired),
      status(TaskState.Working),
      { kind: "message", message: said("m2"), trace: { traceparent: `00-${other}-${"4".repeat(16)}-01` } },
      DONE,
    ]);
    const [first, , second] = [spans[0], one(spans, "wait for input"), spans.at(-1)];
    expect(first).toMatchObject({ endUs: 2_000_000, attributes: { "a2a.task.state": "TASK_STATE_INPUT_REQUIRED" } });
    expect(one(spans, "wait for input")).toMatchObject({
      startUs: 2_000_000,
      endUs: 3_000_000,
      parentSpanId: first?.spanId,
    });
    expect(second).toMatchObject({
      traceId: other,
      parentSpanId: "4".repeat(16),
      attributes: { "a2a.message.id": "m2" },
      links: [{ traceId: TRACE.traceId, spanId: first?.spanId }],
    });
  });

  test("goes on through AUTH_REQUIRED when the approval comes by another way", () => {
    const approval = {
      kind: "scope_request",
      approvalId: "apr_1",
      read: [],
      reason: "needs it",
      expiresAt: "",
    } as const;
    const spans = spansOf([
      { ...approval, phase: "requested" },
      status(TaskState.AuthRequired),
      { ...approval, phase: "approved", by: "usr_2" },
      status(TaskState.Working),
      DONE,
    ]);
    expect(spans.map(({ name }) => name)).toEqual(["invoke_agent echo", "approval", "wait for authorization"]);
    expect(one(spans, "approval")).toMatchObject({
      startUs: 2_000_000,
      endUs: 4_000_000,
      status: "ok",
      attributes: { "berth.approval.id": "apr_1", "berth.approval.outcome": "approved" },
    });
    expect(one(spans, "invoke_agent echo").endUs).toBe(6_000_000);
  });

  test("reads a message that steers it, which is no turn of its own", () => {
    const steering = {
      ...said("m2"),
      metadata: { "https://berth.dev/extensions/turn-policy/v1": { policy: "steer" } },
    };
    const spans = spansOf([{ kind: "message", message: steering }, DONE]);
    expect(spans).toHaveLength(1);
    expect(spans[0]?.events).toMatchObject([{ name: "message", attributes: { "a2a.message.id": "m2" } }]);
  });
});

describe("what a run does", () => {
  test("a call to a model is a span of the time it took, with what it used", () => {
    const model = {
      kind: "model",
      op: "chat",
      model: "openai/small",
      alias: "fast",
      outcome: "ok",
      inputTokens: 7,
      outputTokens: 5,
      costMicros: 120,
      latencyMs: 250,
      finishReason: "stop",
      requestDigest: "sha256:1",
    } as const;
    const span = one(spansOf([model, DONE]), "chat openai/small");
    expect(span).toMatchObject({
      kind: "client",
      startUs: 1_750_000,
      endUs: 2_000_000,
      status: "ok",
      parentSpanId: ids.spanId("tsk_1", 1),
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "small",
        "gen_ai.usage.input_tokens": 7,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.response.finish_reasons": ["stop"],
        "berth.cost.micros": 120,
        "berth.model.alias": "fast",
      },
    });
    const refused = { ...model, outcome: "denied", reason: "MODEL_NOT_ALLOWED" } as const;
    expect(one(spansOf([refused]), "chat openai/small")).toMatchObject({
      status: "error",
      attributes: { "error.type": "MODEL_NOT_ALLOWED" },
    });
  });

  test("a step is open while it is done, and each attempt is a span", () => {
    const step = { kind: "step", key: "step:charge#1", op: "step", execution: 1 } as const;
    const spans = spansOf([
      { ...step, phase: "started", attempt: 1 },
      { ...step, phase: "failed", attempt: 1, error: "no connection" },
      { ...step, phase: "started", attempt: 2 },
      { ...step, phase: "done", attempt: 2 },
      DONE,
    ]);
    const attempts = spans.filter(({ name }) => name === "step charge");
    expect(attempts.map(({ status: outcome, statusMessage, endUs }) => [outcome, statusMessage, endUs])).toEqual([
      ["error", "no connection", 3_000_000],
      ["ok", undefined, 5_000_000],
    ]);
  });

  test("sleeps and executions are spans; what is open when the task ends, ends with it", () => {
    const spans = spansOf([
      { kind: "run", phase: "started", execution: 1 },
      { kind: "step", key: "sleep#1", op: "sleep", execution: 1, phase: "started", until: "2030-01-01T00:00:00.000Z" },
      { kind: "run", phase: "suspended", execution: 1, waits: ["sleep#1"] },
      { kind: "run", phase: "started", execution: 2 },
      { kind: "run", phase: "lost", execution: 2, reason: "AGENT_CRASHED" },
      status(TaskState.Failed, { reason: "AGENT_CRASHED" }),
    ]);
    expect(one(spans, "execution 1")).toMatchObject({ status: "unset", endUs: 4_000_000 });
    expect(one(spans, "execution 2")).toMatchObject({ status: "error", attributes: { "error.type": "AGENT_CRASHED" } });
    expect(one(spans, "sleep")).toMatchObject({
      endUs: 7_000_000,
      attributes: { "berth.step.until": expect.any(String) },
    });
  });

  test("a call of another agent's skill ends when the child does, and the child hangs below it", () => {
    const fold = new TaskSpans("tsk_1", ACCEPTED, ids);
    fold.apply({ taskId: "tsk_1", seq: 1, at: new Date(0).toISOString(), body: ACCEPTED });
    const child = { ...ACCEPTED, agentName: "back", parentTaskId: "tsk_1", skill: "work" };
    const [begun] = fold.childBegan("tsk_2", { agentName: "back", skill: "work", at: new Date(1_000).toISOString() });
    const [turn] = new TaskSpans("tsk_2", child, ids).apply({
      taskId: "tsk_2",
      seq: 1,
      at: "1970-01-01T00:00:01Z",
      body: child,
    });
    expect(begun).toMatchObject({ name: "execute_tool back/work", kind: "client", agent: "echo", taskId: "tsk_1" });
    expect(turn).toMatchObject({ parentSpanId: begun?.spanId, traceId: begun?.traceId });
    const call = { kind: "call", agentName: "back", skill: "work", childTaskId: "tsk_2" } as const;
    expect(fold.apply({ taskId: "tsk_1", seq: 2, at: new Date(1_100).toISOString(), body: call })).toEqual([]);
    const [ended] = fold.childEnded("tsk_2", { at: new Date(3_000).toISOString(), state: TaskState.Failed });
    expect(ended).toMatchObject({ spanId: begun?.spanId, endUs: 3_000_000, status: "error" });
    expect(fold.childEnded("tsk_2", { at: new Date(4_000).toISOString(), state: TaskState.Failed })).toEqual([]);
  });

  test("what it asks of its memory is a span of no length", () => {
    const memory = { kind: "memory", op: "search", scope: "agent", outcome: "ok", items: 3 } as const;
    expect(one(spansOf([memory, DONE]), "search memory")).toMatchObject({
      startUs: 2_000_000,
      endUs: 2_000_000,
      attributes: { "gen_ai.operation.name": "search_memory", "berth.memory.items": 3 },
    });
  });

  test("instances, egress, files, grants, artifacts and notes are events of the turn", () => {
    const artifact = { artifactId: "a1", name: "report", parts: [{ text: "secret" }] };
    const [turn, ...others] = spansOf([
      { kind: "instance", instanceId: "ins_1", phase: "assigned" },
      {
        kind: "egress",
        host: "example.com",
        port: 443,
        decision: "denied",
        detail: "not listed",
        rule: "example.com:443",
      },
      { kind: "file", op: "read", path: "data/a.csv", outcome: "ok", bytes: 3 },
      { kind: "grant", phase: "minted", grantId: "grt_1", read: [], expiresAt: "" },
      { kind: "artifact", artifact },
      { kind: "artifact", artifact, append: true },
      { kind: "note", name: "seen", data: { secret: true } },
      { kind: "upstream", taskId: "theirs" },
      { kind: "usage", usage: { inputTokens: 1, outputTokens: 1 } },
      { kind: "instance", instanceId: "ins_1", phase: "lost", detail: "it crashed" },
      DONE,
    ]);
    expect(others).toEqual([]);
    expect(turn?.events?.map(({ name }) => name)).toEqual([
      "instance assigned",
      "egress denied",
      "file read",
      "grant minted",
      "artifact",
      "seen",
      "instance lost",
    ]);
    expect(JSON.stringify(turn)).not.toContain("secret");
  });

  test("events have a bound, and how many there were more is told", () => {
    const note: TaskEventBody = { kind: "note", name: "seen", data: {} };
    const [turn] = spansOf([...Array.from({ length: 300 }, () => note), DONE]);
    expect(turn?.events).toHaveLength(256);
    expect(turn?.attributes["berth.dropped"]).toBe(44);
  });
});

test("whoever does not have the key cannot tell a task's span ids", () => {
  const other = createSpanIds(new Uint8Array(32).fill(1));
  expect(other.spanId("tsk_1", 1)).not.toBe(ids.spanId("tsk_1", 1));
  expect(ids.spanId("tsk_1", 1)).toMatch(/^[0-9a-f]{16}$/);
  expect(ids.traceId("tsk_1")).toMatch(/^[0-9a-f]{32}$/);
});

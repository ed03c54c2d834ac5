import { randomBytes } from "node:crypto";
import { DEFAULT_ORG_ID, PlatformError, RUN_USAGE_EXTENSION, TaskState, createIdGenerator } from "@berth/protocol";
import type { AgentLimitsConfig, Principal } from "@berth/protocol";
import { createInMemoryStore } from "@berth/store/memory";
import { ScriptedConnector, scriptedCard, scriptedConfig, waitFor } from "@berth/testing";
import type { TurnScript } from "@berth/testing";
import { expect, test } from "vitest";
import { toReleaseSpec } from "../deploys/release-spec.ts";
import { createLimits } from "../limits/create-limits.ts";
import type { RunningLimits } from "../limits/create-limits.ts";
import { createRegistry } from "../registry/create-registry.ts";
import { createTaskEngine } from "./create-task-engine.ts";
import type { RunningTaskEngine } from "./create-task-engine.ts";
import type { AcceptedTurn, CallContext } from "./task-engine.ts";

const alice: Principal = { kind: "api_key", id: "key_alice", orgId: DEFAULT_ORG_ID, scopes: ["invoke"] };
const by: CallContext = { principal: alice, protocol: "a2a" };

const endless: TurnScript = async function* (_turn, agent, signal) {
  yield agent.task();
  yield agent.status(TaskState.Working);
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
};
const asking: TurnScript = async function* (_turn, agent) {
  yield agent.task();
  yield agent.status(TaskState.InputRequired, "And?");
};

interface House {
  readonly engine: RunningTaskEngine;
  readonly limits: RunningLimits;
  readonly connector: ScriptedConnector;
  send(change?: object): Promise<AcceptedTurn>;
  state(turn: AcceptedTurn): Promise<string>;
}

async function house(script: TurnScript, limitsOfAgent: AgentLimitsConfig): Promise<House> {
  const store = createInMemoryStore();
  const connector = new ScriptedConnector(script);
  const now = (): Date => new Date();
  const base = { orgId: DEFAULT_ORG_ID, agentId: "agt_1" };
  await store.agents.publish(
    { ...base, name: "scripted", kind: "deployed", activeReleaseId: "rel_1" },
    {
      ...base,
      releaseId: "rel_1",
      digest: "sha256:0",
      config: { ...scriptedConfig(), limits: limitsOfAgent },
      card: scriptedCard(),
      skillSchemas: [],
      entry: "agent.mjs",
      trusted: false,
      createdAt: now().toISOString(),
    },
  );
  const limits = createLimits({
    store,
    now,
    defaults: undefined,
    onExceeded: (taskId, error) => void engine.fail(taskId, error),
  });
  const engine = createTaskEngine({
    store,
    registry: createRegistry({ store, runtime: { drain: async () => undefined }, now }),
    connector,
    now,
    specOf: (agent) => toReleaseSpec(agent, "/nowhere", () => "/nowhere"),
    ids: createIdGenerator({ now: Date.now, randomBytes }),
    calls: limits.calls,
    onTerminal: ({ taskId }) => limits.meter.end(taskId),
    onUsed: (taskId, used) => void limits.meter.charge({ taskId }, used),
  });
  let sent = 0;
  return {
    engine,
    limits,
    connector,
    send: async (change = {}) =>
      await engine.accept(by, "scripted", {
        message: { messageId: `m-${sent++}`, role: "ROLE_USER", parts: [{ text: "hello" }], ...change },
      }),
    state: async (turn) => (await engine.get(by, turn.taskId)).view.task.status.state,
  };
}

const refused = { reason: "RATE_LIMITED" };

test("a run beyond its budget ends in FAILED with the numbers, and its agent is told", async () => {
  const { engine, limits, connector, send } = await house(endless, { maxTokensPerTask: 100 });
  const turn = await send();
  await waitFor(
    "the run to work",
    async () => (await engine.get(by, turn.taskId)).view.task.status.state === TaskState.Working,
  );
  expect(await limits.meter.charge(turn, { tokens: 100 })).toBeUndefined();
  await limits.meter.charge(turn, { tokens: 1 });
  const { task } = await engine.settle(turn, by, { timeoutMs: 5_000 });
  expect(task.status).toMatchObject({
    state: TaskState.Failed,
    message: {
      parts: [{ text: "This run's budget of tokens is used up: 101 of 100." }],
      metadata: { reason: "BUDGET_EXCEEDED" },
    },
  });
  await waitFor("the agent to be told", () => connector.canceled.length === 1);
});

test("a run that waits for an answer ends too when its budget is used up", async () => {
  const { engine, limits, send, state } = await house(asking, { maxCallsPerTask: 0 });
  const turn = await send();
  await engine.settle(turn, by, { timeoutMs: 5_000 });
  await limits.meter.charge(turn, { calls: 1 });
  await waitFor("the end", async () => (await state(turn)) === TaskState.Failed);
  await engine.fail(turn.taskId, new PlatformError("BUDGET_EXCEEDED", "again"));
  expect(await state(turn)).toBe(TaskState.Failed);
});

test("a turn holds its place until it is over, however it ends", async () => {
  const { engine, connector, send } = await house(endless, { concurrentCalls: 1 });
  const first = await send();
  await expect(send()).rejects.toMatchObject(refused);
  await engine.cancel(by, first.taskId);
  connector.script = asking;
  const second = await send();
  await engine.settle(second, by, { timeoutMs: 5_000 });
  // A question that waits for its answer is no call under way.
  const third = await send({ taskId: second.taskId });
  await engine.settle(third, by, { timeoutMs: 5_000 });
  await waitFor(
    "a place",
    async () =>
      await send().then(
        () => true,
        () => false,
      ),
  );
});

test("messages that wait behind a turn hold places, and give them back when the task is canceled", async () => {
  const { engine, send } = await house(endless, { concurrentCalls: 3 });
  const { taskId } = await send();
  await send({ taskId });
  await send({ taskId });
  await expect(send()).rejects.toMatchObject(refused);
  await engine.cancel(by, taskId);
  for (let i = 0; i < 3; i++) await send();
  await expect(send()).rejects.toMatchObject(refused);
  await engine.close(10);
});

test("a send that was acknowledged before holds no place and costs no call of the month", async () => {
  const { engine, limits, send } = await house(endless, { concurrentCalls: 2 });
  await send({ messageId: "same" });
  expect((await send({ messageId: "same" })).replayed).toBe(true);
  await send();
  await expect(send()).rejects.toMatchObject(refused);
  const auditor: Principal = { ...alice, scopes: ["read"] };
  const { spending } = await limits.usage(auditor);
  expect(spending.find(({ subject }) => subject === "agent")?.calls).toBe(2);
  await engine.close(10);
});

test("a refused message of no such task holds no place", async () => {
  const { engine, send } = await house(endless, { concurrentCalls: 1 });
  await expect(send({ taskId: "task_unknown" })).rejects.toMatchObject({ reason: "TASK_NOT_FOUND" });
  await send();
  await engine.close(10);
});

test("a run that reports more tokens than it may use ends there, with the numbers in its message", async () => {
  const spending: TurnScript = async function* (_turn, agent, signal) {
    yield agent.task();
    for (const inputTokens of [40, 90, 140]) {
      const frame = agent.status(TaskState.Working);
      if (!("statusUpdate" in frame)) throw new Error("a status is an update of it");
      yield { statusUpdate: { ...frame.statusUpdate, metadata: { [RUN_USAGE_EXTENSION]: { inputTokens } } } };
    }
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  };
  const { engine, send, state } = await house(spending, { maxTokensPerTask: 100 });
  const turn = await send();
  await waitFor("the end", async () => (await state(turn)) === TaskState.Failed);
  const { view } = await engine.get(by, turn.taskId);
  expect(view.task.status.message?.metadata).toMatchObject({ reason: "BUDGET_EXCEEDED" });
  expect(view.task.status.message?.parts[0]?.text).toMatch(/100/);
  expect(view.usage).toMatchObject({ inputTokens: 140 });
});

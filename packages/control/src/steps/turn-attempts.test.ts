import { DEFAULT_ORG_ID, PlatformError, RUN_USAGE_EXTENSION, TaskState, createIdGenerator } from "@berth/protocol";
import type { AgentRetryConfig, Reason, TaskEventBody, TaskView } from "@berth/protocol";
import { createInMemoryStore } from "@berth/store/memory";
import type { Store } from "@berth/store";
import { ScriptedConnector, scriptedCard, scriptedConfig, waitFor } from "@berth/testing";
import type { TurnScript } from "@berth/testing";
import { randomBytes } from "node:crypto";
import { beforeEach, expect, test } from "vitest";
import { toReleaseSpec } from "../deploys/release-spec.ts";
import { createRegistry } from "../registry/create-registry.ts";
import { createTaskEngine } from "../tasks/create-task-engine.ts";
import type { RunningTaskEngine } from "../tasks/create-task-engine.ts";
import { alice, by, hello } from "../tasks/task-engine.fixture.ts";

let store: Store;
let connector: ScriptedConnector;
let at: number;
let timers: { readonly at: number; readonly call: () => void }[];

beforeEach(() => {
  store = createInMemoryStore();
  connector = new ScriptedConnector();
  at = Date.parse("2026-11-29T12:00:00.000Z");
  timers = [];
});

async function publish(retry: AgentRetryConfig | undefined, taskSeconds = 60): Promise<void> {
  const timeouts = { startSeconds: 5, taskSeconds };
  await store.agents.publish(
    { orgId: DEFAULT_ORG_ID, agentId: "agt_1", name: "scripted", kind: "deployed", activeReleaseId: "rel_1" },
    {
      orgId: DEFAULT_ORG_ID,
      releaseId: "rel_1",
      agentId: "agt_1",
      digest: `sha256:${"0".repeat(64)}`,
      config: scriptedConfig({ timeouts, ...(retry === undefined ? {} : { retry }) }),
      card: scriptedCard(),
      skillSchemas: [],
      entry: "agent.mjs",
      trusted: false,
      createdAt: new Date(at).toISOString(),
    },
  );
}

function open(): RunningTaskEngine {
  const now = (): Date => new Date(at);
  return createTaskEngine({
    store,
    registry: createRegistry({ store, runtime: { drain: async () => undefined }, now }),
    connector,
    now,
    specOf: (agent) => toReleaseSpec(agent, "/nowhere", () => "/nowhere"),
    ids: createIdGenerator({ now: () => at, randomBytes }),
    schedule: (ms, call) => {
      const timer = { at: at + ms, call };
      timers.push(timer);
      return () => (timers = timers.filter((each) => each !== timer));
    },
  });
}

/** The wait for the next attempt is over. Gives how long it was. */
async function advance(): Promise<number> {
  const timer = await waitFor("a wait between attempts", () => timers.find((each) => each.at > at));
  timers = timers.filter((each) => each !== timer);
  const waited = timer.at - at;
  at = timer.at;
  timer.call();
  return waited;
}

async function ended(engine: RunningTaskEngine, taskId: string): Promise<TaskView> {
  const turn = { taskId, contextId: "", seq: 1, replayed: false };
  const signal = AbortSignal.timeout(5_000);
  return await engine.settle(turn, by(alice), { timeoutMs: 5_000, signal });
}

async function bodies(taskId: string): Promise<readonly TaskEventBody[]> {
  return (await store.tasks.events({ orgId: DEFAULT_ORG_ID, taskId })).map(({ body }) => body);
}

const runs = async (taskId: string): Promise<readonly TaskEventBody[]> =>
  (await bodies(taskId)).filter(({ kind }) => kind === "run");

/** Says something, is lost for each of the reasons, and then echoes. */
function losing(...reasons: readonly Reason[]): TurnScript {
  const left = [...reasons];
  return async function* (_turn, agent) {
    yield agent.task();
    yield agent.artifact(`${left.length} `);
    yield agent.artifact("half", { append: true });
    const reason = left.shift();
    if (reason !== undefined) throw new PlatformError(reason, "It was lost.");
    yield agent.status(TaskState.Completed);
  };
}

test("a task without `retry` ends with its instance", async () => {
  await publish(undefined);
  connector.script = losing("AGENT_CRASHED");
  const engine = open();
  const { taskId } = await engine.accept(by(alice), "scripted", { message: hello() });
  const view = await ended(engine, taskId);
  expect(view.task.status.state).toBe(TaskState.Failed);
  expect(await runs(taskId)).toEqual([]);
});

test("a task that is lost is sent again after a wait that doubles, and its log says why", async () => {
  await publish({ attempts: 3, backoffSeconds: 4, on: ["crash"] });
  connector.script = losing("AGENT_CRASHED", "AGENT_OUT_OF_MEMORY");
  const engine = open();
  const message = hello();
  const { taskId } = await engine.accept(by(alice), "scripted", { message });
  expect(await advance()).toBe(4_000);
  expect(await advance()).toBe(8_000);
  const view = await ended(engine, taskId);

  expect(view.task.status.state).toBe(TaskState.Completed);
  expect(connector.turns.map((turn) => [turn.taskId, turn.message.messageId, turn.upstream])).toEqual(
    Array.from({ length: 3 }, () => [taskId, message.messageId, undefined]),
  );
  expect(await runs(taskId)).toEqual([
    { kind: "run", phase: "started", execution: 1, atLeastOnce: true },
    {
      kind: "run",
      phase: "lost",
      execution: 1,
      atLeastOnce: true,
      reason: "AGENT_CRASHED",
      until: "2026-11-29T12:00:04.000Z",
    },
    { kind: "run", phase: "started", execution: 2, atLeastOnce: true, reason: "AGENT_CRASHED" },
    {
      kind: "run",
      phase: "lost",
      execution: 2,
      atLeastOnce: true,
      reason: "AGENT_OUT_OF_MEMORY",
      until: "2026-11-29T12:00:12.000Z",
    },
    { kind: "run", phase: "started", execution: 3, atLeastOnce: true, reason: "AGENT_OUT_OF_MEMORY" },
  ]);
  expect(await store.runs.list({ limit: 10 })).toEqual([]);
});

test("what a lost attempt left of an artifact is not added to, even by an agent that only appends", async () => {
  await publish({ attempts: 2, backoffSeconds: 0, on: ["crash"] });
  let attempt = 0;
  connector.script = async function* (_turn, agent) {
    attempt += 1;
    yield agent.task();
    for (const text of ["a", "b"]) yield agent.artifact(`${attempt}${text}`, { append: true });
    if (attempt === 1) throw new PlatformError("AGENT_CRASHED", "It was lost.");
    yield agent.status(TaskState.Completed);
  };
  const engine = open();
  const { taskId } = await engine.accept(by(alice), "scripted", { message: hello() });
  const view = await ended(engine, taskId);
  expect(view.task.artifacts?.map(({ parts }) => parts.map(({ text }) => text))).toEqual([["2a", "2b"]]);
});

test("what a snapshot has of an artifact belongs to the attempt that shows it", async () => {
  await publish({ attempts: 2, backoffSeconds: 0, on: ["crash"] });
  let attempt = 0;
  connector.script = async function* (_turn, agent) {
    attempt += 1;
    const artifacts = [{ artifactId: "output", name: "output", parts: [{ text: "first" }] }];
    const { task } = agent.task() as { task: { id: string; contextId: string; status: { state: TaskState } } };
    yield { task: { ...task, artifacts } };
    if (attempt === 1) throw new PlatformError("AGENT_CRASHED", "It was lost.");
    yield agent.artifact("second", { append: true });
    yield agent.status(TaskState.Completed);
  };
  const engine = open();
  const { taskId } = await engine.accept(by(alice), "scripted", { message: hello() });
  const view = await ended(engine, taskId);
  expect(view.task.artifacts?.[0]?.parts.map(({ text }) => text)).toEqual(["first", "second"]);
});

test("after the last attempt the task ends with the last reason", async () => {
  await publish({ attempts: 2, backoffSeconds: 0, on: ["crash", "start"] });
  connector.script = losing("AGENT_START_FAILED", "AGENT_CRASHED", "AGENT_CRASHED");
  const engine = open();
  const { taskId } = await engine.accept(by(alice), "scripted", { message: hello() });
  const view = await ended(engine, taskId);
  expect(view.task.status.state).toBe(TaskState.Failed);
  expect((await bodies(taskId)).findLast(({ kind }) => kind === "status")).toMatchObject({ reason: "AGENT_CRASHED" });
  expect(connector.turns).toHaveLength(2);
  expect(await store.runs.list({ limit: 10 })).toEqual([]);
});

test.each<[string, Reason]>([
  ["a reason that is not listed", "AGENT_START_TIMEOUT"],
  ["an answer that is wrong", "INVALID_AGENT_RESPONSE"],
  ["an agent without room", "AGENT_OVERLOADED"],
])("%s is the end", async (_what, reason) => {
  await publish({ attempts: 3, backoffSeconds: 0, on: ["crash"] });
  connector.script = losing(reason);
  const engine = open();
  const { taskId } = await engine.accept(by(alice), "scripted", { message: hello() });
  expect((await ended(engine, taskId)).task.status.state).toBe(TaskState.Failed);
  expect(connector.turns).toHaveLength(1);
});

test("nothing is sent again after the agent's answer", async () => {
  await publish({ attempts: 3, backoffSeconds: 0, on: ["crash"] });
  connector.script = async function* (_turn, agent) {
    yield agent.task();
    yield agent.status(TaskState.Completed);
    throw new PlatformError("AGENT_CRASHED", "It was lost.");
  };
  const engine = open();
  const { taskId } = await engine.accept(by(alice), "scripted", { message: hello() });
  expect((await ended(engine, taskId)).task.status.state).toBe(TaskState.Completed);
  expect(connector.turns).toHaveLength(1);
});

test("an attempt that takes too long is canceled at the agent before the next one", async () => {
  await publish({ attempts: 2, backoffSeconds: 0, on: ["timeout"] }, 0.05);
  let attempt = 0;
  connector.script = async function* (_turn, agent, signal) {
    attempt += 1;
    yield agent.task();
    if (attempt === 1) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    yield agent.status(TaskState.Completed);
  };
  const engine = open();
  const { taskId } = await engine.accept(by(alice), "scripted", { message: hello() });
  expect((await ended(engine, taskId)).task.status.state).toBe(TaskState.Completed);
  expect(connector.canceled).toEqual([`agent-${taskId}`]);
});

test("an answer to the agent's question is not sent again: what it was about is gone", async () => {
  await publish({ attempts: 3, backoffSeconds: 0, on: ["crash"] });
  connector.script = async function* (turn, agent) {
    if (turn.upstream !== undefined) throw new PlatformError("AGENT_CRASHED", "It was lost.");
    yield agent.task();
    yield agent.status(TaskState.InputRequired, "Which one?");
  };
  const engine = open();
  const { taskId } = await engine.accept(by(alice), "scripted", { message: hello() });
  await ended(engine, taskId);
  await waitFor("the first turn to be over", async () => (await store.runs.list({ limit: 1 })).length === 0);
  const turn = await engine.accept(by(alice), "scripted", { message: hello({ taskId }) });
  const view = await engine.settle(turn, by(alice), { timeoutMs: 5_000, signal: AbortSignal.timeout(5_000) });
  expect(view.task.status.state).toBe(TaskState.Failed);
  expect(connector.turns).toHaveLength(2);
});

test("a message that steered the lost attempt ends the task with it", async () => {
  await publish({ attempts: 3, backoffSeconds: 0, on: ["crash"] });
  const { promise: crashes, resolve: crash } = Promise.withResolvers<void>();
  connector.script = async function* (_turn, agent) {
    yield agent.task();
    yield agent.status(TaskState.Working);
    await crashes;
    throw new PlatformError("AGENT_CRASHED", "It was lost.");
  };
  const engine = open();
  const { taskId } = await engine.accept(by(alice), "scripted", { message: hello() });
  await waitFor(
    "it to work",
    async () => (await engine.get(by(alice), taskId)).view.task.status.state === TaskState.Working,
  );
  // What a turn has read no longer waits; that it was written is all that is left of it.
  await engine.record(DEFAULT_ORG_ID, taskId, [{ kind: "message", message: hello({ taskId }) }]);
  crash();
  expect((await ended(engine, taskId)).task.status.state).toBe(TaskState.Failed);
  expect(connector.turns).toHaveLength(1);
});

test("a message that waits stays behind all attempts", async () => {
  await publish({ attempts: 2, backoffSeconds: 5, on: ["crash"] });
  let attempt = 0;
  connector.script = async function* (turn, agent) {
    attempt += 1;
    yield agent.task();
    if (attempt === 1) throw new PlatformError("AGENT_CRASHED", "It was lost.");
    yield agent.status(turn.upstream === undefined ? TaskState.InputRequired : TaskState.Completed);
  };
  const engine = open();
  const { taskId } = await engine.accept(by(alice), "scripted", { message: hello() });
  await waitFor("the wait", () => timers.length > 0);
  const second = await engine.accept(by(alice), "scripted", { message: hello({ taskId }) });
  await advance();
  const view = await engine.settle(second, by(alice), { timeoutMs: 5_000, signal: AbortSignal.timeout(5_000) });
  expect(view.task.status.state).toBe(TaskState.Completed);
  expect(connector.turns.map(({ upstream }) => upstream?.taskId)).toEqual([undefined, undefined, `agent-${taskId}`]);
});

test("a task that the platform was killed with is sent again by the next one, as the same call", async () => {
  await publish({ attempts: 2, backoffSeconds: 1, on: ["crash"] });
  connector.script = async function* (_turn, agent) {
    yield agent.task();
    yield agent.status(TaskState.Working);
    await new Promise(() => undefined);
  };
  const { taskId } = await open().accept(by(alice), "scripted", { message: hello() });
  await waitFor("it to work", async () => (await bodies(taskId)).some(({ kind }) => kind === "status"));

  connector.script = losing();
  const next = open();
  expect(await next.recover()).toBe(0);
  await next.resumeRuns();
  expect(await advance()).toBe(1_000);
  expect((await ended(next, taskId)).task.status.state).toBe(TaskState.Completed);
  expect(connector.turns.at(-1)).toMatchObject({ principal: alice });
  expect((await runs(taskId)).map((body) => "reason" in body && body.reason)).toEqual([
    false,
    "PLATFORM_RESTARTED",
    "PLATFORM_RESTARTED",
  ]);
});

test("a cancel ends it between two attempts", async () => {
  await publish({ attempts: 3, backoffSeconds: 60, on: ["crash"] });
  connector.script = losing("AGENT_CRASHED");
  const engine = open();
  const { taskId } = await engine.accept(by(alice), "scripted", { message: hello() });
  await waitFor("the wait", () => timers.length > 0);
  expect((await engine.cancel(by(alice), taskId)).task.status.state).toBe(TaskState.Canceled);
  expect(connector.turns).toHaveLength(1);
  expect(timers).toEqual([]);
});

test("what a lost attempt has used is paid for beside what the next one uses", async () => {
  await publish({ attempts: 2, backoffSeconds: 0, on: ["crash"] });
  let attempt = 0;
  connector.script = async function* (_turn, agent) {
    attempt += 1;
    const { statusUpdate } = agent.status(TaskState.Working) as {
      statusUpdate: { taskId: string; contextId: string; status: { state: TaskState } };
    };
    const metadata = { [RUN_USAGE_EXTENSION]: { inputTokens: 100, outputTokens: 10 } };
    yield { statusUpdate: { ...statusUpdate, metadata } };
    if (attempt === 1) throw new PlatformError("AGENT_CRASHED", "It was lost.");
    yield agent.status(TaskState.Completed);
  };
  const engine = open();
  const { taskId } = await engine.accept(by(alice), "scripted", { message: hello() });
  expect((await ended(engine, taskId)).usage).toMatchObject({ inputTokens: 200, outputTokens: 20 });
});

test("a task whose store did not answer between two attempts goes on when it does", async () => {
  await publish({ attempts: 2, backoffSeconds: 1, on: ["crash"] });
  connector.script = losing("AGENT_CRASHED");
  const find = store.runs.find.bind(store.runs);
  let finds = 0;
  Object.assign(store.runs, {
    find: async (...place: Parameters<typeof find>) => {
      finds += 1;
      if (finds === 2) throw new PlatformError("STORE_UNAVAILABLE", "The disk is full.");
      return await find(...place);
    },
  });
  const engine = open();
  const { taskId } = await engine.accept(by(alice), "scripted", { message: hello() });
  expect(await advance()).toBe(5_000);
  expect((await ended(engine, taskId)).task.status.state).toBe(TaskState.Completed);
});

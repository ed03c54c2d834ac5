import { randomBytes } from "node:crypto";
import { DEFAULT_ORG_ID, PlatformError, TaskState, createIdGenerator } from "@berth/protocol";
import type { Principal, StreamResponse } from "@berth/protocol";
import type { Store } from "@berth/store";
import { createInMemoryStore } from "@berth/store/memory";
import { ScriptedConnector, scriptedCard, scriptedConfig, waitFor } from "@berth/testing";
import type { TurnScript } from "@berth/testing";
import { expect, test } from "vitest";
import { toReleaseSpec } from "../deploys/release-spec.ts";
import { createRegistry } from "../registry/create-registry.ts";
import { createTaskEngine } from "./create-task-engine.ts";
import type { RunningTaskEngine } from "./create-task-engine.ts";

const alice: Principal = { kind: "api_key", id: "key_a", orgId: DEFAULT_ORG_ID, scopes: ["invoke"] };
const call = { principal: alice, protocol: "a2a" } as const;
const RPC = { url: "https://w.example/rpc", protocolBinding: "JSONRPC", protocolVersion: "1.0" };

async function publish(store: Store): Promise<void> {
  await store.agents.publish(
    { orgId: DEFAULT_ORG_ID, agentId: "agt_1", name: "weather", kind: "remote", activeReleaseId: "rel_1" },
    {
      orgId: DEFAULT_ORG_ID,
      releaseId: "rel_1",
      agentId: "agt_1",
      digest: `sha256:${"0".repeat(64)}`,
      config: scriptedConfig(),
      card: scriptedCard(),
      skillSchemas: [],
      entry: "",
      trusted: false,
      remote: { cardUrl: "https://w.example/.well-known/agent-card.json", ...RPC },
      createdAt: "2026-11-29T12:00:00.000Z",
    },
  );
}

/** A platform process on this store; the store outlives it. */
function engineOn(store: Store, connector: ScriptedConnector): RunningTaskEngine {
  const now = (): Date => new Date();
  return createTaskEngine({
    store,
    registry: createRegistry({ store, runtime: { drain: async () => undefined }, now }),
    connector,
    now,
    specOf: (agent) => ({
      ...toReleaseSpec(agent, "/nowhere", () => "/nowhere"),
      remote: { cardUrl: "", ...RPC, streaming: true, headers: {} },
    }),
    ids: createIdGenerator({ now: Date.now, randomBytes }),
  });
}

async function begin(
  script: TurnScript,
  state: TaskState,
): Promise<{ readonly store: Store; readonly taskId: string }> {
  const store = createInMemoryStore();
  await publish(store);
  const engine = engineOn(store, new ScriptedConnector(script));
  const message = { messageId: "m-1", role: "ROLE_USER", parts: [{ text: "hello" }] } as const;
  const { taskId } = await engine.accept(call, "weather", { message });
  await waitFor(state, async () => (await engine.get(call, taskId)).view.task.status.state === state);
  return { store, taskId };
}

const working: TurnScript = async function* (_turn, agent, signal) {
  yield agent.task();
  yield agent.status(TaskState.Working);
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
};

const upstreamOf = (taskId: string): string => `agent-${taskId}`;

async function endOf(store: Store, taskId: string, frames: () => AsyncIterable<StreamResponse>) {
  const connector = new ScriptedConnector();
  connector.onResume = frames;
  const engine = engineOn(store, connector);
  const settled = await engine.recover();
  const state = await waitFor("the end", async () => {
    const { status } = (await engine.get(call, taskId)).view.task;
    return status.state === TaskState.Working ? undefined : status;
  });
  return { settled, state, connector, engine };
}

test("a task that ran at an agent elsewhere is taken up where it is and carried to its end", async () => {
  const { store, taskId } = await begin(working, TaskState.Working);
  const done = { id: upstreamOf(taskId), contextId: "agent-context", status: { state: TaskState.Completed } };
  const artifacts = [{ artifactId: "a", parts: [{ text: "sunny" }] }];
  const { settled, state, connector, engine } = await endOf(store, taskId, async function* () {
    yield { task: { ...done, artifacts } };
  });
  expect([settled, state.state, connector.resumed]).toEqual([0, TaskState.Completed, [upstreamOf(taskId)]]);
  expect((await engine.get(call, taskId)).view.task.artifacts).toEqual(artifacts);
  expect(connector.turns).toEqual([]);
});

test("a task that the agent does not know any more ends with what the agent said", async () => {
  const { store, taskId } = await begin(working, TaskState.Working);
  // oxlint-disable-next-line require-yield
  const { state } = await endOf(store, taskId, async function* () {
    throw new PlatformError("AGENT_ERROR", "The agent answered with an error: no such task");
  });
  expect(state).toMatchObject({ state: TaskState.Failed, message: { metadata: { reason: "AGENT_ERROR" } } });
});

test("a question of an agent elsewhere still waits for its answer", async () => {
  const asking: TurnScript = async function* (_turn, agent) {
    yield agent.task();
    yield agent.status(TaskState.InputRequired, "Where?");
  };
  const { store, taskId } = await begin(asking, TaskState.InputRequired);
  const { settled, state, connector } = await endOf(store, taskId, async function* () {});
  expect([settled, state.state, connector.resumed]).toEqual([0, TaskState.InputRequired, []]);
});

test("a task whose agent never told its own id, or was removed, ends in FAILED", async () => {
  const silent: TurnScript = async function* (_turn, agent, signal) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    yield agent.task();
  };
  const untold = await begin(silent, TaskState.Submitted);
  const first = await endOf(untold.store, untold.taskId, async function* () {});
  const removed = await begin(working, TaskState.Working);
  await removed.store.agents.remove(DEFAULT_ORG_ID, "weather");
  const connector = new ScriptedConnector();
  expect([first.settled, await engineOn(removed.store, connector).recover()]).toEqual([1, 1]);
  expect(first.state).toMatchObject({
    state: TaskState.Failed,
    message: { metadata: { reason: "PLATFORM_RESTARTED" } },
  });
  expect(connector.resumed).toEqual([]);
});

test("a platform that stops leaves the task running for the next one", async () => {
  const store = createInMemoryStore();
  await publish(store);
  const engine = engineOn(store, new ScriptedConnector(working));
  const message = { messageId: "m-1", role: "ROLE_USER", parts: [{ text: "hello" }] } as const;
  const { taskId } = await engine.accept(call, "weather", { message });
  await waitFor("work", async () => (await engine.get(call, taskId)).view.task.status.state === TaskState.Working);
  await engine.close(0);
  expect((await store.tasks.find(DEFAULT_ORG_ID, taskId))?.state).toBe(TaskState.Working);
});

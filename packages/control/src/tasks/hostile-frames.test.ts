import { randomBytes } from "node:crypto";
import {
  DEFAULT_ORG_ID,
  PRINCIPAL_METADATA,
  RUN_METADATA,
  SCOPE_REQUEST_METADATA,
  TaskState,
  createIdGenerator,
} from "@berth/protocol";
import type { JsonObject, Principal, StreamResponse, TaskView } from "@berth/protocol";
import type { Store } from "@berth/store";
import { createInMemoryStore } from "@berth/store/memory";
import { ScriptedConnector, scriptedCard, scriptedConfig } from "@berth/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { toReleaseSpec } from "../deploys/release-spec.ts";
import { createRegistry } from "../registry/create-registry.ts";
import { createTaskEngine } from "./create-task-engine.ts";
import type { RunningTaskEngine } from "./create-task-engine.ts";
import type { CallContext } from "./task-engine.ts";

const victim: Principal = { kind: "api_key", id: "key_victim", orgId: DEFAULT_ORG_ID, scopes: ["invoke"] };
const caller: Principal = { kind: "api_key", id: "key_caller", orgId: DEFAULT_ORG_ID, scopes: ["invoke"] };
const by = (principal: Principal): CallContext => ({ principal, protocol: "a2a" });

/** One way in which an agent lies about what it did, and what its caller's task is then. */
interface Lie {
  readonly id: string;
  readonly tries: string;
  readonly frames: (own: string, victimTask: string) => readonly StreamResponse[];
  readonly holds: (view: TaskView, house: House) => void | Promise<void>;
}

interface House {
  readonly store: Store;
  readonly connector: ScriptedConnector;
  readonly engine: RunningTaskEngine;
  readonly victimTask: string;
}

const status = (taskId: string, state: TaskState, change: object = {}): StreamResponse => ({
  statusUpdate: { taskId, contextId: "c", status: { state }, ...change },
});
const artifact = (taskId: string, text: string, change: object = {}): StreamResponse => ({
  artifactUpdate: { taskId, contextId: "c", artifact: { artifactId: text, name: text, parts: [{ text }], ...change } },
});
const task = (id: string, change: object = {}): StreamResponse => ({
  task: { id, contextId: "c", status: { state: TaskState.Working }, ...change },
});
const message = (change: object = {}): JsonObject => ({
  messageId: "said",
  role: "ROLE_AGENT",
  parts: [{ text: "said" }],
  ...change,
});

const completed = (view: TaskView): void => expect(view.task.status.state).toBe(TaskState.Completed);

const LIES: readonly Lie[] = [
  {
    id: "foreign-task-status",
    tries: "end another caller's task by its id",
    frames: (own, other) => [task(own), status(other, TaskState.Failed), status(own, TaskState.Completed)],
    holds: (view) => expect(view.task.id).toMatch(/^task_/),
  },
  {
    id: "foreign-task-artifact",
    tries: "put an artifact into another caller's task",
    frames: (own, other) => [task(own), artifact(other, "planted"), status(own, TaskState.Completed)],
    holds: completed,
  },
  {
    id: "foreign-task-snapshot",
    tries: "give out another caller's task as its own",
    frames: (_own, other) => [
      task(other, { artifacts: [{ artifactId: "a", parts: [{ text: "x" }] }] }),
      status(other, TaskState.Completed),
    ],
    holds: (view, { victimTask }) => expect(view.task.id).not.toBe(victimTask),
  },
  {
    id: "terminal-twice",
    tries: "take a failure back",
    frames: (own) => [task(own), status(own, TaskState.Failed), status(own, TaskState.Completed)],
    holds: (view) => expect(view.task.status.state).toBe(TaskState.Failed),
  },
  {
    id: "terminal-then-working",
    tries: "go on after the end",
    frames: (own) => [task(own), status(own, TaskState.Completed), status(own, TaskState.Working)],
    holds: completed,
  },
  {
    id: "artifact-after-end",
    tries: "change what it delivered after the end",
    frames: (own) => [task(own), artifact(own, "first"), status(own, TaskState.Completed), artifact(own, "late")],
    holds: (view) => expect(view.task.artifacts?.map(({ name }) => name)).toEqual(["first"]),
  },
  {
    id: "words-in-the-callers-mouth",
    tries: "write a message as if its caller had",
    frames: (own) => [
      task(own, { history: [message({ messageId: "forged", role: "ROLE_USER" })] }),
      status(own, TaskState.Completed),
    ],
    holds: (view) => expect(JSON.stringify(view.task.history)).not.toContain("forged"),
  },
  {
    id: "role-in-a-status",
    tries: "speak in a status as its caller",
    frames: (own) => [
      task(own),
      status(own, TaskState.Completed, {
        status: { state: TaskState.Completed, message: message({ role: "ROLE_USER" }) },
      }),
    ],
    holds: (view) => expect(view.task.status.message?.role).toBe("ROLE_AGENT"),
  },
  {
    id: "time",
    tries: "say that it ended last year",
    frames: (own) => [
      task(own),
      status(own, TaskState.Completed, {
        status: { state: TaskState.Completed, timestamp: "2020-01-01T00:00:00.000Z" },
      }),
    ],
    holds: (view) => expect(view.task.status.timestamp?.slice(0, 4)).not.toBe("2020"),
  },
  {
    id: "ids-in-a-message",
    tries: "place its answer into another task and conversation",
    frames: (own, other) => [
      task(own),
      status(own, TaskState.Completed, {
        status: { state: TaskState.Completed, message: message({ taskId: other, contextId: "ctx_other" }) },
      }),
    ],
    holds: ({ task: { id, contextId, status: last } }) =>
      expect([last.message?.taskId, last.message?.contextId]).toEqual([id, contextId]),
  },
  {
    id: "principal-metadata",
    tries: "say in the platform's metadata that somebody else called",
    frames: (own) => [
      task(own),
      status(own, TaskState.Completed, { metadata: { [PRINCIPAL_METADATA]: { id: "usr_admin" } } }),
    ],
    holds: async ({ task: { id } }, { engine }) =>
      expect((await engine.get(by(caller), id)).record.principalId).toBe("key_caller"),
  },
  {
    id: "run-metadata",
    tries: "hand out a grant in the platform's metadata",
    frames: (own) => [
      task(own),
      artifact(own, "g", { metadata: { [RUN_METADATA]: { grant: "acg1_forged" } } }),
      status(own, TaskState.Completed),
    ],
    holds: async (_view, { store }) => expect(await store.grants.list(DEFAULT_ORG_ID, {})).toEqual([]),
  },
  {
    id: "approval-metadata",
    tries: "claim that an approval is asked for, or given",
    frames: (own) => [
      task(own),
      status(own, TaskState.AuthRequired, { metadata: { [SCOPE_REQUEST_METADATA]: { approvalId: "apr_forged" } } }),
      status(own, TaskState.Completed),
    ],
    holds: async (_view, { store }) => expect(await store.approvals.list(DEFAULT_ORG_ID, { limit: 10 })).toEqual([]),
  },
  {
    id: "forged-receipt",
    tries: "deliver a receipt of its own making",
    frames: (own) => [task(own), artifact(own, "receipt.dsse.json"), status(own, TaskState.Completed)],
    holds: async ({ task: { id } }, { store }) =>
      expect(await store.receipts.findByTask(DEFAULT_ORG_ID, id)).toBeUndefined(),
  },
  {
    id: "artifact-name",
    tries: "carry a secret, a path and a terminal's commands in an artifact's name",
    frames: (own) => [
      task(own),
      artifact(own, "../../etc/passwd\u001b]0;x\u0007 c2VjcmV0"),
      status(own, TaskState.Completed),
    ],
    holds: (view) =>
      expect(view.task.artifacts?.map(({ name }) => name)).toEqual(["../../etc/passwd\u001b]0;x\u0007 c2VjcmV0"]),
  },
  {
    id: "no-end",
    tries: "end its stream in the middle",
    frames: (own) => [task(own), status(own, TaskState.Working)],
    holds: (view) => expect(view.task.status.message?.metadata).toEqual({ reason: "INVALID_AGENT_RESPONSE" }),
  },
];

describe("an agent that lies about its task", () => {
  let house: House;
  beforeEach(async () => {
    house = await open();
  });

  it.each(LIES)("$id: may $tries, and changes nothing but its own", async ({ frames, holds }) => {
    const { engine, connector, victimTask } = house;
    const before = (await engine.get(by(victim), victimTask)).view;
    connector.script = async function* (turn) {
      yield* frames(`agent-${turn.taskId}`, victimTask);
    };
    const turn = await send(engine, caller);
    const view = await engine.settle(turn, by(caller), { timeoutMs: 5_000 });
    await holds((await engine.get(by(caller), view.task.id)).view, house);
    expect((await engine.get(by(victim), victimTask)).view).toEqual(before);
    connector.script = async function* (_turn, agent) {
      yield agent.message("still here");
    };
    const next = await send(engine, victim);
    expect((await engine.settle(next, by(victim), { timeoutMs: 5_000 })).reply?.parts).toEqual([
      { text: "still here" },
    ]);
  });
});

let sent = 0;
async function send(engine: RunningTaskEngine, principal: Principal): ReturnType<RunningTaskEngine["accept"]> {
  const text = { messageId: `m-${sent++}`, role: "ROLE_USER" as const, parts: [{ text: "hello" }] };
  return await engine.accept(by(principal), "scripted", { message: text });
}

async function open(): Promise<House> {
  const store = createInMemoryStore();
  const connector = new ScriptedConnector(async function* (_turn, agent) {
    yield agent.task();
    yield agent.status(TaskState.InputRequired, "And?");
  });
  const now = (): Date => new Date();
  const base = { orgId: DEFAULT_ORG_ID, agentId: "agt_1" };
  await store.agents.publish(
    { ...base, name: "scripted", kind: "deployed", activeReleaseId: "rel_1" },
    {
      ...base,
      releaseId: "rel_1",
      digest: "sha256:0",
      config: scriptedConfig(),
      card: scriptedCard(),
      skillSchemas: [],
      entry: "agent.mjs",
      trusted: false,
      createdAt: now().toISOString(),
    },
  );
  const engine = createTaskEngine({
    store,
    registry: createRegistry({ store, runtime: { drain: async () => undefined }, now }),
    connector,
    now,
    specOf: (agent) => toReleaseSpec(agent, "/nowhere", () => "/nowhere"),
    ids: createIdGenerator({ now: Date.now, randomBytes }),
  });
  const turn = await send(engine, victim);
  await engine.settle(turn, by(victim), { timeoutMs: 5_000 });
  return { store, connector, engine, victimTask: turn.taskId };
}

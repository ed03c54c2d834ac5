import { randomBytes } from "node:crypto";
import { DEFAULT_ORG_ID, TaskState, createIdGenerator, isPlatformError } from "@berth/protocol";
import type { AgentLimitsConfig, Principal } from "@berth/protocol";
import type { AgentServices, ServicesCall } from "@berth/runtime";
import { InMemoryBlobStore, InMemoryLayerStore, createInMemoryStore } from "@berth/store/memory";
import { ScriptedConnector, echoScript, scriptedCard, scriptedConfig, temporaryFolder } from "@berth/testing";
import { afterEach, expect, test } from "vitest";
import { loadSigningKeys } from "../cards/signing-keys.ts";
import { openControl } from "../create-control.ts";
import type { RunningControl } from "../create-control.ts";
import { loadGrantKeys } from "../grants/grant-keys.ts";
import { loadReceiptKeys } from "../receipts/index.ts";

const alice: Principal = { kind: "api_key", id: "key_alice", orgId: DEFAULT_ORG_ID, scopes: ["invoke"] };
const COMPLETED = JSON.stringify(TaskState.Completed);
const by = { principal: alice, protocol: "a2a" } as const;

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

/** An agent `front` that calls the agent `back` three times, and notes what came of each call. */
async function run(limits: { readonly front?: AgentLimitsConfig; readonly back?: AgentLimitsConfig }): Promise<{
  readonly control: RunningControl;
  readonly outcomes: readonly string[];
  readonly taskId: string;
}> {
  const store = createInMemoryStore();
  const folder = temporaryFolder("berth-call-limits");
  const connector = new ScriptedConnector();
  let services: AgentServices | undefined;
  const control = await openControl({
    store,
    storeKind: "memory",
    blobs: new InMemoryBlobStore(),
    layers: new InMemoryLayerStore(),
    runtime: {
      connector,
      serveAgents: (answers) => void (services = answers),
      attached: {
        view: () => undefined,
        assertReachable: () => undefined,
        connect: () => {
          throw new Error("nobody attaches here");
        },
      },
      useSecrets: () => undefined,
      useTelemetry: () => undefined,
      capabilities: async () => [],
      instances: () => [],
      health: () => ({ state: "sleeping", restarts: 0 }),
      wakes: () => [],
      assertRoom: () => undefined,
      drain: async () => undefined,
      logs: () => [],
      onLog: () => () => undefined,
      close: async () => undefined,
    },
    outbound: {
      assertUrl: async (url) => new URL(url),
      request: async () => {
        throw new Error("nothing is reachable from here");
      },
      stream: async () => {
        throw new Error("nothing is reachable from here");
      },
      tunnel: async () => {
        throw new Error("nothing is reachable from here");
      },
      exchange: async () => {
        throw new Error("nothing is reachable from here");
      },
      isExempt: () => false,
      secured: () => {
        throw new Error("nothing is reachable from here");
      },
    },
    receiptKeys: await loadReceiptKeys(`${folder.path}/keys`),
    signingKeys: await loadSigningKeys(`${folder.path}/keys`),
    grantKeys: await loadGrantKeys(`${folder.path}/keys`, () => new Date()),
    ledgerOrigin: "test.invalid/ledger",
    pepper: randomBytes(32),
    secretsKey: randomBytes(32),
    releasesFolder: `${folder.path}/releases`,
    workFolder: `${folder.path}/work`,
    npmCacheFolder: `${folder.path}/npm`,
    buildEnvironment: {},
    ids: createIdGenerator({ now: Date.now, randomBytes }),
    now: () => new Date(),
    randomBytes,
  });
  opened.push(async () => {
    await control.close(100);
    await store.close();
    folder[Symbol.dispose]();
  });
  for (const name of ["front", "back"] as const) {
    const base = { orgId: DEFAULT_ORG_ID, agentId: `agt_${name}` };
    await store.agents.publish(
      { ...base, name, kind: "deployed", activeReleaseId: `rel_${name}` },
      {
        ...base,
        releaseId: `rel_${name}`,
        digest: "sha256:0",
        config: { ...scriptedConfig(), limits: limits[name] ?? {} },
        card: scriptedCard(),
        skillSchemas: [],
        entry: "agent.mjs",
        trusted: false,
        createdAt: new Date().toISOString(),
      },
    );
  }
  const outcomes: string[] = [];
  connector.script = async function* (turn, agent, signal) {
    if (turn.principal.actors !== undefined) {
      yield* echoScript(turn, agent);
      return;
    }
    yield agent.task();
    const peer = { agentName: "front", agentId: "agt_front", orgId: DEFAULT_ORG_ID, releaseId: "rel_front" };
    const call: ServicesCall = {
      peer: { ...peer, instanceId: "ins_1" },
      grant: turn.credentials?.grant ?? "",
      signal,
    };
    for (let i = 0; i < 3; i++) {
      if (services === undefined) throw new Error("agents are served before the first call");
      try {
        outcomes.push(
          JSON.stringify((await services.callAgent(call, { agent: "back", skill: "echo", input: i }))["state"]),
        );
      } catch (error) {
        outcomes.push(isPlatformError(error) ? error.reason : "a bug");
      }
    }
    yield agent.status(TaskState.Completed);
  };
  const turn = await control.tasks.accept(by, "front", {
    message: { messageId: "m", role: "ROLE_USER", parts: [{ text: "go" }] },
  });
  await control.tasks.settle(turn, by, { timeoutMs: 5_000 });
  return { control, outcomes, taskId: turn.taskId };
}

test("a run that calls other agents more often than it may ends with BUDGET_EXCEEDED", async () => {
  const { control, outcomes, taskId } = await run({ front: { maxCallsPerTask: 2 } });
  const { task } = (await control.tasks.get(by, taskId)).view;
  expect(task.status).toMatchObject({
    state: TaskState.Failed,
    message: { parts: [{ text: "This run's budget of calls is used up: 3 of 2." }] },
  });
  expect(outcomes.slice(0, 2)).toEqual([COMPLETED, COMPLETED]);
});

test("what an agent calls is counted for whoever called the agent", async () => {
  const { control, outcomes, taskId } = await run({ back: { callsPerMinute: 1 } });
  expect(outcomes).toEqual([COMPLETED, "RATE_LIMITED", "RATE_LIMITED"]);
  expect((await control.tasks.get(by, taskId)).view.task.status.state).toBe(TaskState.Completed);
  const { spending } = await control.limits.usage({ ...alice, scopes: ["read"] });
  expect(spending.find(({ id }) => id === "key_alice")?.calls).toBe(2);
});

import { PlatformError } from "@berth/protocol";
import type { AgentModelsConfig, TaskEventBody } from "@berth/protocol";
import type { AgentModels, ModelCall } from "@berth/runtime";
import type { ReleaseRecord } from "@berth/store";
import { expect, it } from "vitest";
import { RunRegistry } from "../services/run-registry.ts";
import { createAgentModels } from "./agent-models.ts";
import type { ModelCaller } from "./model-call.ts";

const peer = { orgId: "org", agentId: "agt", agentName: "a", releaseId: "rel", instanceId: "ins" };

function open(models?: AgentModelsConfig): {
  readonly models: AgentModels;
  readonly runs: RunRegistry;
  readonly callers: ModelCaller[];
  readonly recorded: (readonly [string, readonly TaskEventBody[]])[];
} {
  const runs = new RunRegistry();
  for (const taskId of ["task_1", "task_2"]) {
    runs.begin({
      orgId: "org",
      taskId,
      contextId: "ctx",
      agentId: "agt",
      agentName: "a",
      principal: { kind: "api_key", id: `key_of_${taskId}`, orgId: "org", scopes: [] },
      deadline: "2026-11-29T12:00:00Z",
    });
  }
  const callers: ModelCaller[] = [];
  const recorded: (readonly [string, readonly TaskEventBody[]])[] = [];
  // Of a release only its models are read here, of a grant only its run.
  const release = { config: models === undefined ? {} : { models } } as ReleaseRecord;
  const grants = {
    async verify(token: string) {
      if (token === "acg1_forged") throw new PlatformError("GRANT_INVALID", "It is forged.");
      return { orgId: "org", runId: token.replace("acg1_", "") } as never;
    },
  };
  const calls = {
    async chat(caller: ModelCaller) {
      callers.push(caller);
      return { chunks: (async function* () {})() };
    },
    embed: async () => await Promise.reject(new Error("not part of this test")),
  };
  const book = { names: async () => ["fast", "one/m", "two/m"].map((id) => ({ id, provider: "p" })) };
  return {
    runs,
    callers,
    recorded,
    models: createAgentModels({
      calls,
      book,
      grants,
      runs,
      agents: { findRelease: async () => release },
      record: async (_orgId, taskId, bodies) => recorded.push([taskId, bodies]),
    }),
  };
}

const callOf = (changes: Partial<ModelCall>): ModelCall => ({
  peer,
  turns: [],
  signal: new AbortController().signal,
  ...changes,
});

it.each([
  ["the run of its grant, whatever else runs", { grant: "acg1_task_2", turns: ["task_1", "task_2"] }, "task_2"],
  ["the only run on its instance, without one", { turns: ["task_1"] }, "task_1"],
  ["nobody's where several run", { turns: ["task_1", "task_2"] }, undefined],
  ["nobody's where none runs", {}, undefined],
  ["nobody's when the run of the instance is not known any more", { turns: ["task_9"] }, undefined],
])("a call is %s", async (_what, changes, taskId) => {
  const { models, callers } = open();
  await models.chat(callOf(changes), {});
  const whose = taskId === undefined ? {} : { taskId, principalId: `key_of_${taskId}` };
  expect(callers[0]?.spender).toEqual({ orgId: "org", agentId: "agt", agentName: "a", ...whose });
});

it("a call with a grant that is forged, or whose run is over, is refused", async () => {
  const { models } = open();
  for (const grant of ["acg1_forged", "acg1_task_9"]) {
    await expect(models.chat(callOf({ grant }), {})).rejects.toMatchObject({ reason: "GRANT_INVALID" });
  }
});

it("a call ends with its run, and is written into that run's log", async () => {
  const { models, callers, runs, recorded } = open({ allow: ["fast"], record: true });
  await models.chat(callOf({ turns: ["task_1"] }), {});
  const [caller] = callers;
  expect(caller).toMatchObject({ allow: ["fast"], record: true, signal: { aborted: false } });
  const event = {
    kind: "model",
    op: "chat",
    model: "one/m",
    outcome: "ok",
    inputTokens: 1,
    outputTokens: 1,
    latencyMs: 1,
    requestDigest: "sha256:0",
  } as const;
  await caller?.note(event);
  expect(recorded).toEqual([["task_1", [event]]]);
  runs.end("task_1");
  expect(caller?.signal.aborted).toBe(true);
});

it("an agent sees the names of the models that it may use; without any in berth.json none", async () => {
  expect(await open({ allow: ["one/*", "fast"], record: false }).models.list(callOf({}))).toEqual([
    { id: "fast", provider: "p" },
    { id: "one/m", provider: "p" },
  ]);
  expect(await open().models.list(callOf({}))).toEqual([]);
});

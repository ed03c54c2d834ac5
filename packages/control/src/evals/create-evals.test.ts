import { randomBytes } from "node:crypto";
import { DEFAULT_ORG_ID, TaskState, createIdGenerator } from "@berth/protocol";
import type { EvalSuite, Principal } from "@berth/protocol";
import type { EvalRunRecord } from "@berth/store";
import type { TurnScript } from "@berth/testing";
import { waitFor } from "@berth/testing";
import { describe, expect, it } from "vitest";
import { createRegistry } from "../registry/create-registry.ts";
import { house } from "../tasks/task-engine.fixture.ts";
import type { House } from "../tasks/task-engine.fixture.ts";
import { createEvals } from "./create-evals.ts";
import type { EvalsOptions, RunningEvals } from "./create-evals.ts";

const dora: Principal = { kind: "api_key", id: "key_dora", orgId: DEFAULT_ORG_ID, scopes: ["invoke", "deploy"] };
type Claim = Parameters<EvalsOptions["receipts"]["addAddendum"]>[3];

interface Fixture extends House {
  readonly evals: RunningEvals;
  readonly claims: { readonly receiptId: string; readonly claim: Claim }[];
  ended(runId: string): Promise<EvalRunRecord>;
}

/** Receipts are there at once: sealing is another folder's. */
async function open(suites: readonly EvalSuite[], script?: TurnScript): Promise<Fixture> {
  const opened = await house(script);
  const { store, engine } = opened;
  await store.evals.saveSuites(DEFAULT_ORG_ID, "rel_1", suites);
  const claims: Fixture["claims"] = [];
  const now = (): Date => new Date();
  const evals = createEvals({
    store,
    registry: createRegistry({ store, runtime: { drain: async () => undefined }, now }),
    tasks: engine,
    receipts: {
      awaitForTask: async (orgId, taskId) => {
        const at = now().toISOString();
        return { orgId, taskId, receiptId: `rcpt_${taskId}`, leafIndex: 0, sealedAt: at, envelope: "{}", data: "" };
      },
      addAddendum: async (_orgId, receiptId, _kind, claim) => {
        claims.push({ receiptId, claim });
        return "add_1";
      },
    },
    ids: createIdGenerator({ now: Date.now, randomBytes }),
    now,
  });
  const ended = async (runId: string): Promise<EvalRunRecord> =>
    await waitFor("the run to end", async () => {
      const run = await store.evals.findRun(DEFAULT_ORG_ID, runId);
      return run?.status === "running" ? undefined : run;
    });
  return { ...opened, evals, claims, ended };
}

const suite = (change: Partial<EvalSuite> = {}): EvalSuite => ({
  name: "basics",
  skill: "echo",
  threshold: "0.5",
  timeoutSeconds: 10,
  cases: [
    { id: "same", input: { a: 1 }, scorers: [{ type: "contains", text: '"a":1' }] },
    {
      id: "half",
      input: "x",
      expected: "y",
      scorers: [{ type: "exact" }, { type: "regex", pattern: "x" }],
    },
  ],
  ...change,
});

const waits: TurnScript = async function* (_turn, agent, signal) {
  yield agent.task();
  yield agent.status(TaskState.Working);
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
};

describe("a run of a suite", () => {
  it("calls the agent as the caller, scores each case, and says it in the addenda of the receipts", async () => {
    const { evals, ended, claims, store, engine } = await open([suite()]);
    const started = await evals.start(dora, "scripted");
    expect(started).toMatchObject({ status: "running", suite: "basics", total: 2, cases: [], startedBy: "key_dora" });
    const run = await ended(started.runId);
    expect(run).toMatchObject({ status: "passed", score: "0.750", releaseId: "rel_1" });
    const [same, half] = run.cases;
    expect(same).toMatchObject({ id: "same", score: "1.000", passed: true, failures: [] });
    expect(half).toMatchObject({ id: "half", score: "0.500", passed: true });
    expect(half?.failures).toEqual([expect.stringMatching(/^exact: expected "y", got/)]);
    const { record } = await engine.get({ principal: dora, protocol: "rest" }, same?.taskId ?? "");
    expect(record.principalId).toBe("key_dora");
    const claim = claims.find(({ receiptId }) => receiptId === half?.receiptId)?.claim;
    expect(claim).toMatchObject({ suite: "basics", score: "0.500", passed: true, failures: [{ case: "half" }] });
    expect(claims).toHaveLength(2);
    const [entry] = await store.audit.list(DEFAULT_ORG_ID, 1);
    expect(entry).toMatchObject({ action: "eval.run", actor: "key_dora", resource: "scripted", outcome: "ok" });
    const agent = await store.agents.find(DEFAULT_ORG_ID, "scripted");
    const latest = await evals.latest(agent === undefined ? [] : [agent]);
    expect(latest.get("rel_1")).toMatchObject({ runId: started.runId, score: "0.750" });
  });

  it("gives nothing for a task that fails or is not over in time, which is canceled", async () => {
    const asks: TurnScript = async function* (turn, agent) {
      yield agent.task();
      const failed = JSON.stringify(turn.message.parts).includes('"x"');
      yield failed ? agent.status(TaskState.Failed, "no luck") : agent.status(TaskState.InputRequired, "which?");
    };
    const { evals, ended, engine } = await open([suite()], asks);
    const { runId } = await evals.start(dora, "scripted");
    const run = await ended(runId);
    expect(run).toMatchObject({ status: "failed", score: "0.000" });
    expect(run.cases[0]?.failures).toEqual([
      "the task was at TASK_STATE_INPUT_REQUIRED when its time was over: which?",
    ]);
    expect(run.cases[1]?.failures).toEqual(["the task ended in TASK_STATE_FAILED: no luck"]);
    const { view } = await engine.get({ principal: dora, protocol: "rest" }, run.cases[0]?.taskId ?? "");
    expect(view.task.status.state).toBe("TASK_STATE_CANCELED");
  });

  it("asks a skill of the agent's own to score", async () => {
    const judge: TurnScript = async function* (turn, agent) {
      yield agent.task();
      const asked = turn.message.parts[0]?.data;
      const output = typeof asked === "object" && asked !== null && "output" in asked ? { score: 0.25 } : { n: 1 };
      const artifact = { artifactId: "output", name: "output", parts: [{ data: output }] };
      const { statusUpdate } = agent.status(TaskState.Completed) as {
        statusUpdate: { taskId: string; contextId: string };
      };
      yield { artifactUpdate: { taskId: statusUpdate.taskId, contextId: statusUpdate.contextId, artifact } };
      yield agent.status(TaskState.Completed);
    };
    const cases = [{ id: "one", input: 1, scorers: [{ type: "code", skill: "echo" }] }] as const;
    const { evals, ended } = await open([suite({ cases })], judge);
    const { runId } = await evals.start(dora, "scripted");
    expect((await ended(runId)).cases).toMatchObject([{ score: "0.250", failures: ["code echo: scored 0.25"] }]);
  });

  it("has no score when it is canceled, the platform stops, or a call is refused", async () => {
    const { evals, ended, store, connector } = await open([suite()], waits);
    const first = await evals.start(dora, "scripted");
    await waitFor("the calls", async () => connector.turns.length === 2 || undefined);
    expect(await evals.cancel(dora, "scripted", first.runId)).toMatchObject({ status: "canceled" });
    expect(await ended(first.runId)).not.toHaveProperty("score");
    const second = await evals.start(dora, "scripted");
    await evals.close();
    expect(await ended(second.runId)).toMatchObject({
      status: "failed",
      error: expect.stringContaining("SHUTTING_DOWN"),
    });
    await expect(evals.start(dora, "scripted")).rejects.toMatchObject({ reason: "SHUTTING_DOWN" });
    await store.evals.saveRun({ ...second, runId: "eval_orphan", status: "running" });
    await evals.recover();
    expect(await ended("eval_orphan")).toMatchObject({ status: "failed", error: expect.stringContaining("restarted") });

    const refused = await open([suite({ skill: "none" })]);
    const { runId } = await refused.evals.start(dora, "scripted");
    expect(await refused.ended(runId)).toMatchObject({
      status: "failed",
      error: expect.stringContaining("SKILL_NOT_FOUND"),
    });
  });

  it("needs the right to run it and to call the agent, a suite, and room", async () => {
    const { evals } = await open([suite(), suite({ name: "more" })], waits);
    const only = (...scopes: Principal["scopes"]): Principal => ({ ...dora, scopes });
    await expect(evals.start(only("invoke"), "scripted", "more")).rejects.toMatchObject({
      reason: "PERMISSION_DENIED",
    });
    await expect(evals.start(only("deploy"), "scripted", "more")).rejects.toMatchObject({
      reason: "PERMISSION_DENIED",
    });
    await expect(evals.suites(only("invoke"), "scripted")).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
    await expect(evals.start(dora, "nobody")).rejects.toMatchObject({ reason: "AGENT_NOT_FOUND" });
    await expect(evals.start(dora, "scripted")).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
    await expect(evals.start(dora, "scripted", "none")).rejects.toMatchObject({ reason: "EVAL_NOT_FOUND" });
    await expect(evals.find(dora, "scripted", "eval_none")).rejects.toMatchObject({ reason: "EVAL_NOT_FOUND" });
    const { runId } = await evals.start(dora, "scripted", "more");
    await evals.start(dora, "scripted", "basics");
    await expect(evals.start(dora, "scripted", "basics")).rejects.toMatchObject({ reason: "RATE_LIMITED" });
    await expect(evals.find({ ...dora, orgId: "org_other" }, "scripted", runId)).rejects.toMatchObject({
      reason: "AGENT_NOT_FOUND",
    });
    await evals.close();
  });
});

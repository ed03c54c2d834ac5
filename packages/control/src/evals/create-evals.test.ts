import { DEFAULT_ORG_ID, TaskState } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { TurnScript } from "@berth/testing";
import { waitFor } from "@berth/testing";
import { describe, expect, it } from "vitest";
import { answers, dora, open, suite } from "./evals.fixture.ts";
import { JudgeError } from "./judge-model.ts";
import type { JudgeModel } from "./judge-model.ts";

const waits: TurnScript = async function* (_turn, agent, signal) {
  yield agent.task();
  yield agent.status(TaskState.Working);
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
};

const broken = { id: "one", input: 1, scorers: [{ type: "judge", rubric: "breaks" }] } as const;

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
    const judge = answers((asked) =>
      typeof asked === "object" && asked !== null && "output" in asked ? { score: 0.25 } : { n: 1 },
    );
    const cases = [{ id: "one", input: 1, scorers: [{ type: "code", skill: "echo" }] }] as const;
    const { evals, ended } = await open([suite({ cases })], judge);
    const { runId } = await evals.start(dora, "scripted");
    expect((await ended(runId)).cases).toMatchObject([{ score: "0.250", failures: ["code echo: scored 0.25"] }]);
  });

  it("has no score when a case needs a model and none is set up, and does not call the agent for it", async () => {
    const judged = { id: "judged", input: 1, scorers: [{ type: "judge", rubric: "It is kind." }] } as const;
    const { evals, ended, connector, claims } = await open([suite({ cases: [judged, ...suite().cases] })]);
    const { runId } = await evals.start(dora, "scripted");
    const run = await ended(runId);
    expect(run).toMatchObject({
      status: "failed",
      error: "1 of 3 cases could not be scored: judged: no model is set up to judge.",
    });
    expect(run).not.toHaveProperty("score");
    expect(run.cases[0]).toEqual({
      id: "judged",
      passed: false,
      failures: [],
      notScored: "no model is set up to judge",
    });
    expect([connector.turns.length, claims.length]).toEqual([2, 2]);
  });

  it("takes a model's word for it, or whether that is enough, and counts what it has used", async () => {
    const usage = { inputTokens: 10, outputTokens: 2, costMicros: 7 };
    const judge: JudgeModel = {
      missing: async () => undefined,
      judge: async ({ rubric, output, expected }) => {
        if (rubric === "breaks") throw new JudgeError("the judge answered no JSON object", { usage });
        return { score: 0.75, reasons: `${JSON.stringify(output)} is not ${JSON.stringify(expected)}`, usage };
      },
    };
    const scorer = { type: "judge", rubric: "It is kind.", at: "/a" } as const;
    const cases = [
      { id: "plain", input: { a: 1 }, expected: { a: 2 }, scorers: [scorer] },
      { id: "enough", input: { a: 1 }, scorers: [{ ...scorer, threshold: "0.75" }] },
      { id: "not-enough", input: { a: 1 }, scorers: [{ ...scorer, threshold: "0.8" }] },
      { id: "nothing", input: { b: 1 }, scorers: [scorer] },
    ] as const;
    const echo = answers((input) => input);
    const { evals, ended } = await open([suite({ cases }), suite({ name: "breaks", cases: [broken] })], echo, judge);
    const run = await ended((await evals.start(dora, "scripted", "basics")).runId);
    expect(run.cases.map(({ score }) => score)).toEqual(["0.750", "1.000", "0.000", "0.000"]);
    expect(run.cases[0]?.failures).toEqual(["judge: 0.75: 1 is not 2"]);
    expect(run.cases[3]?.failures).toEqual(["judge /a: there is nothing"]);
    expect(run.judged).toEqual({ inputTokens: 30, outputTokens: 6, costMicros: 21 });
    const failed = await ended((await evals.start(dora, "scripted", "breaks")).runId);
    expect(failed).toMatchObject({ status: "failed", judged: usage });
    expect(failed.cases[0]).toMatchObject({ passed: false, notScored: "the judge answered no JSON object" });
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

import type { EvalSuite } from "@berth/protocol";
import { expect, it } from "vitest";
import { AT, ORG, atMs } from "./contract-samples.ts";
import type { EvalRunRecord, EvalStore } from "./eval-store.ts";
import type { Store } from "./store.ts";

const SUITE: EvalSuite = {
  name: "basics",
  skill: "echo",
  threshold: "0.9",
  timeoutSeconds: 60,
  cases: [{ id: "one", input: { text: "nul \u0000" }, expected: null, scorers: [{ type: "exact" }] }],
};

/** Tests share one store: each uses ids of its own. */
export function evalStoreContract(store: () => Store): void {
  const evals = (): EvalStore => store().evals;
  const runOf = (runId: string, changes: Partial<EvalRunRecord> = {}): EvalRunRecord => ({
    orgId: ORG,
    runId,
    agentId: "agt_1",
    releaseId: "rel_1",
    suite: "basics",
    status: "running",
    threshold: "0.9",
    total: 1,
    cases: [],
    startedBy: "usr_1",
    startedAt: AT,
    ...changes,
  });

  it("keeps the suites of a release, for its organization", async () => {
    expect(await evals().suites(ORG, "rel_s")).toEqual([]);
    await evals().saveSuites(ORG, "rel_s", [SUITE]);
    expect(await evals().suites(ORG, "rel_s")).toEqual([SUITE]);
    expect(await evals().suites("org_other", "rel_s")).toEqual([]);
    await evals().saveSuites(ORG, "rel_s", []);
    expect(await evals().suites(ORG, "rel_s")).toEqual([]);
    expect(await evals().suites(ORG, "nul \u0000")).toEqual([]);
  });

  it("replaces a run by its newer state", async () => {
    await evals().saveRun(runOf("eval_1"));
    const ended = runOf("eval_1", {
      status: "failed",
      score: "0.500",
      cases: [{ id: "one", score: "0.500", passed: false, failures: ["nul \u0000"], taskId: "task_1" }],
      endedAt: atMs(5),
    });
    await evals().saveRun(ended);
    expect(await evals().findRun(ORG, "eval_1")).toEqual(ended);
    expect(await evals().findRun("org_other", "eval_1")).toBeUndefined();
    expect(await evals().findRun(ORG, "nul \u0000")).toBeUndefined();
  });

  it("lists an agent's runs newest first and without their cases, of one suite where asked", async () => {
    const agentId = "agt_listed";
    await evals().saveRun(runOf("eval_a", { agentId, startedAt: atMs(1) }));
    await evals().saveRun(runOf("eval_b", { agentId, startedAt: atMs(2), suite: "other" }));
    await evals().saveRun(runOf("eval_c", { agentId, startedAt: atMs(2) }));
    const ids = async (filter: { suite?: string; limit: number }): Promise<string[]> =>
      (await evals().runs(ORG, { agentId, ...filter })).map(({ runId }) => runId);
    expect(await ids({ limit: 10 })).toEqual(["eval_c", "eval_b", "eval_a"]);
    expect(await ids({ limit: 1, suite: "other" })).toEqual(["eval_b"]);
    expect((await evals().runs(ORG, { agentId, limit: 1 }))[0]).not.toHaveProperty("cases");
    expect(await evals().runs("org_other", { agentId, limit: 10 })).toEqual([]);
  });

  it("knows the latest score of each release, and the runs that go on", async () => {
    const scored = { status: "passed", score: "1.000" } as const;
    await evals().saveRun(runOf("eval_x1", { releaseId: "rel_x", ...scored, startedAt: atMs(1) }));
    await evals().saveRun(runOf("eval_x2", { releaseId: "rel_x", ...scored, startedAt: atMs(2) }));
    await evals().saveRun(runOf("eval_x3", { releaseId: "rel_x", startedAt: atMs(3) }));
    await evals().saveRun(runOf("eval_y", { releaseId: "rel_y", ...scored }));
    const latest = await evals().latest(ORG, ["rel_y", "rel_none", "rel_x", "nul \u0000"]);
    expect(latest.map(({ runId }) => runId)).toEqual(["eval_y", "eval_x2"]);
    expect(await evals().latest(ORG, [])).toEqual([]);
    expect((await evals().running(100)).map(({ runId }) => runId)).toContain("eval_x3");
    expect((await evals().running(100)).map(({ runId }) => runId)).not.toContain("eval_y");
  });

  it("refuses ids that no database takes", async () => {
    await expect(evals().saveRun(runOf("nul \u0000"))).rejects.toThrow();
    await expect(evals().saveSuites(ORG, "nul \u0000", [])).rejects.toThrow();
  });
}

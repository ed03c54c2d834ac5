import { expect, it } from "vitest";
import { AT, ORG, atMs, complete, newTask } from "./contract-samples.ts";
import type { EvalSample, EvalSampleStore } from "./eval-sample-store.ts";
import type { Store } from "./store.ts";

/** Tests share one store: each uses ids of its own. */
export function evalSampleStoreContract(store: () => Store): void {
  const samples = (): EvalSampleStore => store().evalSamples;
  const sampleOf = (taskId: string, changes: Partial<EvalSample> = {}): EvalSample => ({
    orgId: ORG,
    taskId,
    receiptId: `rcpt_${taskId}`,
    agentId: "agt_1",
    releaseId: "rel_1",
    suite: "basics",
    score: "1.000",
    passed: true,
    failures: [],
    at: AT,
    ...changes,
  });
  const seal = async (orgId: string, ...taskIds: string[]): Promise<number> => {
    for (const taskId of taskIds) {
      await store().tasks.create(newTask(taskId, { orgId }));
      await store().tasks.append({ ...complete(taskId, 1), orgId });
    }
    const expectedSize = await store().receipts.ledgerSize();
    const leaf = (i: number): number => expectedSize + i;
    const envelope = "{}";
    await store().receipts.seal({
      expectedSize,
      entries: taskIds.map((taskId, i) => ({ index: leaf(i), data: taskId })),
      receipts: taskIds.map((taskId, i) => {
        return { orgId, receiptId: `rcpt_${taskId}`, taskId, leafIndex: leaf(i), envelope, sealedAt: AT };
      }),
      checkpoint: `checkpoint ${leaf(taskIds.length)}`,
    });
    return expectedSize;
  };

  it("begins an organization once, and moves its point only forward", async () => {
    await samples().movePoint({ orgId: "org_p", nextLeaf: 3 });
    await samples().begin({ orgId: "org_p", nextLeaf: 5 });
    await samples().begin({ orgId: "org_p", nextLeaf: 9 });
    const point = async (): Promise<number | undefined> =>
      (await samples().points()).find(({ orgId }) => orgId === "org_p")?.nextLeaf;
    expect(await point()).toBe(5);
    await samples().movePoint({ orgId: "org_p", nextLeaf: 8 });
    await samples().movePoint({ orgId: "org_p", nextLeaf: 6 });
    expect(await point()).toBe(8);
    await expect(samples().begin({ orgId: "nul \u0000", nextLeaf: 0 })).rejects.toThrow();
  });

  it("lists an organization's sealed tasks in the order of the log, from a point on", async () => {
    const from = await seal("org_s", "s-b", "s-a");
    await seal("org_other", "s-c");
    await seal("org_s", "s-d");
    const ids = async (nextLeaf: number, limit: number): Promise<string[]> =>
      (await samples().sealedTasks({ orgId: "org_s", nextLeaf }, limit)).map(({ taskId }) => taskId);
    expect(await ids(from, 10)).toEqual(["s-b", "s-a", "s-d"]);
    expect(await ids(from + 1, 1)).toEqual(["s-a"]);
    expect(await ids(from + 9, 10)).toEqual([]);
    const [first] = await samples().sealedTasks({ orgId: "org_s", nextLeaf: from }, 1);
    expect(first).toEqual({
      taskId: "s-b",
      receiptId: "rcpt_s-b",
      leafIndex: from,
      agentId: "agt_1",
      releaseId: "rel_1",
      principalId: "usr_1",
      state: "TASK_STATE_COMPLETED",
    });
    expect(await samples().sealedTasks({ orgId: "nul \u0000", nextLeaf: 0 }, 1)).toEqual([]);
  });

  it("keeps one sample of a task, and lists an agent's newest first", async () => {
    const agentId = "agt_listed";
    await samples().save(sampleOf("l-1", { agentId, failures: ["nul \u0000"] }));
    await samples().save(sampleOf("l-1", { agentId, score: "0.000", passed: false }));
    await samples().save(sampleOf("l-2", { agentId, at: atMs(5) }));
    const listed = await samples().list(ORG, { agentId, limit: 10 });
    expect(listed).toEqual([
      sampleOf("l-2", { agentId, at: atMs(5) }),
      sampleOf("l-1", { agentId, failures: ["nul \u0000"] }),
    ]);
    expect(await samples().list(ORG, { agentId, limit: 1 })).toHaveLength(1);
    expect(await samples().list("org_other", { agentId, limit: 10 })).toEqual([]);
    expect(await samples().sampled(ORG, ["l-1", "l-9", "nul \u0000"])).toEqual(new Set(["l-1"]));
    expect(await samples().sampled("org_other", ["l-1"])).toEqual(new Set());
    await expect(samples().save(sampleOf("nul \u0000"))).rejects.toThrow();
  });

  it("sums up a release: what was scored, what was not, and what judging has used", async () => {
    const releaseId = "rel_sum";
    const judged = { inputTokens: 100, outputTokens: 7, costMicros: 3 };
    const { score: _score, ...unscored } = sampleOf("m-3", { releaseId, passed: false, notScored: "no model", judged });
    await samples().save(sampleOf("m-1", { releaseId, judged }));
    await samples().save(sampleOf("m-2", { releaseId, score: "0.333", passed: false, at: atMs(5) }));
    await samples().save(unscored);
    await samples().save({ ...unscored, taskId: "m-4", releaseId: "rel_none" });
    const [sum, none, ...others] = await samples().summaries(ORG, [releaseId, "rel_none", "rel_x", "nul \u0000"]);
    expect(sum).toEqual({
      releaseId,
      suite: "basics",
      scored: 2,
      passed: 1,
      notScored: 1,
      score: "0.666",
      judged: { inputTokens: 200, outputTokens: 14, costMicros: 6 },
      at: atMs(5),
    });
    expect(none).toMatchObject({ scored: 0, notScored: 1 });
    expect(none).not.toHaveProperty("score");
    expect(others).toEqual([]);
    expect(await samples().summaries("org_other", [releaseId])).toEqual([]);
  });
}

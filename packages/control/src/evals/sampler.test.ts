import { DEFAULT_ORG_ID, TaskState } from "@berth/protocol";
import type { EvalSampleConfig, EvalScorer } from "@berth/protocol";
import type { EvalSample } from "@berth/store";
import type { TurnScript } from "@berth/testing";
import { waitFor } from "@berth/testing";
import { afterEach, describe, expect, it } from "vitest";
import { alice, by, hello } from "../tasks/task-engine.fixture.ts";
import { answers, dora, open, suite } from "./evals.fixture.ts";
import type { Fixture } from "./evals.fixture.ts";
import type { JudgeModel } from "./judge-model.ts";
import { isSampled } from "./sampled-task.ts";

const opened: Fixture[] = [];
afterEach(async () => {
  for (const house of opened.splice(0)) await house.evals.close();
});

/** A house whose agent's release samples; nothing is looked at before `recover`. */
async function sampling(
  { sampled, sample = { rate: 1, suite: "basics" } }: { sampled: readonly EvalScorer[]; sample?: EvalSampleConfig },
  script?: TurnScript,
  judge?: JudgeModel,
): Promise<Fixture> {
  const house = await open([], script, judge);
  opened.push(house);
  const found = await house.store.agents.find(DEFAULT_ORG_ID, "scripted");
  if (found === undefined) throw new Error("the house has an agent");
  const { agent, release } = found;
  const made = { ...release, releaseId: "rel_live", config: { ...release.config, evals: { sample } } };
  await house.evals.keep(made, [suite({ sampled })]);
  await house.store.agents.publish({ ...agent, activeReleaseId: "rel_live" }, made);
  await house.evals.recover();
  return house;
}

async function call({ engine }: Fixture, text: string): Promise<string> {
  const message = hello({ parts: [{ data: text }] });
  const turn = await engine.accept(by(alice), "scripted", { message }, { skill: "echo" });
  await engine.settle(turn, by(alice), { timeoutMs: 5_000 });
  return turn.taskId;
}

/** What the sealer does. */
async function seal({ store, evals }: Fixture): Promise<void> {
  const pending = await store.receipts.pending(100);
  const expectedSize = await store.receipts.ledgerSize();
  const at = new Date().toISOString();
  await store.receipts.seal({
    expectedSize,
    entries: pending.map(({ taskId }, i) => ({ index: expectedSize + i, data: taskId })),
    receipts: pending.map(({ orgId, taskId }, i) => {
      return { orgId, taskId, receiptId: `rcpt_${taskId}`, leafIndex: expectedSize + i, envelope: "{}", sealedAt: at };
    }),
    checkpoint: "checkpoint",
  });
  evals.notify();
}

async function samples({ store }: Fixture, count: number): Promise<readonly EvalSample[]> {
  return await waitFor(`${count} samples`, async () => {
    const found = await store.evalSamples.list(DEFAULT_ORG_ID, { agentId: "agt_1", limit: 100 });
    return found.length === count ? found : undefined;
  });
}

/** Everything that is sealed was looked at. */
async function caughtUp({ store }: Fixture): Promise<void> {
  await waitFor("the point to be at the end", async () => {
    const [point] = await store.evalSamples.points();
    return point?.nextLeaf === (await store.receipts.ledgerSize()) || undefined;
  });
}

const echo = answers((input) => input);
const polite: EvalScorer = { type: "regex", pattern: "please" };

describe("sampling", () => {
  it("scores real tasks by scorers that need nothing expected, for the ledger and for the statistics", async () => {
    const house = await sampling({ sampled: [polite, { type: "schema", schema: { type: "string" } }] }, echo);
    const good = await call(house, "please");
    const bad = await call(house, "now!");
    await seal(house);
    const found = await samples(house, 2);
    expect(found.find(({ taskId }) => taskId === good)).toMatchObject({ score: "1.000", passed: true, failures: [] });
    expect(found.find(({ taskId }) => taskId === bad)).toMatchObject({
      releaseId: "rel_live",
      suite: "basics",
      score: "0.500",
      passed: true,
      failures: ['regex: "now!" does not match'],
    });
    const claim = house.claims.find(({ receiptId }) => receiptId === `rcpt_${bad}`)?.claim;
    expect(claim).toMatchObject({ suite: "basics", score: "0.500", failures: [{ case: "sampled" }] });
    const agent = await house.store.agents.find(DEFAULT_ORG_ID, "scripted");
    const statistics = await house.evals.sampled(agent === undefined ? [] : [agent]);
    expect(statistics.get("rel_live")).toMatchObject({ scored: 2, passed: 2, notScored: 0, score: "0.750" });
    expect(await house.evals.samples(dora, "scripted", { limit: 1 })).toHaveLength(1);
    await expect(house.evals.samples(alice, "scripted", { limit: 1 })).rejects.toMatchObject({
      reason: "PERMISSION_DENIED",
    });
  });

  it("leaves out the tasks of evals, those of other skills, what was canceled, and what it has scored already", async () => {
    const house = await sampling({ sampled: [polite] }, echo);
    await house.store.evals.saveSuites(DEFAULT_ORG_ID, "rel_live", [suite({ sampled: [polite] })]);
    await house.ended((await house.evals.start(dora, "scripted")).runId);
    await seal(house);
    await caughtUp(house);
    const real = await call(house, "please");
    await seal(house);
    expect((await samples(house, 1)).map(({ taskId }) => taskId)).toEqual([real]);
    expect(house.claims.filter(({ receiptId }) => receiptId === `rcpt_${real}`)).toHaveLength(1);
  });

  it("gives a task that failed nothing, and asks a skill of the agent's as the platform", async () => {
    const script: TurnScript = async function* (turn, agent, signal) {
      const asked = turn.message.parts[0]?.data;
      if (asked === "fail") {
        yield agent.task();
        yield agent.status(TaskState.Failed, "no luck");
        return;
      }
      const isScoring = typeof asked === "object" && asked !== null && "output" in asked;
      yield* answers((input) => (isScoring ? { score: 0.4, reason: "meh" } : input))(turn, agent, signal);
    };
    const house = await sampling({ sampled: [{ type: "code", skill: "echo" }] }, script);
    const failed = await call(house, "fail");
    const fine = await call(house, "hello");
    await seal(house);
    const found = await samples(house, 2);
    expect(found.find(({ taskId }) => taskId === failed)).toMatchObject({ score: "0.000", passed: false });
    expect(found.find(({ taskId }) => taskId === fine)).toMatchObject({ score: "0.400", failures: ["code echo: meh"] });
    await seal(house);
    await caughtUp(house);
    const { records } = await house.store.tasks.list({ orgId: DEFAULT_ORG_ID }, { size: 10 });
    const scoring = records.filter(({ principalId }) => principalId === "spiffe://localhost/platform");
    expect(scoring).toHaveLength(1);
    expect(await samples(house, 2)).toHaveLength(2);
  });

  it("says why a task was not scored when no model is set up, without an addendum", async () => {
    const house = await sampling({ sampled: [{ type: "judge", rubric: "It is kind." }] }, echo);
    await call(house, "please");
    await seal(house);
    const [sample] = await samples(house, 1);
    expect(sample).toMatchObject({ passed: false, notScored: "no model is set up to judge" });
    expect(sample).not.toHaveProperty("score");
    expect(house.claims).toEqual([]);
  });

  it("goes on after a restart with what was sealed meanwhile, and before it with nothing", async () => {
    const house = await sampling({ sampled: [polite] }, echo);
    await house.evals.close();
    const missed = await call(house, "please");
    await seal(house);
    expect(await house.store.evalSamples.list(DEFAULT_ORG_ID, { agentId: "agt_1", limit: 10 })).toEqual([]);
    const again = await open([], echo, undefined, house.store);
    opened.push(again);
    await again.evals.recover();
    expect((await samples(again, 1)).map(({ taskId }) => taskId)).toEqual([missed]);
  });

  it("takes the share that it is told, whatever became of the tasks", () => {
    const ids = Array.from({ length: 4_000 }, (_, n) => `task_${n}`);
    const share = (rate: number): number => ids.filter((id) => isSampled(id, rate)).length / ids.length;
    expect([share(0), share(1)]).toEqual([0, 1]);
    expect(share(0.1)).toBeCloseTo(0.1, 1);
    const tenth = ids.filter((id) => isSampled(id, 0.1));
    expect(tenth.every((id) => isSampled(id, 0.2))).toBe(true);
  });
});

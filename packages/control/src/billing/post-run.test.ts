import { DEFAULT_ORG_ID, PlatformError, RUN_USAGE_EXTENSION, TaskState } from "@berth/protocol";
import type { AgentPriceConfig, JsonValue } from "@berth/protocol";
import type { JournalRecord } from "@berth/store";
import type { TurnScript } from "@berth/testing";
import { expect, test } from "vitest";
import { alice, by, hello, house } from "../tasks/task-engine.fixture.ts";

const PRICE: AgentPriceConfig = {
  currency: "USD",
  perCall: "0.01",
  perMillionInputTokens: "2",
  platformShare: "0.25",
};

/** An agent that reports these totals and ends so. */
function ending(state: TaskState, ...reports: readonly JsonValue[]): TurnScript {
  return async function* (_turn, agent) {
    yield agent.task();
    for (const report of reports) {
      const frame = agent.artifact("part");
      if (!("artifactUpdate" in frame)) throw new Error("an artifact comes as an update");
      yield { artifactUpdate: { ...frame.artifactUpdate, metadata: { [RUN_USAGE_EXTENSION]: report } } };
    }
    yield agent.status(state);
  };
}

async function journalOf(script: TurnScript, price?: AgentPriceConfig, skill?: string): Promise<JournalRecord> {
  const { engine, store } = await house(script, price === undefined ? {} : { price });
  const options = skill === undefined ? {} : { skill };
  const turn = await engine.accept(by(alice), "scripted", { message: hello() }, options);
  await engine.settle(turn, by(alice), { timeoutMs: 5_000 });
  const journals = (await store.journals.ofTasks(DEFAULT_ORG_ID, [turn.taskId])).get(turn.taskId) ?? [];
  const [journal] = journals;
  if (journal === undefined || journals.length !== 1) throw new Error(`${journals.length} journals`);
  return journal;
}

test("a run is charged by the price of its release, to its caller, for owner and platform", async () => {
  const report = { inputTokens: 500, outputTokens: 7, models: ["small", "large"] };
  const journal = await journalOf(ending(TaskState.Completed, report), PRICE);
  expect(journal).toMatchObject({
    principalId: alice.id,
    agentId: "agt_1",
    releaseId: "rel_1",
    agentName: "scripted",
    currency: "USD",
    amountMicros: 11_000,
    inputTokens: 500,
    outputTokens: 7,
    models: ["large", "small"],
    price: expect.stringMatching(/^sha256:/),
    lines: [
      { account: `caller:${alice.id}`, amountMicros: 11_000 },
      { account: "agent:agt_1", amountMicros: -8_250 },
      { account: "platform", amountMicros: -2_750 },
    ],
  });
});

test.each([
  [TaskState.Failed, 0],
  [TaskState.Rejected, 0],
  [TaskState.Canceled, 10_000],
])("a run that ends in %s costs %i", async (state, micros) => {
  const journal = await journalOf(ending(state), PRICE);
  expect([journal.amountMicros, journal.lines.length > 0]).toEqual([micros, micros > 0]);
});

test("a run that its caller's budget ended is charged, one that the platform cut off is not", async () => {
  const waiting: TurnScript = async function* (_turn, agent, signal) {
    yield agent.task();
    yield agent.status(TaskState.Working);
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  };
  for (const [reason, micros] of [
    ["BUDGET_EXCEEDED", 10_000],
    ["TASK_TIMED_OUT", 0],
  ] as const) {
    const { engine, store } = await house(waiting, { price: PRICE });
    const { taskId } = await engine.accept(by(alice), "scripted", { message: hello() });
    await engine.fail(taskId, new PlatformError(reason, "It ends."));
    const journals = await store.journals.ofTasks(DEFAULT_ORG_ID, [taskId]);
    expect(journals.get(taskId)?.map(({ amountMicros }) => amountMicros)).toEqual([micros]);
  }
});

test("an agent without a price costs nothing, and what it used is known all the same", async () => {
  const journal = await journalOf(ending(TaskState.Completed, { inputTokens: 9 }));
  expect(journal).toMatchObject({ amountMicros: 0, lines: [], inputTokens: 9 });
  expect(journal).not.toHaveProperty("price");
});

test.each([
  ["is negative", { inputTokens: -5 }],
  ["is no whole number", { inputTokens: 0.5 }],
  ["is beyond any run", { inputTokens: 1e15 }],
  ["is text", { inputTokens: "9".repeat(40) }],
])("a claim that %s charges no token", async (_what, claim) => {
  const journal = await journalOf(ending(TaskState.Completed, claim), PRICE);
  expect(journal).toMatchObject({ amountMicros: 10_000, inputTokens: 0 });
});

test("a claim that becomes less does not lower the bill, and one that is huge meets the most", async () => {
  const less = await journalOf(ending(TaskState.Completed, { inputTokens: 1_000 }, { inputTokens: 1 }), PRICE);
  expect(less.amountMicros).toBe(12_000);
  const huge = await journalOf(ending(TaskState.Completed, { inputTokens: 1e12 }), { ...PRICE, maxPerCall: "1.50" });
  expect(huge.amountMicros).toBe(1_500_000);
});

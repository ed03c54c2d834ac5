import { DEFAULT_ORG_ID, TaskState } from "@berth/protocol";
import type { JournalRecord, Store, TaskProof } from "@berth/store";
import { createInMemoryStore } from "@berth/store/memory";
import { describe, expect, test } from "vitest";
import { AUDITOR, endRun, openFixture } from "../receipts/test/receipts-fixture.ts";
import { LedgerWatch } from "./ledger-watch.ts";
import { journalIdOf } from "./posting.ts";

type Spoil = (proof: TaskProof) => TaskProof;

const run = (change: Partial<JournalRecord>): Spoil => {
  return (proof) => ({ ...proof, journals: proof.journals.map((journal) => ({ ...journal, ...change })) });
};

/** The same store, whose proofs of one task come out spoilt. */
function spoilt(store: Store, taskId: string, spoil: Spoil): Store {
  const proofs: Store["journals"]["proofs"] = async (query) =>
    (await store.journals.proofs(query)).map((proof) => (proof.taskId === taskId ? spoil(proof) : proof));
  const journals = new Proxy(store.journals, {
    get: (target, name) => {
      if (name === "proofs") return proofs;
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  return { ...store, journals };
}

const CASES: readonly [string, Spoil, string][] = [
  ["a journal is gone", (proof) => ({ ...proof, journals: [] }), "task TASK has ended and has no journal"],
  ["a receipt is gone", ({ receipt: _gone, ...proof }) => proof, "task TASK has ended and has no receipt"],
  ["an amount was changed", run({ amountMicros: 5 }), "journal JOURNAL does not balance"],
  [
    "an amount and its lines were changed",
    run({
      amountMicros: 5,
      lines: [
        { account: "caller:usr_caller", amountMicros: 5 },
        { account: "platform", amountMicros: -5 },
      ],
    }),
    "RECEIPT signs another posting than journal JOURNAL is",
  ],
  ["another caller is to pay", run({ principalId: "usr_other" }), "RECEIPT signs another posting"],
  ["it was moved into another month", run({ at: "2026-12-01T00:00:00.000Z" }), "RECEIPT signs another posting"],
  ["it was posted too early", (proof) => ({ ...proof, state: TaskState.Working }), "has not ended and has a journal"],
  [
    "more was refunded than charged",
    (proof) => ({
      ...proof,
      journals: [
        ...proof.journals,
        ...proof.journals.map((j) => ({
          ...j,
          entry: 1,
          amountMicros: -1,
          lines: [
            { account: "a", amountMicros: 1 },
            { account: "b", amountMicros: -1 },
          ],
        })),
      ],
    }),
    "journal JOURNAL was refunded more than it charged",
  ],
  [
    "a refund is gone",
    (proof) => ({ ...proof, journals: [...proof.journals, ...proof.journals.map((j) => ({ ...j, entry: 2 }))] }),
    "journal JOURNAL lacks one of its refunds",
  ],
];

describe("the comparison of tasks, receipts and journals", () => {
  test.each(CASES)("names it when %s, on demand and in the background", async (_what, spoil, expected) => {
    const honest = createInMemoryStore();
    await using sealing = await openFixture(honest);
    await endRun(honest);
    const taskId = await endRun(honest);
    await sealing.receipts.flush();
    const receipt = await honest.receipts.findByTask(DEFAULT_ORG_ID, taskId);
    const line = expected
      .replace("TASK", taskId)
      .replace("JOURNAL", journalIdOf({ taskId, entry: 0 }))
      .replace("RECEIPT", `receipt ${receipt?.receiptId}`);
    const store = spoilt(honest, taskId, spoil);
    const lines: string[] = [];
    const watch = new LedgerWatch({ store, now: () => new Date(), log: (text) => void lines.push(text) });
    watch.ended({ orgId: DEFAULT_ORG_ID, taskId });
    await watch.round();
    const { differences } = watch.report(DEFAULT_ORG_ID);
    expect(differences.join("\n")).toContain(line);
    expect(lines).toEqual(differences.map((difference) => `ledger: ${difference}`));
    expect(watch.report("org_other").differences).toEqual([]);
    await watch.close();
    await using checking = await openFixture(store, sealing.keys);
    expect((await checking.receipts.check(AUDITOR)).differences.join("\n")).toContain(line);
  });

  test("goes through everything in rounds, and forgets what was put right", async () => {
    const store = createInMemoryStore();
    await using fixture = await openFixture(store);
    const tasks = [await endRun(store), await endRun(store), await endRun(store)];
    await fixture.receipts.flush();
    const [, broken = ""] = tasks;
    let wrong = true;
    const sometimes = spoilt(store, broken, (proof) => (wrong ? { ...proof, journals: [] } : proof));
    const watch = new LedgerWatch({ store: sometimes, now: () => new Date("2026-11-29T12:00:00.000Z") });
    expect(watch.report(DEFAULT_ORG_ID)).toEqual({ checked: 0, differences: [] });
    await Promise.all([watch.round(), watch.round()]);
    expect(watch.report(DEFAULT_ORG_ID)).toMatchObject({ checkedAt: "2026-11-29T12:00:00.000Z", checked: 3 });
    expect(watch.report(DEFAULT_ORG_ID).differences).toHaveLength(1);
    wrong = false;
    await watch.round();
    expect(watch.report(DEFAULT_ORG_ID)).toMatchObject({ checked: 6, differences: [] });
  });

  test("says so when the store does not answer, and goes on", async () => {
    const store = createInMemoryStore();
    const lines: string[] = [];
    const watch = new LedgerWatch({ store, now: () => new Date(), log: (line) => void lines.push(line) });
    await store.close();
    await watch.round();
    expect(lines).toHaveLength(1);
    expect(watch.report(DEFAULT_ORG_ID)).not.toHaveProperty("checkedAt");
  });
});

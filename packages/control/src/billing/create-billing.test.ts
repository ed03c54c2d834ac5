import { parseAddendum, parseEnvelope, parseStrictJson, payloadOf } from "@berth/ledger";
import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { AgentPriceConfig, Principal } from "@berth/protocol";
import type { JournalRecord, Store } from "@berth/store";
import { createInMemoryStore } from "@berth/store/memory";
import { describe, expect, test } from "vitest";
import { AUDITOR, CALLER, acceptRun, endRun, openFixture } from "../receipts/test/receipts-fixture.ts";
import type { Fixture } from "../receipts/test/receipts-fixture.ts";
import { toAdjustClaim } from "./adjust-claim.ts";
import { createBilling } from "./create-billing.ts";
import { postingDigest } from "./posting.ts";
import { amountOf, parsePrice, platformPart } from "./price.ts";

const ADMIN: Principal = { kind: "user", id: "usr_admin", orgId: DEFAULT_ORG_ID, scopes: ["admin"] };
const NOW = "2026-12-01T12:00:00.000Z";

/** A small generator with a seed: a failure can be repeated. */
function dice(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * (most + 1));
  };
}

interface Charge {
  readonly price: AgentPriceConfig;
  readonly at: string;
  readonly inputTokens?: number;
  readonly elapsedMs?: number;
  readonly agentId?: string;
  readonly principalId?: string;
}

async function charge(store: Store, { price: config, at, ...run }: Charge): Promise<string> {
  const { inputTokens = 0, elapsedMs = 0, agentId = "agt_1", principalId = CALLER.id } = run;
  const taskId = await acceptRun(store, { agentId, principalId });
  const price = parsePrice(config);
  const amount = amountOf(price, { elapsedMs, inputTokens, outputTokens: 0 });
  const platform = platformPart(price, amount);
  const lines = [
    { account: `caller:${principalId}`, amountMicros: Number(amount) },
    { account: `agent:${agentId}`, amountMicros: -Number(amount - platform) },
    { account: "platform", amountMicros: -Number(platform) },
  ].filter(({ amountMicros }) => amountMicros !== 0);
  await store.tasks.append({
    orgId: DEFAULT_ORG_ID,
    taskId,
    expectedSeq: 1,
    events: [{ at, body: { kind: "status", status: { state: "TASK_STATE_COMPLETED", timestamp: at } } }],
    state: { state: "TASK_STATE_COMPLETED", at },
    journal: {
      at,
      agentName: agentId,
      skill: `s${inputTokens % 3}`,
      price: price.version,
      currency: "USD",
      amountMicros: Number(amount),
      elapsedMs,
      inputTokens,
      outputTokens: 0,
      lines,
    },
  });
  return taskId;
}

async function journalsOf(store: Store, taskId: string): Promise<readonly JournalRecord[]> {
  return (await store.journals.ofTasks(DEFAULT_ORG_ID, [taskId])).get(taskId) ?? [];
}

const micros = (decimal: string): bigint => {
  const [whole = "0", fraction = ""] = decimal.replace("-", "").split(".");
  return BigInt(whole + fraction.padEnd(6, "0")) * (decimal.startsWith("-") ? -1n : 1n);
};

function billingOf({ store, receipts }: Fixture): ReturnType<typeof createBilling> {
  return createBilling({ store, receipts, now: () => new Date(NOW) });
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  "of random prices, uses and refunds (%i) every journal balances and statements are their sums to the last millionth",
  async (seed) => {
    const roll = dice(seed);
    await using fixture = await openFixture(createInMemoryStore());
    const { store, receipts } = fixture;
    const billing = billingOf(fixture);
    const tasks: string[] = [];
    for (let i = 0; i < 60; i++) {
      const price = {
        currency: "USD" as const,
        perCall: `${roll(3)}.${String(roll(999_999_999)).padStart(9, "0")}`,
        perSecond: `0.${String(roll(99_999)).padStart(9, "0")}`,
        perMillionInputTokens: `${roll(40)}.${roll(9)}`,
        platformShare: `0.${String(roll(999_999)).padStart(6, "0")}`,
      };
      const at = new Date(Date.parse("2026-11-30T23:59:50.000Z") + roll(20_000)).toISOString();
      const who = { agentId: `agt_${roll(2)}`, principalId: `usr_${roll(3)}` };
      tasks.push(await charge(store, { price, at, inputTokens: roll(1_000_000), elapsedMs: roll(90_000), ...who }));
    }
    await receipts.flush();
    for (const taskId of tasks.slice(0, 25)) {
      const { receiptId } = (await store.receipts.findByTask(DEFAULT_ORG_ID, taskId)) ?? { receiptId: "" };
      const [run] = await journalsOf(store, taskId);
      for (let left = run?.amountMicros ?? 0, part = 0; left > 0 && part < 3; part++) {
        const amount = Math.min(left, 1 + roll(left));
        await billing
          .refund(ADMIN, receiptId, { amount: `0.${String(amount).padStart(6, "0")}`, reason: "a part" })
          .catch(
            // What is above a dollar is refunded whole.
            async () => await billing.refund(ADMIN, receiptId, { reason: "the rest" }),
          );
        left = (await journalsOf(store, taskId)).reduce((sum, { amountMicros }) => sum + amountMicros, 0);
      }
    }
    const journals = (await Promise.all(tasks.map(async (taskId) => await journalsOf(store, taskId)))).flat();
    for (const { lines } of journals) expect(lines.reduce((sum, line) => sum + line.amountMicros, 0)).toBe(0);
    expect(journals.length).toBeGreaterThan(60);
    for (const month of ["2026-11", "2026-12"]) {
      const statement = await billing.statement(AUDITOR, month);
      const expected = journals
        .filter(({ at }) => at.startsWith(month))
        .reduce((sum, { amountMicros }) => sum + BigInt(amountMicros), 0n);
      expect(micros(statement.total.amount)).toBe(expected);
      expect(statement.lines.reduce((sum, { amount }) => sum + micros(amount), 0n)).toBe(expected);
      expect(statement.accounts.reduce((sum, { balance }) => sum + micros(balance), 0n)).toBe(0n);
      for (const groupBy of ["agent", "skill", "model", "caller", "day"] as const) {
        const usage = await billing.usage(AUDITOR, { from: statement.from, to: statement.to, groupBy });
        expect(usage.total).toEqual(statement.total);
        expect(usage.groups.reduce((sum, { amount }) => sum + micros(amount), 0n)).toBe(expected);
      }
    }
    expect((await receipts.check(AUDITOR)).differences).toEqual([]);
  },
);

describe("a refund", () => {
  const price = { currency: "USD", perCall: "1", platformShare: "0.333333" } as const;

  async function charged(fixture: Fixture): Promise<{ readonly taskId: string; readonly receiptId: string }> {
    const taskId = await charge(fixture.store, { price, at: "2026-11-30T10:00:00.000Z" });
    await fixture.receipts.flush();
    const receipt = await fixture.store.receipts.findByTask(DEFAULT_ORG_ID, taskId);
    return { taskId, receiptId: receipt?.receiptId ?? "" };
  }

  test("is a journal of its own, audited and told, and the run's stays as the receipt signed it", async () => {
    await using fixture = await openFixture();
    const { taskId, receiptId } = await charged(fixture);
    const [before] = await journalsOf(fixture.store, taskId);
    const refund = { amount: "0.25", reason: "too slow" };
    const journal = await billingOf(fixture).refund(ADMIN, receiptId, refund);
    expect(journal).toMatchObject({ entry: 1, amountMicros: -250_000, reason: "too slow", madeBy: ADMIN.id, at: NOW });
    const [run, posted] = await journalsOf(fixture.store, taskId);
    expect([run, posted]).toEqual([before, journal]);
    expect(run === undefined ? "" : postingDigest(run)).not.toBe(postingDigest(journal));
    const [entry] = await fixture.store.audit.list(DEFAULT_ORG_ID, 1);
    expect(entry).toMatchObject({ action: "billing.refund", resource: receiptId, actor: ADMIN.id, outcome: "ok" });
    expect((await fixture.receipts.check(AUDITOR)).differences).toEqual([]);
  });

  test("never gives back more than was charged, also when many are asked for at once", async () => {
    await using fixture = await openFixture();
    const { taskId, receiptId } = await charged(fixture);
    const billing = billingOf(fixture);
    const asked = Array.from({ length: 5 }, async () =>
      billing.refund(ADMIN, receiptId, { amount: "0.4", reason: "x" }),
    );
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    await billing.refund(ADMIN, receiptId, { reason: "the rest" });
    const journals = await journalsOf(fixture.store, taskId);
    expect(journals.reduce((sum, { amountMicros }) => sum + amountMicros, 0)).toBe(0);
    const accounts = await fixture.store.journals.accounts({
      orgId: DEFAULT_ORG_ID,
      from: "2026-01-01T00:00:00.000Z",
      to: "2027-01-01T00:00:00.000Z",
    });
    for (const { debitMicros, creditMicros } of accounts) expect(debitMicros).toBe(creditMicros);
    await expect(billing.refund(ADMIN, receiptId, { reason: "more" })).rejects.toMatchObject({
      violations: [{ field: "amount", description: "there is nothing left to refund" }],
    });
  });

  test.each([
    ["0", "amount"],
    ["-1", "amount"],
    ["1.0000001", "amount"],
    ["1e3", "amount"],
    ["1.01", "amount"],
  ])("of %s is refused", async (amount, field) => {
    await using fixture = await openFixture();
    const { taskId, receiptId } = await charged(fixture);
    const refused = billingOf(fixture).refund(ADMIN, receiptId, { amount, reason: "x" });
    await expect(refused).rejects.toMatchObject({ reason: "INVALID_PARAMS", violations: [{ field }] });
    expect(await journalsOf(fixture.store, taskId)).toHaveLength(1);
  });

  test("needs the right, and a receipt of one's own organization", async () => {
    await using fixture = await openFixture();
    const { receiptId } = await charged(fixture);
    const billing = billingOf(fixture);
    await expect(billing.refund(AUDITOR, receiptId, { reason: "x" })).rejects.toMatchObject({
      reason: "PERMISSION_DENIED",
    });
    const other = { ...ADMIN, orgId: "org_other" };
    await expect(billing.refund(other, receiptId, { reason: "x" })).rejects.toMatchObject({
      reason: "RECEIPT_NOT_FOUND",
    });
  });

  test("is posted together with the addendum that says so, or not at all", async () => {
    await using fixture = await openFixture();
    const { store, receipts } = fixture;
    const { taskId, receiptId } = await charged(fixture);
    const draftAddendum = async (): Promise<never> => await Promise.reject(new Error("no key"));
    const failing = billingOf({ ...fixture, receipts: { ...receipts, draftAddendum } });
    await expect(failing.refund(ADMIN, receiptId, { reason: "x" })).rejects.toThrow("no key");
    expect(await journalsOf(store, taskId)).toHaveLength(1);
    // As if the process were killed right after the commit: nothing but the store is there to go on from.
    const crashed = billingOf({ ...fixture, receipts: { ...receipts, notify: () => undefined } });
    const journal = await crashed.refund(ADMIN, receiptId, { amount: "0.25", reason: "x" });
    await receipts.flush();
    const [addendum] = await receipts.addenda(DEFAULT_ORG_ID, receiptId);
    const statement = parseAddendum(payloadOf(parseEnvelope(parseStrictJson(addendum?.envelope ?? ""))));
    expect(statement.predicate).toMatchObject(toAdjustClaim(journal));
  });
});

test("usage and statements need the right to read them, and a month that there is", async () => {
  await using fixture = await openFixture();
  await endRun(fixture.store);
  const billing = billingOf(fixture);
  for (const ask of [
    billing.usage(CALLER, {}),
    billing.statement(CALLER, "2026-11"),
    billing.journals(CALLER, {}, { size: 1 }),
  ]) {
    await expect(ask).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
  }
  for (const month of ["2026-13", "2026-1", "november", "2026-11-01"]) {
    await expect(billing.statement(AUDITOR, month)).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
  }
  for (const period of [{ from: "x" }, { from: "2026-12-02", to: "2026-12-01" }, { from: "2020-01-01" }]) {
    await expect(billing.usage(AUDITOR, period)).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
  }
});

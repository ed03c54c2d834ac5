import { createNodeCrypto } from "@berth/ledger/node";
import { keyId, parseTrustPolicy, redactBundle, verifyBundle, vouchForKey } from "@berth/ledger";
import type { VerifiedReceipt } from "@berth/ledger";
import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { Store } from "@berth/store";
import { createInMemoryStore } from "@berth/store/memory";
import { expect, test } from "vitest";
import { createKeyPair } from "../keys/key-pair.ts";
import { formatQueuedKey } from "./ledger-items.ts";
import { AUDITOR, CALLER, ORIGIN, STRANGER, endRun, memoryKeys, openFixture } from "./test/receipts-fixture.ts";

type Fixture = Awaited<ReturnType<typeof openFixture>>;
const HASH = `sha256:${"11".repeat(32)}`;

async function sealedRun({ store, receipts }: Fixture): Promise<string> {
  const taskId = await endRun(store);
  await receipts.flush();
  return (await receipts.forTask(CALLER, taskId)).receiptId;
}

async function verify({ receipts }: Fixture, receiptId: string, events?: string): Promise<VerifiedReceipt> {
  const bundle = await receipts.bundle(CALLER, receiptId, events === undefined ? {} : { events });
  return await verifyBundle(bundle, { trust: parseTrustPolicy(receipts.keys()), crypto: createNodeCrypto() });
}

test("a bundle discloses every event, none, or those that were asked for", async () => {
  await using fixture = await openFixture();
  const receiptId = await sealedRun(fixture);
  const shown = async (events?: string): Promise<readonly number[]> =>
    (await verify(fixture, receiptId, events)).events.shown.map(({ seq }) => seq);
  expect(await shown()).toEqual([1, 2, 3]);
  expect(await shown("all")).toEqual([1, 2, 3]);
  expect(await shown("none")).toEqual([]);
  expect(await shown("2-99")).toEqual([2, 3]);
  const whole = await fixture.receipts.bundle(CALLER, receiptId);
  const choice = { has: (seq: number) => seq === 2 };
  expect(await fixture.receipts.bundle(CALLER, receiptId, { events: "2" })).toBe(redactBundle(whole, { seqs: choice }));
});

/** An instance that was assigned only after its run had been canceled. */
async function writeAfterTheEnd({ tasks }: Store, taskId: string): Promise<void> {
  const body = { kind: "instance", instanceId: "ins_late", phase: "assigned" } as const;
  const events = [{ at: "2026-11-29T10:00:03.000Z", body }];
  await tasks.append({ orgId: DEFAULT_ORG_ID, taskId, expectedSeq: 3, events });
}

test("what was written down after the receipt was sealed is not in its bundle", async () => {
  await using fixture = await openFixture();
  const taskId = await endRun(fixture.store);
  await fixture.receipts.flush();
  await writeAfterTheEnd(fixture.store, taskId);
  const { receiptId } = await fixture.receipts.forTask(CALLER, taskId);
  expect((await verify(fixture, receiptId)).events.shown.map(({ seq }) => seq)).toEqual([1, 2, 3]);
});

test("what is written down while the receipt is made does not hold it up", async () => {
  const store = createInMemoryStore();
  const read = store.tasks.eventsOf.bind(store.tasks);
  let late: string | undefined;
  store.tasks.eventsOf = async (orgId, taskIds) => {
    const taskId = late;
    late = undefined;
    if (taskId !== undefined) await writeAfterTheEnd(store, taskId);
    return await read(orgId, taskIds);
  };
  await using fixture = await openFixture(store);
  late = await endRun(store);
  const taskId = late;
  await fixture.receipts.flush();
  const { receiptId } = await fixture.receipts.forTask(CALLER, taskId);
  expect((await verify(fixture, receiptId)).events.total).toBe(3);
});

test("what is no choice of events is refused", async () => {
  await using fixture = await openFixture();
  const bundle = fixture.receipts.bundle(CALLER, await sealedRun(fixture), { events: "5-3" });
  await expect(bundle).rejects.toMatchObject({ reason: "INVALID_PARAMS", violations: [{ field: "events" }] });
});

test("who may not see the run gets no bundle", async () => {
  await using fixture = await openFixture();
  const receiptId = await sealedRun(fixture);
  await expect(fixture.receipts.bundle(STRANGER, receiptId)).rejects.toMatchObject({ reason: "RECEIPT_NOT_FOUND" });
  expect(await fixture.receipts.bundle(AUDITOR, receiptId)).toContain("receipt-bundle");
});

// The rows of the emission table that come after the run; the others are in test/e2e/emission-table.test.ts.
test("eval scored, review signed and amount adjusted: the bundle has them as addenda, in the order of the log", async () => {
  await using fixture = await openFixture();
  const receiptId = await sealedRun(fixture);
  const { receipts } = fixture;
  const failures = [{ case: "totals", reason: "expected 3" }];
  await receipts.addAddendum(DEFAULT_ORG_ID, receiptId, "eval", {
    suite: "nightly",
    rubric: HASH,
    score: "0.5",
    passed: false,
    failures,
  });
  await receipts.addAddendum(DEFAULT_ORG_ID, receiptId, "review", {
    approver: "usr_2",
    verdict: "approved",
    notes: HASH,
  });
  await receipts.flush();
  await receipts.addAddendum(DEFAULT_ORG_ID, receiptId, "adjust", {
    amount: "-0.01",
    currency: "USD",
    journal: "jr_1",
    by: "usr_3",
    reason: HASH,
  });
  await receipts.flush();
  const { addenda, contentHash, log } = await verify(fixture, receiptId);
  expect(addenda.map(({ kind, statement }) => [kind, statement.predicate])).toMatchObject([
    ["eval", { suite: "nightly", rubric: HASH, score: "0.5", failures }],
    ["review", { approver: "usr_2", notes: HASH, at: "2026-11-29T10:00:02.000Z" }],
    ["adjust", { amount: "-0.01", journal: "jr_1" }],
  ]);
  for (const { statement, index } of addenda) {
    expect(statement.subject).toEqual([{ name: receiptId, digest: { sha256: contentHash } }]);
    expect(index).toBeGreaterThan(log.index);
  }
});

test("after the control plane's key was replaced old and new receipts verify, each with the key that signed it", async () => {
  const store = createInMemoryStore();
  const keys = memoryKeys();
  const successor = createKeyPair().signer;
  const key = { role: "cp", publicKey: successor.publicKey, origin: ORIGIN } as const;
  let oldReceipt: string;
  let trust: ReturnType<typeof parseTrustPolicy>;
  {
    await using before = await openFixture(store, keys);
    oldReceipt = await sealedRun(before);
    trust = parseTrustPolicy(before.receipts.keys());
    const by = await vouchForKey("rotate", key, { role: "cp", signer: keys.controlPlane });
    const payload = formatQueuedKey({ op: "rotate", key, by });
    const ref = keyId("cp", successor.publicKey);
    const queuedAt = "2026-11-29T10:00:02.000Z";
    await store.receipts.enqueue({ orgId: DEFAULT_ORG_ID, kind: "key", ref, payload, queuedAt });
    await before.receipts.flush();
  }
  await using after = await openFixture(store, { ...keys, controlPlane: successor });
  const newReceipt = await sealedRun(after);
  const signers: string[] = [];
  for (const receiptId of [oldReceipt, newReceipt]) {
    const bundle = await after.receipts.bundle(CALLER, receiptId);
    // The keys that the verifier saved before the change.
    const verified = await verifyBundle(bundle, { trust });
    signers.push(verified.signedBy.controlPlane);
  }
  expect(signers).toEqual([keyId("cp", keys.controlPlane.publicKey), keyId("cp", successor.publicKey)]);
});

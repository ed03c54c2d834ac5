import { createNodeCrypto } from "@berth/ledger/node";
import { encodeBase64, eventLeafHash, parseTrustPolicy, verifyBundle } from "@berth/ledger";
import type { VerifiedReceipt } from "@berth/ledger";
import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { Principal, TaskEvent, TaskEventBody } from "@berth/protocol";
import type { Store } from "@berth/store";
import { createInMemoryStore } from "@berth/store/memory";
import { expect, test } from "vitest";
import type { ReceiptOrder } from "./build-receipt.ts";
import { canonicalText } from "./canonical-text.ts";
import { eventSalt } from "./event-salt.ts";
import { createReceiptBuilder } from "./receipt-builder.ts";
import type { ReceiptBuilder } from "./receipt-builder.ts";
import { CALLER, endRun, memoryKeys, openFixture } from "./test/receipts-fixture.ts";
import type { Fixture } from "./test/receipts-fixture.ts";

const OWNER: Principal = { kind: "user", id: "usr_owner", orgId: DEFAULT_ORG_ID, scopes: ["owner"] };
const SECRET = "CANARY";
const ARTIFACT: TaskEventBody = { kind: "artifact", artifact: { artifactId: "out", parts: [{ text: SECRET }] } };

async function sealedRun({
  store,
  receipts,
}: Fixture): Promise<{ readonly taskId: string; readonly receiptId: string }> {
  const taskId = await endRun(store, { events: [ARTIFACT, { kind: "note", name: SECRET, data: {} }] });
  await receipts.flush();
  return { taskId, receiptId: (await receipts.forTask(CALLER, taskId)).receiptId };
}

async function verify({ receipts }: Fixture, receiptId: string): Promise<VerifiedReceipt> {
  const bundle = await receipts.bundle(CALLER, receiptId);
  return await verifyBundle(bundle, { trust: parseTrustPolicy(receipts.keys()), crypto: createNodeCrypto() });
}

const logOf = async (store: Store, taskId: string): Promise<readonly TaskEvent[]> =>
  await store.tasks.events({ orgId: DEFAULT_ORG_ID, taskId });

test("an erased run keeps a receipt that verifies, with every event withheld", async () => {
  await using fixture = await openFixture();
  const { taskId, receiptId } = await sealedRun(fixture);
  const before = await verify(fixture, receiptId);
  expect(before.events.disclosed).toBe(5);
  const erased = await fixture.receipts.erase(OWNER, receiptId, "asked to");
  expect(erased).toEqual({ receiptId, taskId, events: 5, salts: "erased" });
  const after = await verify(fixture, receiptId);
  expect(after).toMatchObject({ trusted: true, contentHash: before.contentHash, events: { total: 5, disclosed: 0 } });
  const log = await logOf(fixture.store, taskId);
  expect(log.map(({ seq, body }) => [seq, body.kind, "erased" in body])).toEqual([
    [1, "accepted", true],
    [2, "erased", true],
    [3, "erased", true],
    [4, "erased", true],
    [5, "status", true],
  ]);
  expect(JSON.stringify(log)).not.toMatch(/CANARY|hello/);
  expect(await fixture.receipts.check({ ...OWNER })).toMatchObject({ differences: [] });
});

test("what was erased cannot be found again by trying, also not with the platform's salt key", async () => {
  const keys = memoryKeys();
  await using fixture = await openFixture(createInMemoryStore(), keys);
  const { taskId, receiptId } = await sealedRun(fixture);
  const [, , event] = await logOf(fixture.store, taskId);
  const { eventSeed } = await fixture.receipts.find(CALLER, receiptId);
  if (event === undefined || eventSeed === undefined) throw new Error("the run has no third event or no seed");
  const guess = (seed: string | undefined): string =>
    encodeBase64(eventLeafHash(eventSalt({ key: keys.saltKey, seed }, taskId, event.seq), canonicalText(event)));
  await fixture.receipts.erase(OWNER, receiptId, "asked to");
  const [, , left] = await logOf(fixture.store, taskId);
  const leaf = left !== undefined && "leaf" in left.body ? left.body.leaf : undefined;
  expect(guess(eventSeed)).toBe(leaf);
  const stored = await fixture.receipts.find(CALLER, receiptId);
  expect(stored.eventSeed).toBe("");
  expect([guess(""), guess(undefined)]).not.toContain(leaf);
});

test("erasing is for owners, wants a reason, is written down, and may be done twice", async () => {
  await using fixture = await openFixture();
  const { receiptId } = await sealedRun(fixture);
  const { receipts, store } = fixture;
  for (const scopes of [["admin"], ["audit", "read"]] as const) {
    await expect(receipts.erase({ ...OWNER, scopes }, receiptId, "x")).rejects.toMatchObject({
      reason: "PERMISSION_DENIED",
    });
  }
  await expect(receipts.erase(OWNER, receiptId, " ")).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
  await expect(receipts.erase(OWNER, "rcpt_none", "x")).rejects.toMatchObject({ reason: "RECEIPT_NOT_FOUND" });
  const first = await receipts.erase(OWNER, receiptId, "asked to");
  expect(await receipts.erase(OWNER, receiptId, "again")).toEqual(first);
  await verify(fixture, receiptId);
  const entries = await store.audit.list(DEFAULT_ORG_ID, 5);
  expect(entries.map(({ action, resource, detail }) => [action, resource, detail?.["reason"]])).toEqual([
    ["receipt.erase", receiptId, "again"],
    ["receipt.erase", receiptId, "asked to"],
  ]);
});

test("an erasure that was cut off is completed by the next", async () => {
  const store = createInMemoryStore();
  await using fixture = await openFixture(store);
  const { receiptId } = await sealedRun(fixture);
  const eraseSeed = store.receipts.eraseSeed.bind(store.receipts);
  store.receipts.eraseSeed = async () => {
    store.receipts.eraseSeed = eraseSeed;
    throw new Error("the disk is full");
  };
  await expect(fixture.receipts.erase(OWNER, receiptId, "asked to")).rejects.toThrow("the disk is full");
  await verify(fixture, receiptId);
  await fixture.receipts.erase(OWNER, receiptId, "asked to");
  await verify(fixture, receiptId);
  expect((await fixture.receipts.find(CALLER, receiptId)).eventSeed).toBe("");
});

test("a run from before salts had seeds is erased too, and the answer says what that is worth", async () => {
  const keys = memoryKeys();
  const today = createReceiptBuilder({ keys, yieldNow: async () => undefined });
  const earlier: ReceiptBuilder = {
    // An order of that time had no such member.
    build: async (orders) => await today.build(orders.map(({ eventSeed: _seed, ...order }) => order as ReceiptOrder)),
  };
  await using fixture = await openFixture(createInMemoryStore(), keys, undefined, earlier);
  const { taskId, receiptId } = await sealedRun(fixture);
  expect((await verify(fixture, receiptId)).events.disclosed).toBe(5);
  const erased = await fixture.receipts.erase(OWNER, receiptId, "asked to");
  expect(erased).toEqual({ receiptId, taskId, events: 5, salts: "derived" });
  expect((await verify(fixture, receiptId)).events.disclosed).toBe(0);
});

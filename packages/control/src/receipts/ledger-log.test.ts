import { leafHash, merkleRoot, tilePath, verifyBundle } from "@berth/ledger";
import { createInMemoryStore } from "@berth/store/memory";
import type { LedgerEntry, Store } from "@berth/store";
import { describe, expect, it } from "vitest";
import { AUDITOR, CALLER, ORIGIN, endRun, memoryKeys, openFixture } from "./test/receipts-fixture.ts";

/** The same store with some of its answers changed, as if somebody had edited the database. */
function edited(store: Store, changes: Partial<Store["receipts"]>): Store {
  const receipts = new Proxy(store.receipts, {
    get(target, key) {
      const member: unknown = Reflect.get(Object.hasOwn(changes, key) ? changes : target, key);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  return { ...store, receipts };
}

function withEntries(store: Store, change: (entries: readonly LedgerEntry[]) => readonly LedgerEntry[]): Store {
  const read: Store["receipts"]["ledgerEntries"] = async (from, to) =>
    change(await store.receipts.ledgerEntries(0, to)).filter(({ index }) => index >= from);
  return edited(store, { ledgerEntries: read });
}

const keys = memoryKeys();

async function sealedStore(runs: number): Promise<Store> {
  const store = createInMemoryStore();
  await using fixture = await openFixture(store, keys);
  for (let i = 0; i < runs; i++) await endRun(store);
  await fixture.receipts.flush();
  return store;
}

describe("a restart", () => {
  it("goes on where the log ended, under the name it began with", async () => {
    const store = await sealedStore(300);
    await using fixture = await openFixture(store, keys, "another.name/ledger/1");
    const taskId = await endRun(store);
    await fixture.receipts.flush();
    const { receiptId } = await fixture.receipts.forTask(CALLER, taskId);
    const { log } = await verifyBundle(await fixture.receipts.bundle(CALLER, receiptId));
    expect(log).toMatchObject({ origin: ORIGIN, size: 303, index: 302 });
    expect((await fixture.receipts.check(AUDITOR)).differences).toEqual([]);
  });

  it.each([
    [
      "an entry was changed",
      (s: Store) =>
        withEntries(s, (e) => e.map((x) => (x.index === 5 ? { ...x, data: x.data.replace('"v":1', '"v":2') } : x))),
    ],
    [
      "two entries were swapped",
      (s: Store) =>
        withEntries(s, (e) =>
          e.map((x) => ({ ...x, data: e[x.index < 8 && x.index > 5 ? 13 - x.index : x.index]?.data ?? "" })),
        ),
    ],
    [
      "an entry is no JSON any more",
      (s: Store) => withEntries(s, (e) => e.map((x) => (x.index === 1 ? { ...x, data: `${x.data}}` } : x))),
    ],
    ["an entry is missing", (s: Store) => withEntries(s, (e) => e.filter(({ index }) => index !== 7))],
    ["the last entry was deleted", (s: Store) => edited(s, { ledgerSize: async () => 11 })],
    ["an entry was added", (s: Store) => edited(s, { ledgerSize: async () => 13 })],
    ["the checkpoint is gone", (s: Store) => edited(s, { checkpoint: async () => undefined })],
  ])("refuses to seal when %s", async (_, edit) => {
    const store = edit(await sealedStore(10));
    await expect(openFixture(store, keys)).rejects.toMatchObject({
      reason: "STORE_CONFLICT",
      retryable: false,
      message: expect.stringContaining("does not agree with its last checkpoint"),
    });
  });

  it("refuses a log that another key signed", async () => {
    await expect(openFixture(await sealedStore(1), memoryKeys())).rejects.toThrow("our key did not sign it");
  });
});

describe("the log while it runs", () => {
  it("stops sealing when the database was rolled back under it", async () => {
    const store = createInMemoryStore();
    const old = await sealedStore(2);
    let current: Store = store;
    const receipts = new Proxy(store.receipts, {
      get(_, key) {
        const member: unknown = Reflect.get(current.receipts, key);
        return typeof member === "function" ? member.bind(current.receipts) : member;
      },
    });
    await using fixture = await openFixture({ ...store, receipts }, keys);
    for (let i = 0; i < 5; i++) await endRun(store);
    await fixture.receipts.flush();
    await endRun(store);
    const pending = await store.receipts.pending(10);
    current = edited(old, { pending: async () => pending });
    await expect(fixture.receipts.flush()).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    await expect(fixture.receipts.flush()).rejects.toThrow("the log had 7 entries and now has 4");
  });

  it("refuses to prove anything from entries that were changed", async () => {
    const store = await sealedStore(600);
    let changed = false;
    const editable = withEntries(store, (entries) =>
      changed ? entries.map((entry) => (entry.index === 100 ? { ...entry, data: "{}" } : entry)) : entries,
    );
    await using fixture = await openFixture(editable, keys);
    const { receipts } = await store.receipts.list(AUDITOR.orgId, { size: 1000 });
    const early = receipts.find(({ leafIndex }) => leafIndex === 50)?.receiptId ?? "";
    changed = true;
    await expect(fixture.receipts.bundle(AUDITOR, early)).rejects.toThrow("entries 0 to 255 were changed");
    expect((await fixture.receipts.check(AUDITOR)).differences).toEqual([
      expect.stringContaining("the 602 log entries have the root"),
      expect.stringContaining("is not what log entry 100 stands for"),
    ]);
  });

  it("finds a receipt that was deleted or changed in the store", async () => {
    const store = await sealedStore(3);
    const counts = await store.receipts.counts(AUDITOR.orgId);
    const { receipts } = await store.receipts.list(AUDITOR.orgId, { size: 10 });
    const [first, second] = receipts;
    if (first === undefined || second === undefined) throw new Error("there are three receipts");
    const forged = edited(store, {
      counts: async () => ({ ...counts, receipts: 2, missing: ["task_gone"] }),
      list: async () => ({
        receipts: [
          { ...first, envelope: second.envelope },
          { ...second, envelope: "{" },
        ],
      }),
    });
    await using fixture = await openFixture(forged, keys);
    expect((await fixture.receipts.check(AUDITOR)).differences).toEqual([
      "task task_gone has ended and has no receipt",
      "3 tasks have ended, 2 have a receipt or wait for one",
      `receipt ${first.receiptId} is not what log entry ${first.leafIndex} stands for`,
      `receipt ${second.receiptId} is not what log entry ${second.leafIndex} stands for`,
    ]);
  });
});

describe("tiles", () => {
  it("are served up to the size of the log and not beyond", async () => {
    const store = await sealedStore(600);
    await using fixture = await openFixture(store, keys);
    const { receipts } = fixture;
    const entries = await store.receipts.ledgerEntries(0, 602);
    const leaves = entries.map(({ data }) => leafHash(Buffer.from(data)));
    const tile = (level: number, index: number, width: number): Promise<Uint8Array | undefined> =>
      receipts.tile(tilePath({ level, index, width }));
    expect(Buffer.concat(leaves.slice(0, 256)).equals((await tile(0, 0, 256)) ?? new Uint8Array(0))).toBe(true);
    expect(Buffer.concat(leaves.slice(256, 260)).equals((await tile(0, 1, 4)) ?? new Uint8Array(0))).toBe(true);
    expect(Buffer.concat(leaves.slice(512)).equals((await tile(0, 2, 90)) ?? new Uint8Array(0))).toBe(true);
    expect(Buffer.from((await tile(1, 0, 2)) ?? "").subarray(0, 32)).toEqual(
      Buffer.from(merkleRoot(leaves.slice(0, 256))),
    );
    for (const [level, index, width] of [
      [0, 2, 91],
      [0, 2, 256],
      [0, 3, 1],
      [1, 0, 3],
      [2, 0, 1],
      [63, 0, 1],
    ] as const) {
      expect(await tile(level, index, width)).toBeUndefined();
    }
    expect((await receipts.tile("tile/entries/002.p/90"))?.length).toBeGreaterThan(90 * 100);
    expect(await receipts.tile("tile/entries/002.p/91")).toBeUndefined();
    expect(await receipts.tile("../keys/log.pem")).toBeUndefined();
  });
});

import { PlatformError, DEFAULT_ORG_ID } from "@berth/protocol";
import { createInMemoryStore } from "@berth/store/memory";
import type { SealBatch, Store } from "@berth/store";
import { describe, expect, it } from "vitest";
import { createReceiptBuilder } from "./receipt-builder.ts";
import type { ReceiptBuilder } from "./receipt-builder.ts";
import { AUDITOR, CALLER, ORIGIN, acceptRun, endRun, memoryKeys, openFixture } from "./test/receipts-fixture.ts";

type Seal = Store["receipts"]["seal"];

/** The same store with another `seal`; `inner` is the real one. */
function withSeal(store: Store, seal: (batch: SealBatch, inner: Seal) => Promise<void>): Store {
  const { receipts } = store;
  const inner: Seal = (batch) => receipts.seal(batch);
  const changed = new Proxy(receipts, {
    get(target, key) {
      if (key === "seal") return (batch: SealBatch) => seal(batch, inner);
      const member: unknown = Reflect.get(target, key);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  return { ...store, receipts: changed };
}

async function sealedTasks(store: Store): Promise<readonly string[]> {
  const { receipts } = await store.receipts.list(DEFAULT_ORG_ID, { size: 1000 });
  return receipts.map(({ taskId }) => taskId).sort();
}

describe("sealing", () => {
  it("gives every ended run exactly one receipt, however often and from wherever it is asked to", async () => {
    await using fixture = await openFixture();
    const { store, receipts } = fixture;
    const taskIds: string[] = [];
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 20; i++) taskIds.push(await endRun(store, { agentId: `agt_${i % 2}` }));
      receipts.notify();
      await Promise.all([receipts.flush(), receipts.flush(), receipts.flush()]);
    }
    expect(await sealedTasks(store)).toEqual(taskIds.sort());
    // One announcement of the control plane's key and one for each agent.
    expect(await store.receipts.ledgerSize()).toBe(100 + 3);
    expect(await receipts.check(AUDITOR)).toEqual({
      tasks: 100,
      receipts: 100,
      journals: 100,
      pending: 0,
      differences: [],
    });
  });

  it("announces a key in the log before the first receipt it signs", async () => {
    await using fixture = await openFixture();
    await endRun(fixture.store);
    await fixture.receipts.flush();
    await endRun(fixture.store, { agentId: "agt_2" });
    await endRun(fixture.store);
    await fixture.receipts.flush();
    const entries = await fixture.store.receipts.ledgerEntries(0, 10);
    const kinds = entries.map(({ data }) => (JSON.parse(data) as { readonly k: string }).k);
    expect(kinds).toEqual(["key", "key", "receipt", "key", "receipt", "receipt"]);
  });

  it.each([
    ["before it wrote", false],
    ["after it wrote", true],
  ])("seals once when the store fails %s", async (_, wrote) => {
    let failures = 1;
    const store = withSeal(createInMemoryStore(), async (batch, inner) => {
      const fails = failures-- > 0;
      if (!fails || wrote) await inner(batch);
      if (fails) throw new PlatformError("STORE_UNAVAILABLE", "The database went away.");
    });
    await using fixture = await openFixture(store);
    const taskIds = [await endRun(store), await endRun(store)];
    await fixture.receipts.flush().catch(() => undefined);
    await fixture.receipts.flush();
    expect(await sealedTasks(store)).toEqual(taskIds.sort());
    expect(await store.receipts.ledgerSize()).toBe(4);
    expect((await fixture.receipts.check(AUDITOR)).differences).toEqual([]);
  });

  it("takes in what another writer appended and seals behind it", async () => {
    const store = createInMemoryStore();
    const keys = memoryKeys();
    await using one = await openFixture(store, keys);
    await using two = await openFixture(store, keys);
    const taskIds = [await endRun(store)];
    await one.receipts.flush();
    taskIds.push(await endRun(store));
    await two.receipts.flush();
    taskIds.push(await endRun(store));
    await one.receipts.flush();
    expect(await sealedTasks(store)).toEqual(taskIds.sort());
    expect(await store.receipts.ledgerSize()).toBe(5);
    expect((await one.receipts.check(AUDITOR)).differences).toEqual([]);
  });

  it("is not held up by a run that cannot be sealed", async () => {
    const keys = memoryKeys();
    const serviceAccount: typeof keys.serviceAccount = async (agentId) => {
      if (agentId === "agt_bad") throw new Error("no such key");
      return await keys.serviceAccount(agentId);
    };
    await using fixture = await openFixture(createInMemoryStore(), { ...keys, serviceAccount });
    const { store, receipts } = fixture;
    const bad = await endRun(store, { agentId: "agt_bad" });
    const good = await endRun(store);
    await receipts.flush();
    expect(await sealedTasks(store)).toEqual([good]);
    expect(fixture.logged).toEqual([expect.stringContaining(`no receipt for task ${bad}`)]);
    await expect(receipts.forTask(CALLER, bad)).rejects.toMatchObject({ reason: "RECEIPT_PENDING" });
    expect((await receipts.check(AUDITOR)).pending).toBe(1);
  });

  it("seals once what could not be built at first", async () => {
    const keys = memoryKeys();
    const inner = createReceiptBuilder({ keys, yieldNow: async () => undefined });
    let failures = 1;
    const builder: ReceiptBuilder = {
      async build(orders) {
        if (failures-- > 0) throw new Error("the thread ended");
        return await inner.build(orders);
      },
    };
    await using fixture = await openFixture(createInMemoryStore(), keys, ORIGIN, builder);
    const { store, receipts } = fixture;
    const taskIds = [await endRun(store), await endRun(store)];
    await receipts.flush().catch(() => undefined);
    await receipts.flush();
    expect(await sealedTasks(store)).toEqual(taskIds.sort());
    expect(await receipts.check(AUDITOR)).toMatchObject({ receipts: 2, pending: 0, differences: [] });
  });

  it("seals more runs than one batch holds, and runs longer than one read of events", async () => {
    await using fixture = await openFixture();
    const { store, receipts } = fixture;
    for (let i = 0; i < 600; i++) await endRun(store);
    const note = { kind: "note", name: "n", data: {} } as const;
    await endRun(store, { events: Array.from({ length: 10_500 }, () => note) });
    await receipts.flush();
    expect(await receipts.check(AUDITOR)).toMatchObject({ tasks: 601, receipts: 601, pending: 0, differences: [] });
  });

  it("seals without being told, after a start", async () => {
    const store = createInMemoryStore();
    const taskId = await endRun(store);
    await using fixture = await openFixture(store);
    expect((await fixture.receipts.awaitForTask(DEFAULT_ORG_ID, taskId, 10_000))?.taskId).toBe(taskId);
  });

  it("leaves runs that have not ended alone, and refuses to flush once closed", async () => {
    const fixture = await openFixture();
    await acceptRun(fixture.store);
    await fixture.receipts.flush();
    expect(await fixture.receipts.checkpoint()).toBeUndefined();
    await fixture.receipts.close();
    await fixture.receipts.close();
    fixture.receipts.notify();
    await expect(fixture.receipts.flush()).rejects.toMatchObject({ reason: "SHUTTING_DOWN" });
  });
});

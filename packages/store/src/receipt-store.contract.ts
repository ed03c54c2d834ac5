import { TaskState } from "@berth/protocol";
import { expect, it } from "vitest";
import { AT, ORG, append, atMs, complete, moveTo, newTask } from "./contract-samples.ts";
import type { AddendumRecord, LedgerKeyRecord, NewLedgerItem, ReceiptRecord, SealBatch } from "./receipt-store.ts";
import type { Store } from "./store.ts";

/** Tests share one store and one log, as the sealer does: each begins at the size it finds. */
export function receiptStoreContract(store: () => Store): void {
  const finish = async (taskId: string, orgId = ORG): Promise<void> => {
    await store().tasks.create(newTask(taskId, { orgId }));
    await store().tasks.append({ ...complete(taskId, 1), orgId });
  };
  const receiptOf = (taskId: string, leafIndex: number, orgId = ORG): ReceiptRecord => ({
    orgId,
    receiptId: `rcpt_${taskId}`,
    taskId,
    leafIndex,
    envelope: `{"payload":"${taskId}"}`,
    sealedAt: AT,
  });
  const batchOf = async (...taskIds: string[]): Promise<SealBatch> => {
    const expectedSize = await store().receipts.ledgerSize();
    return {
      expectedSize,
      entries: taskIds.map((taskId, i) => ({ index: expectedSize + i, data: `leaf of ${taskId}` })),
      receipts: taskIds.map((taskId, i) => receiptOf(taskId, expectedSize + i)),
      checkpoint: `checkpoint ${expectedSize + taskIds.length}`,
    };
  };
  const pendingIds = async (): Promise<string[]> =>
    (await store().receipts.pending(1000)).map((pending) => pending.taskId);

  it("begins with an empty log without a checkpoint", async () => {
    expect(await store().receipts.ledgerSize()).toBe(0);
    expect(await store().receipts.checkpoint()).toBeUndefined();
    expect(await store().receipts.ledgerEntries(0, 10)).toEqual([]);
  });

  it("queues a task when it becomes terminal and not before, oldest first", async () => {
    await store().tasks.create(newTask("q-b"));
    await store().tasks.create(newTask("q-a"));
    await store().tasks.append(moveTo("q-b", 1, TaskState.Working));
    expect(await pendingIds()).toEqual([]);
    await store().tasks.append(moveTo("q-b", 2, TaskState.Failed, atMs(500)));
    await store().tasks.append(moveTo("q-a", 1, TaskState.Rejected, atMs(100)));
    expect(await pendingIds()).toEqual(["q-b", "q-a"]);
    expect(await store().receipts.pending(1)).toEqual([{ orgId: ORG, taskId: "q-b", queuedAt: atMs(500) }]);
    await store().tasks.append(append("q-b", 3, "afterwards"));
    expect(await pendingIds()).toEqual(["q-b", "q-a"]);
    await store().receipts.seal(await batchOf("q-b", "q-a"));
    expect(await pendingIds()).toEqual([]);
  });

  it("seals entries, receipts and checkpoint together", async () => {
    await finish("s-1");
    await finish("s-2");
    const batch = await batchOf("s-1", "s-2");
    await store().receipts.seal(batch);
    const size = batch.expectedSize + 2;
    expect(await store().receipts.ledgerSize()).toBe(size);
    expect(await store().receipts.checkpoint()).toBe(`checkpoint ${size}`);
    expect(await store().receipts.ledgerEntries(batch.expectedSize, size)).toEqual(batch.entries);
    expect(await store().receipts.ledgerEntries(size - 1, size + 10)).toEqual(batch.entries.slice(1));
    expect(await store().receipts.findByTask(ORG, "s-1")).toEqual(batch.receipts[0]);
    expect(await store().receipts.find(ORG, "rcpt_s-2")).toEqual(batch.receipts[1]);
    expect(await store().receipts.find("org_other", "rcpt_s-2")).toBeUndefined();
  });

  it("queues the tasks with artifacts to have them saved, until they are settled", async () => {
    await finish("o-1");
    await finish("o-2");
    await finish("o-3");
    const { workspaces, receipts } = store();
    await receipts.seal({ ...(await batchOf("o-1", "o-2", "o-3")), outputs: ["rcpt_o-3", "rcpt_o-1"] });
    const pending = await workspaces.pendingOutputs(10);
    expect(new Set(pending.map(({ orgId, taskId }) => `${orgId} ${taskId}`))).toEqual(
      new Set([`${ORG} o-1`, `${ORG} o-3`]),
    );
    await workspaces.outputsSettled({ orgId: "org_other", taskId: "o-1" });
    await workspaces.outputsSettled({ orgId: ORG, taskId: "o-1" });
    await workspaces.outputsSettled({ orgId: ORG, taskId: "o-1" });
    expect(await workspaces.pendingOutputs(10)).toEqual([{ orgId: ORG, taskId: "o-3" }]);
  });

  it("refuses a batch made for another size of the log, and writes nothing", async () => {
    await finish("size");
    const batch = await batchOf("size");
    const late = { ...batch, expectedSize: batch.expectedSize + 1 };
    const shifted = {
      ...late,
      entries: batch.entries.map((entry) => ({ ...entry, index: entry.index + 1 })),
      receipts: batch.receipts.map((receipt) => ({ ...receipt, leafIndex: receipt.leafIndex + 1 })),
    };
    await expect(store().receipts.seal(shifted)).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    await expect(store().receipts.seal({ ...batch, expectedSize: late.expectedSize })).rejects.toThrow("gaps");
    expect(await store().receipts.ledgerSize()).toBe(batch.expectedSize);
    expect(await pendingIds()).toContain("size");
    await store().receipts.seal(batch);
  });

  it("gives a task one receipt ever, and takes nothing of a batch that has a second", async () => {
    await finish("once");
    await finish("beside");
    await store().receipts.seal(await batchOf("once"));
    const batch = await batchOf("beside", "once");
    await expect(store().receipts.seal(batch)).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    expect(await store().receipts.ledgerSize()).toBe(batch.expectedSize);
    expect(await store().receipts.findByTask(ORG, "beside")).toBeUndefined();
    expect(await pendingIds()).toContain("beside");
    await expect(store().receipts.seal(await batchOf("beside", "beside"))).rejects.toMatchObject({
      reason: "STORE_CONFLICT",
    });
    const race = await batchOf("beside");
    const results = await Promise.allSettled([store().receipts.seal(race), store().receipts.seal(race)]);
    expect(results.map((result) => result.status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("keeps what else is to become a leaf in a queue, oldest first, until a batch takes it out", async () => {
    const { receipts } = store();
    const item = (ref: string): NewLedgerItem => ({
      orgId: ORG,
      kind: "eval",
      ref,
      payload: `payload of ${ref}`,
      queuedAt: AT,
    });
    await receipts.enqueue(item("add_1"));
    await receipts.enqueue(item("add_2"));
    const queued = (await receipts.queued(10_000)).filter(({ ref }) => ref.startsWith("add_"));
    expect(queued).toMatchObject([item("add_1"), item("add_2")]);
    const expectedSize = await receipts.ledgerSize();
    const addenda = queued.map(({ ref }, i): AddendumRecord => ({
      orgId: ORG,
      addendumId: ref,
      receiptId: "rcpt_added",
      taskId: "task_added",
      kind: "eval",
      leafIndex: expectedSize + i,
      envelope: `{"payload":"${ref}"}`,
      sealedAt: AT,
    }));
    const batch: SealBatch = {
      expectedSize,
      entries: addenda.map(({ leafIndex, addendumId }) => ({ index: leafIndex, data: `leaf of ${addendumId}` })),
      receipts: [],
      checkpoint: `checkpoint ${expectedSize + 2}`,
      addenda,
      settled: queued.map(({ queueId }) => queueId),
    };
    await expect(
      receipts.seal({ ...batch, addenda: addenda.map((addendum) => ({ ...addendum, leafIndex: 0 })) }),
    ).rejects.toThrow("must stand in the batch");
    await receipts.seal(batch);
    expect(await receipts.addenda(ORG, "rcpt_added")).toEqual(addenda);
    expect(await receipts.addenda("org_other", "rcpt_added")).toEqual([]);
    expect((await receipts.queued(10_000)).filter(({ ref }) => ref.startsWith("add_"))).toEqual([]);
    const again: SealBatch = {
      ...batch,
      expectedSize: expectedSize + 2,
      entries: batch.entries.map(({ index, data }) => ({ index: index + 2, data })),
      addenda: addenda.map((addendum) => ({ ...addendum, leafIndex: addendum.leafIndex + 2 })),
    };
    await expect(receipts.seal(again)).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    expect(await receipts.ledgerSize()).toBe(expectedSize + 2);
  });

  it("remembers what the log says about keys, in the log's order", async () => {
    const { receipts } = store();
    const expectedSize = await receipts.ledgerSize();
    const before = await receipts.ledgerKeys();
    const keys: readonly LedgerKeyRecord[] = [
      {
        keyId: "sa:1",
        role: "sa",
        op: "issue",
        agentId: "agt_1",
        orgId: ORG,
        publicKey: "AA",
        leafIndex: expectedSize,
        at: AT,
      },
      {
        keyId: "cp:2",
        role: "cp",
        op: "rotate",
        publicKey: "BB",
        leafIndex: expectedSize + 1,
        by: { role: "cp", publicKey: "AA", signature: "cc" },
        at: AT,
      },
    ];
    const entries = keys.map(({ leafIndex, keyId }) => ({ index: leafIndex, data: keyId }));
    await receipts.seal({ expectedSize, entries, receipts: [], checkpoint: "keys", keys });
    expect(await receipts.ledgerKeys()).toEqual([...before, ...keys]);
    for (const { keyId } of keys) {
      expect(await receipts.ledgerKey(keyId)).toEqual(keys.filter((record) => record.keyId === keyId));
    }
  });

  it("lists receipts newest first, page by page", async () => {
    const ids = ["l-1", "l-2", "l-3"];
    for (const id of ids) await finish(id);
    await store().receipts.seal(await batchOf(...ids));
    const first = await store().receipts.list(ORG, { size: 2 });
    expect(first.receipts.map((receipt) => receipt.taskId)).toEqual(["l-3", "l-2"]);
    const token = first.nextPageToken ?? "";
    const second = await store().receipts.list(ORG, { size: 1, token });
    expect(second.receipts.map((receipt) => receipt.taskId)).toEqual(["l-1"]);
    await expect(store().receipts.list(ORG, { size: 1, token: "x" })).rejects.toMatchObject({
      reason: "INVALID_PARAMS",
    });
  });

  it("keeps a receipt's seed until it is erased, and knows those that never had one", async () => {
    await finish("e-1");
    await finish("e-2");
    const { receipts, ...batch } = await batchOf("e-1", "e-2");
    await store().receipts.seal({
      ...batch,
      receipts: receipts.map((receipt) => (receipt.taskId === "e-1" ? { ...receipt, eventSeed: "c2VlZA==" } : receipt)),
    });
    const seeds = async (): Promise<readonly unknown[]> =>
      await Promise.all(["e-1", "e-2"].map(async (id) => (await store().receipts.findByTask(ORG, id))?.eventSeed));
    expect(await seeds()).toEqual(["c2VlZA==", undefined]);
    await store().receipts.eraseSeed("org_other", "rcpt_e-1");
    expect(await seeds()).toEqual(["c2VlZA==", undefined]);
    for (let time = 0; time < 2; time++) await store().receipts.eraseSeed(ORG, "rcpt_e-1");
    expect(await seeds()).toEqual(["", undefined]);
    expect((await store().receipts.find(ORG, "rcpt_e-1"))?.eventSeed).toBe("");
  });

  it("counts per organization, and knows the difference between waiting and missing", async () => {
    const orgId = "org_counts";
    await finish("c-1", orgId);
    await finish("c-2", orgId);
    await store().tasks.create(newTask("c-3", { orgId }));
    const size = await store().receipts.ledgerSize();
    const receipts = [receiptOf("c-1", size, orgId)];
    await store().receipts.seal({
      expectedSize: size,
      entries: [{ index: size, data: "c" }],
      receipts,
      checkpoint: "c",
    });
    expect(await store().receipts.counts(orgId)).toEqual({
      terminalTasks: 2,
      receipts: 1,
      journals: 2,
      pending: 1,
      missing: [],
    });
    expect(await store().receipts.counts("org_none")).toEqual({
      terminalTasks: 0,
      receipts: 0,
      journals: 0,
      pending: 0,
      missing: [],
    });
  });
}

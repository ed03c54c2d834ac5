import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_ORG_ID } from "@berth/protocol";
import { createInMemoryStore } from "@berth/store/memory";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { ReceiptOrder } from "../src/receipts/build-receipt.ts";
import { loadReceiptKeys } from "../src/receipts/key-files.ts";
import { createReceiptBuilder } from "../src/receipts/receipt-builder.ts";
import { ORIGIN, endRun } from "../src/receipts/test/receipts-fixture.ts";
import { createThreadedReceiptBuilder } from "../src/receipts/threaded-receipt-builder.ts";
import type { ThreadedReceiptBuilder } from "../src/receipts/threaded-receipt-builder.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-builder-"));
  await loadReceiptKeys(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function openBuilder(options: { readonly idleMs?: number } = {}): ThreadedReceiptBuilder {
  const builder = createThreadedReceiptBuilder(folder, options);
  onTestFinished(() => builder.close());
  return builder;
}

async function someOrders(count: number): Promise<readonly ReceiptOrder[]> {
  const store = createInMemoryStore();
  const orders: ReceiptOrder[] = [];
  for (let i = 0; i < count; i++) {
    const taskId = await endRun(store, { agentId: `agt_${i % 3}` });
    const record = await store.tasks.find(DEFAULT_ORG_ID, taskId);
    if (record === undefined) throw new Error("the run is not in the store");
    const events = await store.tasks.events({ orgId: DEFAULT_ORG_ID, taskId });
    const salt = new Uint8Array(16).fill(i);
    orders.push({
      run: { record, events },
      release: { version: "1.2.3" },
      receiptId: `rcpt_${i}`,
      salt,
      eventSeed: `seed ${i}`,
      origin: ORIGIN,
    });
  }
  return orders;
}

describe("a builder of receipts with a thread of its own", () => {
  it("makes byte for byte what would be made here", async () => {
    const orders = await someOrders(10);
    const here = createReceiptBuilder({ keys: await loadReceiptKeys(folder), yieldNow: async () => undefined });
    // The thread makes the agents' keys; here they are read.
    const there = await openBuilder().build(orders);
    expect(there).toEqual(await here.build(orders));
    expect(there.filter((built) => "receipt" in built)).toHaveLength(10);
  });

  it("says why a run has no receipt, and builds the others", async () => {
    const [first, second, third] = await someOrders(3);
    if (first === undefined || second === undefined || third === undefined) throw new Error("three were asked for");
    const odd = { ...second, run: { ...second.run, record: { ...second.run.record, agentId: "../keys" } } };
    const built = await openBuilder().build([first, odd, third]);
    expect(built.map((each) => ("receipt" in each ? each.receipt.receiptId : each.failure))).toEqual([
      "rcpt_0",
      "not an agent id",
      "rcpt_2",
    ]);
  });

  it("fails when its thread cannot live, and works again as soon as one can", async () => {
    const orders = await someOrders(1);
    await chmod(join(folder, "salt.key"), 0o644);
    const builder = openBuilder();
    await expect(builder.build(orders)).rejects.toThrow("may be read by others");
    await chmod(join(folder, "salt.key"), 0o600);
    await expect(builder.build(orders)).resolves.toMatchObject([{ receipt: { receiptId: "rcpt_0" } }]);
  });

  it("has no thread when there is nothing to do, and one again when there is", async () => {
    const orders = await someOrders(1);
    const builder = openBuilder({ idleMs: 1 });
    await builder.build(orders);
    // Only a new thread reads the keys and so finds that it may not.
    await chmod(join(folder, "salt.key"), 0o644);
    const look = async (): Promise<string> =>
      await builder.build(orders).then(
        () => "built",
        (error: unknown) => String(error),
      );
    await expect.poll(look, { interval: 50, timeout: 20_000 }).toContain("may be read by others");
    await chmod(join(folder, "salt.key"), 0o600);
    await expect(builder.build(orders)).resolves.toHaveLength(1);
  });

  it("keeps nobody waiting when it is closed", async () => {
    const orders = await someOrders(1);
    const builder = openBuilder();
    const waiting = expect(builder.build(orders)).rejects.toThrow("ended");
    await builder.close();
    await waiting;
    await expect(builder.build([])).rejects.toThrow("closed");
  });
});

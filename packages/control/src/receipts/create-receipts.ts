import { setImmediate } from "node:timers/promises";
import { formatPublishedKeys, formatTlogProof, keyId, toJwk } from "@berth/ledger";
import { PlatformError, isTerminal } from "@berth/protocol";
import type { IdGenerator, Principal } from "@berth/protocol";
import type { ReceiptRecord, Store, TaskRecord } from "@berth/store";
import { authorize } from "../auth/authorize.ts";
import { maySee } from "../tasks/task-access.ts";
import { buildBundle } from "./build-bundle.ts";
import { checkLedger } from "./check-ledger.ts";
import { LedgerLog } from "./ledger-log.ts";
import { createReceiptBuilder } from "./receipt-builder.ts";
import type { ReceiptBuilder } from "./receipt-builder.ts";
import type { ReceiptKeys } from "./receipt-keys.ts";
import type { LedgerCheck, Receipts } from "./receipts.ts";
import { ReleaseFactsReader } from "./release-facts.ts";
import { SealWaiters } from "./seal-waiters.ts";
import { Sealer } from "./sealer.ts";

export interface ReceiptsOptions {
  readonly store: Store;
  readonly keys: ReceiptKeys;
  /** Name of the log, such as `berth.example/ledger/1`, when it is new. A log keeps the name of its first checkpoint. */
  readonly origin: string;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly ids: IdGenerator;
  /** Default: one that works on this thread with `keys`. */
  readonly builder?: ReceiptBuilder;
  /** Receipts were sealed. Cheap, never throws. */
  readonly onSealed?: () => void;
  readonly log?: (message: string) => void;
}

export interface SealingReceipts extends Receipts {
  /** A run has ended: its receipt is sealed within some milliseconds. Cheap, never throws. */
  notify(): void;
}

/**
 * Opens the log and starts sealing.
 * @throws PlatformError STORE_CONFLICT when the stored log is not the one that was signed last.
 */
export async function createReceipts(options: ReceiptsOptions): Promise<SealingReceipts> {
  const { store, keys, now, randomBytes, ids } = options;
  const ledger = await LedgerLog.open({ store: store.receipts, signer: keys.log, origin: options.origin });
  const waiters = new SealWaiters();
  const yieldNow = (): Promise<void> => setImmediate();
  const builder = options.builder ?? createReceiptBuilder({ keys, yieldNow });
  const sealer = new Sealer({
    store,
    builder,
    ledger,
    keys,
    now,
    randomBytes,
    ids,
    releases: new ReleaseFactsReader(store),
    yieldNow,
    log: options.log ?? (() => undefined),
    onSealed: (receipts) => {
      waiters.sealed(receipts);
      options.onSealed?.();
    },
  });
  sealer.start();
  const checks = new Map<string, Promise<LedgerCheck>>();

  const visible = async (principal: Principal, taskId: string): Promise<TaskRecord | undefined> => {
    const task = await store.tasks.find(principal.orgId, taskId);
    return task !== undefined && (await maySee(principal, task, store)) ? task : undefined;
  };

  const find = async (principal: Principal, receiptId: string): Promise<ReceiptRecord> => {
    const receipt = await store.receipts.find(principal.orgId, receiptId);
    // What one may not see answers as if it were not there.
    if (receipt === undefined || (await visible(principal, receipt.taskId)) === undefined) throw notFound(receiptId);
    return receipt;
  };

  return {
    find,
    async forTask(principal, taskId) {
      const task = await visible(principal, taskId);
      if (task === undefined) throw new PlatformError("TASK_NOT_FOUND", `There is no task ${taskId}.`);
      const receipt = await store.receipts.findByTask(principal.orgId, taskId);
      if (receipt !== undefined) return receipt;
      if (isTerminal(task.state)) throw new PlatformError("RECEIPT_PENDING", "The receipt is being sealed; ask again.");
      throw new PlatformError("RECEIPT_NOT_FOUND", "The run has not ended; there is no receipt before it does.");
    },
    async awaitForTask(orgId, taskId, timeoutMs) {
      // Waiting begins before the look, so that a seal in between is not missed.
      const waiter = waiters.wait(taskId, timeoutMs);
      try {
        const known = await store.receipts.findByTask(orgId, taskId);
        if (known !== undefined) return known;
        sealer.hurry();
        const receipt = await waiter.sealed;
        return receipt?.orgId === orgId ? receipt : await store.receipts.findByTask(orgId, taskId);
      } finally {
        waiter.cancel();
      }
    },
    async list(principal, page) {
      authorize(principal, "receipt.list");
      const { receipts, ...rest } = await store.receipts.list(principal.orgId, page);
      if (principal.agents === undefined) return { receipts, ...rest };
      const tasks = await Promise.all(receipts.map(async ({ taskId }) => await visible(principal, taskId)));
      return { receipts: receipts.filter((_receipt, index) => tasks[index] !== undefined), ...rest };
    },
    async bundle(principal, receiptId) {
      return await buildBundle(await find(principal, receiptId), { store, ledger, keys });
    },
    async tlogProof(principal, receiptId) {
      const { leafIndex } = await find(principal, receiptId);
      const { checkpoint, proofs } = await ledger.proofs([leafIndex]);
      return formatTlogProof({ index: leafIndex, hashes: proofs[0] ?? [], checkpoint });
    },
    checkpoint: async () => ledger.checkpoint,
    tile: (path) => ledger.tile(path),
    keys() {
      const { publicKey } = keys.controlPlane;
      return formatPublishedKeys({
        origin: ledger.origin,
        log: { vkey: ledger.verifierKey },
        controlPlane: [{ keyid: keyId("cp", publicKey), jwk: toJwk(publicKey) }],
      });
    },
    async check(principal) {
      authorize(principal, "ledger.check");
      const { orgId } = principal;
      // It reads the whole log: callers who ask at the same time get the same answer.
      const running = checks.get(orgId) ?? checkLedger(store.receipts, orgId, yieldNow);
      checks.set(orgId, running);
      try {
        return await running;
      } finally {
        if (checks.get(orgId) === running) checks.delete(orgId);
      }
    },
    notify: () => sealer.notify(),
    flush: () => sealer.flush(),
    async close() {
      await sealer.close();
      waiters.close();
    },
  };
}

function notFound(receiptId: string): PlatformError {
  return new PlatformError("RECEIPT_NOT_FOUND", `There is no receipt ${receiptId}.`);
}

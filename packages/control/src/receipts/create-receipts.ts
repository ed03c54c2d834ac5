import { setImmediate } from "node:timers/promises";
import { decodeBase64Url, formatPublishedKeys, formatTlogProof, keyId, toJwk } from "@berth/ledger";
import { DEFAULT_ORG_ID, PlatformError, invalidParams, isTerminal } from "@berth/protocol";
import type { IdGenerator, Principal } from "@berth/protocol";
import type { LedgerKeyRecord, NewLedgerItem, ReceiptRecord, Store, TaskRecord } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import type { CosignedCheckpoint } from "../witness/ask-witnesses.ts";
import { maySee } from "../tasks/task-access.ts";
import { makeAddendum } from "./make-addendum.ts";
import type { NewAddendum } from "./make-addendum.ts";
import { buildBundle } from "./build-bundle.ts";
import { CheckpointEntries } from "./checkpoint-entries.ts";
import { checkLedger } from "./check-ledger.ts";
import { eraseRun } from "./erase-run.ts";
import { KeyRotations } from "./key-rotation.ts";
import { toEventChoice } from "./event-choice.ts";
import { LedgerLog } from "./ledger-log.ts";
import { createReceiptBuilder } from "./receipt-builder.ts";
import type { ReceiptBuilder } from "./receipt-builder.ts";
import type { ReceiptKeys } from "./receipt-keys.ts";
import type { LedgerCheck, Receipts } from "./receipts.ts";
import { ReleaseFactsReader } from "./release-facts.ts";
import { SealWaiters } from "./seal-waiters.ts";
import { Sealer } from "./sealer.ts";

const MAX_REASON = 2_000;

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
  /** The newest checkpoint that witnesses have signed, as far as there is one. */
  readonly cosigned?: () => CosignedCheckpoint | undefined;
  /** Receipts were sealed. Cheap, never throws. */
  readonly onSealed?: (receipts: number) => void;
  /** What was said in a run is gone: whoever else holds some of it lets go of it. What it throws fails the erasure, which may be repeated. */
  readonly onErased?: (orgId: string, taskId: string) => Promise<void>;
  /** The log has grown. Cheap, never throws. */
  readonly onCheckpoint?: () => void;
  readonly log?: (message: string) => void;
}

export interface SealingReceipts extends Receipts {
  /** Audit path of any leaf to the newest checkpoint, as C2SP text. */
  proofOf(leafIndex: number): Promise<string>;
  /** As `addAddendum`, for whoever queues it together with what it is about, and then calls `notify`. */
  draftAddendum(addendum: NewAddendum): Promise<NewLedgerItem>;
  /** A run has ended, or something was queued: it is sealed within some milliseconds. Cheap, never throws. */
  notify(): void;
}

/**
 * Opens the log and starts sealing.
 * @throws PlatformError STORE_CONFLICT when the stored log is not the one that was signed last.
 */
export async function createReceipts(options: ReceiptsOptions): Promise<SealingReceipts> {
  const { store, keys, now, randomBytes, ids } = options;
  const ledger = await LedgerLog.open({ store: store.receipts, signer: keys.log, origin: options.origin });
  const { lastCheckpoint } = keys;
  const remembered = await lastCheckpoint?.read();
  if (lastCheckpoint !== undefined && remembered !== undefined) {
    await ledger.assertExtends(remembered, lastCheckpoint.file);
  }
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
    onSealed: ({ receipts, checkpoint, entries, keys: announced }) => {
      knownKeys.push(...announced);
      keys.lastCheckpoint?.remember(checkpoint);
      waiters.sealed(receipts);
      checkpoints.sealed(entries);
      options.onCheckpoint?.();
      if (receipts.length > 0) options.onSealed?.(receipts.length);
    },
  });
  const knownKeys = [...(await store.receipts.ledgerKeys())];
  const agentIsOf = async (orgId: string, agentId: string): Promise<boolean> =>
    (await store.agents.findById(orgId, agentId)) !== undefined;
  const rotations = new KeyRotations({
    agentIsOf,
    store,
    keys,
    ledger,
    now,
    seal: () => sealer.flush(),
    reload: () => builder.reload?.(),
  });
  await rotations.finish();
  const checkpoints = new CheckpointEntries({
    store,
    now,
    hurry: () => sealer.hurry(),
    proofOf: async (leafIndex) => await proofOf(leafIndex),
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

  const proofOf = async (leafIndex: number): Promise<string> => {
    const { checkpoint, proofs } = await ledger.proofs([leafIndex], options.cosigned?.());
    return formatTlogProof({ index: leafIndex, hashes: proofs[0] ?? [], checkpoint });
  };

  const draftAddendum = async (addendum: NewAddendum): Promise<NewLedgerItem> => {
    const { controlPlane } = keys;
    return await makeAddendum({ store, controlPlane, origin: ledger.origin, ids, now, randomBytes }, addendum);
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
    async bundle(principal, receiptId, { events = "all" } = {}) {
      const sources = { store, ledger, keys, cosigned: options.cosigned?.(), events: toEventChoice(events) };
      return await buildBundle(await find(principal, receiptId), sources);
    },
    async addAddendum(orgId, receiptId, kind, predicate) {
      const item = await draftAddendum({ orgId, receiptId, kind, predicate });
      await store.receipts.enqueue(item);
      sealer.notify();
      return item.ref;
    },
    draftAddendum,
    async erase(principal, receiptId, reason) {
      authorize(principal, "receipt.erase");
      if (reason.trim() === "" || reason.length > MAX_REASON) {
        throw invalidParams([{ field: "reason", description: `must be a text of 1 to ${MAX_REASON} characters` }]);
      }
      const receipt = await find(principal, receiptId);
      const { orgId, id: actor } = principal;
      const entry = { orgId, at: now().toISOString(), actor, action: "receipt.erase", resource: receiptId } as const;
      const { taskId } = receipt;
      return await audited(store.audit, { ...entry, outcome: "ok", detail: { taskId, reason } }, async () => {
        const erased = await eraseRun({ store, keys }, receipt);
        await options.onErased?.(orgId, taskId);
        return erased;
      });
    },
    addenda: async (orgId, receiptId) => await store.receipts.addenda(orgId, receiptId),
    async tlogProof(principal, receiptId) {
      return await proofOf((await find(principal, receiptId)).leafIndex);
    },
    proofOf,
    async enterCheckpoint(principal, note) {
      authorize(principal, "checkpoint.enter");
      return await checkpoints.enter(principal.orgId, note);
    },
    checkpoint: async () => ledger.checkpoint,
    tile: (path) => ledger.tile(path),
    async consistency(from, to) {
      const { size, checkpoint } = ledger;
      if (checkpoint === undefined || from > (to ?? size) || (to ?? size) > size) {
        throw invalidParams([{ field: "from", description: `must not exceed the log's ${size} entries` }]);
      }
      return await ledger.consistency(from, to ?? size);
    },
    keys() {
      const planes = controlPlaneKeys(keys.controlPlane.publicKey, knownKeys);
      return formatPublishedKeys({
        origin: ledger.origin,
        log: { vkey: ledger.verifierKey },
        controlPlane: planes.map((publicKey) => ({ keyid: keyId("cp", publicKey), jwk: toJwk(publicKey) })),
      });
    },
    async ledgerKeys(principal) {
      authorize(principal, "ledger_key.read");
      const { orgId } = principal;
      return (await store.receipts.ledgerKeys()).filter(({ role, orgId: of }) => role === "cp" || of === orgId);
    },
    async rotateKey(principal, of) {
      // The control plane's key is the whole installation's.
      authorize(principal, "ledger_key.manage", { orgId: of.role === "cp" ? DEFAULT_ORG_ID : principal.orgId });
      const { orgId, id: actor } = principal;
      const resource = of.role === "cp" ? keyId("cp", keys.controlPlane.publicKey) : of.agentId;
      const entry = { orgId, at: now().toISOString(), actor, action: "ledger-key.rotate", resource } as const;
      return await audited(store.audit, { ...entry, outcome: "ok" }, async () => await rotations.rotate(orgId, of));
    },
    async revokeKey(principal, id) {
      authorize(principal, "ledger_key.manage", id.startsWith("cp:") ? { orgId: DEFAULT_ORG_ID } : undefined);
      const { orgId, id: actor } = principal;
      const entry = { orgId, at: now().toISOString(), actor, action: "ledger-key.revoke", resource: id } as const;
      await audited(store.audit, { ...entry, outcome: "ok" }, async () => await rotations.revoke(orgId, id));
    },
    async check(principal) {
      authorize(principal, "ledger.check");
      const { orgId } = principal;
      // It reads the whole log: callers who ask at the same time get the same answer.
      const running = checks.get(orgId) ?? checkLedger(store, orgId, yieldNow);
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
      await keys.lastCheckpoint?.close();
    },
  };
}

/** The one that signs, first; those before it as long as nobody has revoked them: what they signed stays trusted. */
function controlPlaneKeys(current: Uint8Array, known: readonly LedgerKeyRecord[]): readonly Uint8Array[] {
  const revoked = new Set(known.filter(({ op }) => op === "revoke").map((record) => record.keyId));
  const earlier = known
    .filter(({ role, op, keyId: id }) => role === "cp" && op !== "revoke" && !revoked.has(id))
    .map(({ publicKey }) => decodeBase64Url(publicKey))
    .filter((publicKey) => !Buffer.from(publicKey).equals(current));
  return [current, ...earlier.toReversed()];
}

function notFound(receiptId: string): PlatformError {
  return new PlatformError("RECEIPT_NOT_FOUND", `There is no receipt ${receiptId}.`);
}

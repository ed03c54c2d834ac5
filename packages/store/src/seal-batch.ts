import { PlatformError } from "@berth/protocol";
import { toInstant } from "./instant.ts";
import type { ReceiptRecord, SealBatch } from "./receipt-store.ts";
import { requireStorableText } from "./storable-text.ts";

/**
 * A batch whose indexes do not follow its own size is a bug of the sealer, caught before anything is written.
 * Returns the receipts as they are kept.
 */
export function checkSealBatch(batch: SealBatch): readonly ReceiptRecord[] {
  const { expectedSize, entries, receipts } = batch;
  const end = expectedSize + entries.length;
  if (!entries.every((entry, i) => entry.index === expectedSize + i)) {
    throw new Error("ledger entries must follow the size of the log without gaps");
  }
  if (!receipts.every(({ leafIndex }) => leafIndex >= expectedSize && leafIndex < end)) {
    throw new Error("every receipt must stand in the batch that seals it");
  }
  const others = [...(batch.addenda ?? []), ...(batch.audits ?? []), ...(batch.keys ?? [])];
  if (!others.every(({ leafIndex }) => leafIndex >= expectedSize && leafIndex < end)) {
    throw new Error("every addendum, audit entry and key must stand in the batch that seals it");
  }
  const tasks = new Set(receipts.map((receipt) => `${receipt.orgId}\u0000${receipt.taskId}`));
  if (tasks.size !== receipts.length)
    throw new PlatformError("STORE_CONFLICT", "A batch has two receipts for one task.");
  return receipts.map((receipt) => {
    const { orgId, receiptId, taskId } = receipt;
    requireStorableText({ orgId, receiptId, taskId });
    return { ...receipt, sealedAt: toInstant(receipt.sealedAt) };
  });
}

/** The receipts of tasks whose artifacts are to become files. */
export function outputsOf({ receipts, outputs = [] }: SealBatch): readonly ReceiptRecord[] {
  const ids = new Set(outputs);
  return receipts.filter(({ receiptId }) => ids.has(receiptId));
}

export function settledAlready(): PlatformError {
  return new PlatformError("STORE_CONFLICT", "Something of this batch is in the log already.");
}

export function sealConflict(expected: number, found: number): PlatformError {
  return new PlatformError("STORE_CONFLICT", "The log has grown since this batch was made.", {
    internal: `expected size ${expected}, found ${found}`,
  });
}

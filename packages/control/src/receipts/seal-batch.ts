import { keyEntry, keyId } from "@berth/ledger";
import type { ReceiptRecord, SealBatch } from "@berth/store";
import type { UnsealedReceipt } from "./build-receipt.ts";
import type { LedgerLog, LogDraft } from "./ledger-log.ts";

export interface DraftedBatch {
  readonly batch: SealBatch;
  readonly draft: LogDraft;
}

/** Puts receipts behind the announcements of the keys that signed them, and signs the log that results. */
export async function draftBatch(
  log: LedgerLog,
  controlPlaneKey: Uint8Array,
  receipts: readonly UnsealedReceipt[],
  sealedAt: string,
): Promise<DraftedBatch> {
  const data: string[] = [];
  const announced = new Set<string>();
  const announce = (id: string, entry: () => string): void => {
    if (announced.has(id) || log.keyIndex(id) !== undefined) return;
    announced.add(id);
    data.push(entry());
  };
  const { origin } = log;
  announce(keyId("cp", controlPlaneKey), () => keyEntry({ role: "cp", publicKey: controlPlaneKey, origin }));
  for (const { agentId, serviceAccountKey } of receipts) {
    announce(keyId("sa", serviceAccountKey), () =>
      keyEntry({ role: "sa", publicKey: serviceAccountKey, origin, agentId }),
    );
  }
  const firstLeaf = log.size + data.length;
  for (const receipt of receipts) data.push(receipt.entry);

  const draft = await log.draft(data);
  const records = receipts.map(({ orgId, receiptId, taskId, envelope }, i): ReceiptRecord => ({
    orgId,
    receiptId,
    taskId,
    leafIndex: firstLeaf + i,
    envelope,
    sealedAt,
  }));
  const { expectedSize, entries, checkpoint } = draft;
  const outputs = receipts.filter(({ hasArtifacts }) => hasArtifacts).map(({ receiptId }) => receiptId);
  return { batch: { expectedSize, entries, receipts: records, checkpoint, outputs }, draft };
}

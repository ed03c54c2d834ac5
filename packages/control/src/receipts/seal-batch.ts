import { keyEntry, keyId } from "@berth/ledger";
import type { AnnouncedKey } from "@berth/ledger";
import type { AddendumRecord, LedgerKeyRecord, ReceiptRecord, SealBatch } from "@berth/store";
import type { UnsealedReceipt } from "./build-receipt.ts";
import { toAddendumRecord, toIssuedKey, toKeyRecord } from "./ledger-items.ts";
import type { ReadyItem } from "./ledger-items.ts";
import type { LedgerLog, LogDraft } from "./ledger-log.ts";
import { nodeSha256 } from "./node-sha256.ts";

export interface DraftedBatch {
  readonly batch: SealBatch & { readonly keys: readonly LedgerKeyRecord[] };
  readonly draft: LogDraft;
}

export interface ReadyLeaves {
  readonly receipts: readonly UnsealedReceipt[];
  readonly items: readonly ReadyItem[];
}

/** Puts what is ready behind the announcements of the keys that signed it, and signs the log that results. */
export async function draftBatch(
  log: LedgerLog,
  controlPlaneKey: Uint8Array,
  { receipts, items }: ReadyLeaves,
  sealedAt: string,
): Promise<DraftedBatch> {
  const data: string[] = [];
  const keys: LedgerKeyRecord[] = [];
  const announced = new Set<string>();
  const announce = (key: AnnouncedKey, orgId?: string): void => {
    const id = keyId(key.role, key.publicKey, nodeSha256);
    if (announced.has(id) || log.keyIndex(id) !== undefined) return;
    announced.add(id);
    keys.push(toIssuedKey(key, { leafIndex: log.size + data.length, at: sealedAt, orgId }));
    data.push(keyEntry(key, nodeSha256));
  };
  const { origin } = log;
  announce({ role: "cp", publicKey: controlPlaneKey, origin });
  for (const { orgId, agentId, serviceAccountKey } of receipts) {
    announce({ role: "sa", publicKey: serviceAccountKey, origin, agentId }, orgId);
  }
  // A key that takes over must not stand before the one it takes over from.
  for (const ready of items) {
    if (ready.kind === "key") announce({ ...ready.change.key, ...voucherKey(ready) }, ready.item.orgId);
  }
  const firstLeaf = log.size + data.length;
  const firstItem = firstLeaf + receipts.length;
  for (const { entry } of [...receipts, ...items]) data.push(entry);

  const draft = await log.draft(data);
  const records = receipts.map(({ orgId, receiptId, taskId, envelope, eventSeed }, i): ReceiptRecord => ({
    orgId,
    receiptId,
    taskId,
    leafIndex: firstLeaf + i,
    envelope,
    sealedAt,
    eventSeed,
  }));
  const addenda: AddendumRecord[] = [];
  const audits: NonNullable<SealBatch["audits"]>[number][] = [];
  for (const [i, ready] of items.entries()) {
    const leafIndex = firstItem + i;
    if (ready.kind === "addendum") addenda.push(toAddendumRecord(ready, leafIndex, sealedAt));
    else if (ready.kind === "audit") audits.push({ orgId: ready.item.orgId, auditId: ready.item.ref, leafIndex });
    else if (ready.kind === "key")
      keys.push(toKeyRecord(ready.change, { leafIndex, at: sealedAt, orgId: ready.item.orgId }));
  }
  const { expectedSize, entries, checkpoint } = draft;
  const outputs = receipts.filter(({ hasArtifacts }) => hasArtifacts).map(({ receiptId }) => receiptId);
  const settled = items.map(({ item }) => item.queueId);
  const batch = { expectedSize, entries, receipts: records, checkpoint, outputs, addenda, audits, keys, settled };
  return { batch, draft };
}

/** A rotation is signed by a key of the same role, a revocation by any: only the first is announced in its own name. */
function voucherKey({
  change,
}: Extract<ReadyItem, { readonly kind: "key" }>): Pick<AnnouncedKey, "role" | "publicKey"> {
  const { op, key, by } = change;
  return op === "rotate" ? { role: by.role, publicKey: by.publicKey } : { role: key.role, publicKey: key.publicKey };
}

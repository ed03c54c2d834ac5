import { verifyAuditProof as verify } from "@berth/ledger";
import type { Checkpoint } from "@berth/ledger";
import type { AuditEntryInfo } from "@berth/sdk/client";

export interface VerifiedAuditEntry {
  readonly entry: AuditEntryInfo;
  readonly index: number;
  readonly head: Checkpoint;
  readonly vkey: string;
}

/** An audit entry with its proof, as `/v1/audit/{id}/proof` gives it. @throws LedgerError */
export async function verifyAuditProof(text: string): Promise<VerifiedAuditEntry> {
  const { entry, ...verified } = await verify(text);
  // The log stands for it, and the platform writes nothing else there.
  return { ...verified, entry: entry as unknown as AuditEntryInfo };
}

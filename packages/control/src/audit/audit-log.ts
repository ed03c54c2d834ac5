import type { Principal } from "@berth/protocol";
import type { AuditEntry, AuditFilter, AuditRecord } from "@berth/store";

/** Everything that shows, without us, that an entry stands in the log as it is. */
export interface AuditProof {
  readonly type: "https://berth.dev/audit-proof/v1";
  readonly entry: AuditEntry;
  /** The leaf's data, whose `h` is the hash of the entry's canonical JSON. */
  readonly leaf: string;
  /** C2SP tlog-proof of the leaf. */
  readonly proof: string;
  /** The log's verifier key. */
  readonly vkey: string;
}

/** Who did what, when, from where, and how it ended. Every entry is a leaf of the ledger. */
export interface AuditLog {
  /** Newest first. @throws INVALID_PARAMS */
  query(
    principal: Principal,
    filter: AuditFilter,
    page: { readonly size: number; readonly token?: string },
  ): Promise<{ readonly entries: readonly AuditRecord[]; readonly nextPageToken?: string }>;
  /** @throws AUDIT_ENTRY_NOT_FOUND, RECEIPT_PENDING while it is being sealed. */
  proof(principal: Principal, auditId: string): Promise<AuditProof>;
  /** Somebody was refused. Never throws, and writes down only so many a minute: they are refused all the same. */
  noteDenied(principal: Principal, denied: { readonly action: string; readonly resource: string }): void;
}

import type { JsonObject } from "@berth/protocol";

export interface AuditOrigin {
  /** Of the other end of the connection. */
  readonly address?: string;
  readonly userAgent?: string;
  /** By which interface the call came: `rest`, `mcp`, `a2a`, `grpc`, `oauth`. */
  readonly door?: string;
  readonly requestId?: string;
}

export interface NewAuditEntry {
  readonly orgId: string;
  readonly at: string;
  readonly actor: string;
  /** Agents that passed the call on, the nearest first. */
  readonly actors?: readonly string[];
  /** `noun.verb`, such as `agent.deploy`. */
  readonly action: string;
  readonly resource: string;
  readonly outcome: "ok" | "denied" | "failed";
  /** From where; absent for what the platform does by itself. */
  readonly from?: AuditOrigin;
  readonly detail?: JsonObject;
}

/** What the leaf in the log is the hash of, as canonical JSON (RFC 8785). */
export interface AuditEntry extends NewAuditEntry {
  readonly auditId: string;
  /** 16 random bytes, base64url: the published hash cannot be guessed from what happened. */
  readonly salt: string;
}

export interface AuditRecord extends AuditEntry {
  /** Its leaf in the ledger; absent until it is sealed. */
  readonly leafIndex?: number;
}

/** All of them must hold. Times are inclusive at `from` and exclusive at `to`. */
export interface AuditFilter {
  readonly actor?: string;
  /** Exactly, or the beginning of it when it ends with `.`: `key.` is every act on keys. */
  readonly action?: string;
  readonly resource?: string;
  readonly outcome?: AuditEntry["outcome"];
  readonly from?: string;
  readonly to?: string;
}

export interface AuditStore {
  /** One transaction: the entry and its place in the queue of the ledger. Durable when it returns. */
  append(entry: NewAuditEntry): Promise<AuditEntry>;
  find(orgId: string, auditId: string): Promise<AuditRecord | undefined>;
  /** Newest first. */
  list(orgId: string, limit: number): Promise<readonly AuditRecord[]>;
  /** Newest first. */
  query(
    orgId: string,
    filter: AuditFilter,
    page: { readonly size: number; readonly token?: string },
  ): Promise<{ readonly entries: readonly AuditRecord[]; readonly nextPageToken?: string }>;
}

import type { JsonObject } from "@berth/protocol";

export interface AuditQuery {
  readonly actor?: string;
  /** `key.` is every act on keys. */
  readonly action?: string;
  readonly resource?: string;
  readonly outcome?: string;
  /** RFC 3339; inclusive. */
  readonly from?: string;
  /** RFC 3339; exclusive. */
  readonly to?: string;
  readonly limit?: number;
  readonly pageToken?: string;
  /** `ocsf`: the entries are OCSF events. */
  readonly format?: "berth" | "ocsf";
}

export interface AuditEntryInfo {
  readonly auditId: string;
  readonly at: string;
  readonly actor: string;
  readonly actors?: readonly string[];
  readonly action: string;
  readonly resource: string;
  readonly outcome: "ok" | "denied" | "failed";
  readonly from?: {
    readonly address?: string;
    readonly userAgent?: string;
    readonly door?: string;
    readonly requestId?: string;
  };
  readonly detail?: JsonObject;
  readonly leafIndex?: number;
}

export interface AuditPage {
  readonly entries: readonly AuditEntryInfo[];
  readonly nextPageToken?: string;
}

export interface LedgerKeyInfo {
  readonly keyId: string;
  readonly role: "cp" | "sa";
  readonly op: "issue" | "rotate" | "revoke";
  readonly agentId?: string;
  readonly publicKey: string;
  readonly leafIndex: number;
  readonly at: string;
}

export interface LedgerKeyRotation {
  readonly role: "cp" | "sa";
  /** Whose key, for `sa`. */
  readonly agent?: string;
}

/** A checkpoint that was shown to somebody outside. */
export interface AnchorInfo {
  readonly sink: string;
  readonly size: number;
  readonly at: string;
  readonly checkpoint: string;
  readonly evidence: {
    readonly type: "rfc3161" | "log" | "file";
    readonly time?: string;
    readonly response?: string;
    /** Of a log: its verifier key, its leaf for the checkpoint, and the C2SP tlog-proof of that. */
    readonly vkey?: string;
    readonly entry?: string;
    readonly proof?: string;
  };
}

/** A log that a platform cosigns. */
export interface WitnessedLogInfo {
  readonly origin: string;
  readonly vkey: string;
  readonly size: number;
  readonly root: string;
}

export interface WitnessInfo {
  readonly vkey: string;
  readonly url: string;
}

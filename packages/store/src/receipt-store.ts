/** A terminal task that has no receipt yet. */
export interface PendingReceipt {
  readonly orgId: string;
  readonly taskId: string;
  readonly queuedAt: string;
}

export interface ReceiptRecord {
  readonly orgId: string;
  readonly receiptId: string;
  readonly taskId: string;
  /** Index of its leaf in the ledger. */
  readonly leafIndex: number;
  /** The DSSE envelope, as JSON text, byte for byte as signed. */
  readonly envelope: string;
  readonly sealedAt: string;
  /** What the salts of the run's events are made from. Absent: of before there were any; empty: it was erased. */
  readonly eventSeed?: string;
}

/** One leaf of the log: its data as published. */
export interface LedgerEntry {
  readonly index: number;
  readonly data: string;
}

export const LEDGER_ITEM_KINDS = ["eval", "review", "adjust", "audit", "key", "anchor"] as const;
export type LedgerItemKind = (typeof LEDGER_ITEM_KINDS)[number];

/** Something besides a receipt that is to become a leaf. */
export interface NewLedgerItem {
  readonly orgId: string;
  readonly kind: LedgerItemKind;
  /** Id of the addendum, the audit entry or the key; of an anchor the hash of its checkpoint. */
  readonly ref: string;
  /** What the sealer makes the leaf from: the sealer's and the maker's affair. */
  readonly payload: string;
  readonly queuedAt: string;
}

export interface LedgerItem extends NewLedgerItem {
  readonly queueId: number;
}

/** A signed statement about a sealed receipt: an evaluation, a review, a refund. */
export interface AddendumRecord {
  readonly orgId: string;
  readonly addendumId: string;
  readonly receiptId: string;
  readonly taskId: string;
  readonly kind: "eval" | "review" | "adjust";
  readonly leafIndex: number;
  /** The DSSE envelope, as JSON text, byte for byte as signed. */
  readonly envelope: string;
  readonly sealedAt: string;
}

/** What the log says about a key: that it begins, takes over from another, or counts no more. */
export interface LedgerKeyRecord {
  readonly keyId: string;
  readonly role: "cp" | "sa";
  readonly op: "issue" | "rotate" | "revoke";
  /** Of a service account, as is `orgId`. */
  readonly agentId?: string;
  readonly orgId?: string;
  /** Raw, base64url. */
  readonly publicKey: string;
  readonly leafIndex: number;
  /** Whose signature a rotation or a revocation carries. */
  readonly by?: {
    readonly role: "cp" | "sa";
    /** Raw, base64url. */
    readonly publicKey: string;
    /** Base64. */
    readonly signature: string;
  };
  readonly at: string;
}

export interface SealBatch {
  /** Size of the log before this batch; anything else in the store is STORE_CONFLICT and nothing is written. */
  readonly expectedSize: number;
  /** In order; indexes follow expectedSize without gaps. */
  readonly entries: readonly LedgerEntry[];
  readonly receipts: readonly ReceiptRecord[];
  /** The signed note for the log with these entries in it. */
  readonly checkpoint: string;
  /** Ids of receipts whose tasks have artifacts: they wait in `WorkspaceStore.pendingOutputs` from then on. */
  readonly outputs?: readonly string[];
  readonly addenda?: readonly AddendumRecord[];
  /** Entries of the audit log and where they stand. */
  readonly audits?: readonly { readonly orgId: string; readonly auditId: string; readonly leafIndex: number }[];
  readonly keys?: readonly LedgerKeyRecord[];
  /** Items of the queue that this batch takes out; one that is gone already is STORE_CONFLICT. */
  readonly settled?: readonly number[];
}

/** Receipts, the log they stand in and what waits to get into it. One writer: the sealer. */
export interface ReceiptStore {
  /** Oldest first. */
  pending(limit: number): Promise<readonly PendingReceipt[]>;
  /** Durable when it returns. */
  enqueue(item: NewLedgerItem): Promise<void>;
  /** Oldest first. */
  queued(limit: number): Promise<readonly LedgerItem[]>;
  /** Of one receipt, in the order of the log. */
  addenda(orgId: string, receiptId: string): Promise<readonly AddendumRecord[]>;
  /** In the order of the log. */
  ledgerKeys(): Promise<readonly LedgerKeyRecord[]>;
  /** What the log says about one key, in its order. */
  ledgerKey(keyId: string): Promise<readonly LedgerKeyRecord[]>;
  /** One transaction: entries, receipts, checkpoint, and the tasks leave the queue. A task gets one receipt ever. */
  seal(batch: SealBatch): Promise<void>;
  findByTask(orgId: string, taskId: string): Promise<ReceiptRecord | undefined>;
  find(orgId: string, receiptId: string): Promise<ReceiptRecord | undefined>;
  /** Its `eventSeed` is empty from then on; durable when it returns. Twice is harmless. */
  eraseSeed(orgId: string, receiptId: string): Promise<void>;
  /** Newest first. */
  list(
    orgId: string,
    page: { readonly size: number; readonly token?: string },
  ): Promise<{
    readonly receipts: readonly ReceiptRecord[];
    readonly nextPageToken?: string;
  }>;
  ledgerSize(): Promise<number>;
  /** Entries with from <= index < to, in order. At most 65,536 at once. */
  ledgerEntries(from: number, to: number): Promise<readonly LedgerEntry[]>;
  /** The newest signed note; undefined for an empty log. */
  checkpoint(): Promise<string | undefined>;
  /** For `a2a ledger check`: terminal tasks, receipts, queue length, and up to 100 terminal tasks that have neither. */
  counts(orgId: string): Promise<{
    readonly terminalTasks: number;
    readonly receipts: number;
    /** Of runs; refunds are not counted. */
    readonly journals: number;
    readonly pending: number;
    readonly missing: readonly string[];
  }>;
}

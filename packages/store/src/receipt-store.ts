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
}

/** One leaf of the log: its data as published. */
export interface LedgerEntry {
  readonly index: number;
  readonly data: string;
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
}

/** Receipts, the log they stand in and the queue of tasks that wait for one. One writer: the sealer. */
export interface ReceiptStore {
  /** Oldest first. */
  pending(limit: number): Promise<readonly PendingReceipt[]>;
  /** One transaction: entries, receipts, checkpoint, and the tasks leave the queue. A task gets one receipt ever. */
  seal(batch: SealBatch): Promise<void>;
  findByTask(orgId: string, taskId: string): Promise<ReceiptRecord | undefined>;
  find(orgId: string, receiptId: string): Promise<ReceiptRecord | undefined>;
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
    readonly pending: number;
    readonly missing: readonly string[];
  }>;
}

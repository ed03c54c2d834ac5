import type { AddendumKind, LogAnchor } from "@berth/ledger";
import type { Principal } from "@berth/protocol";
import type { AddendumRecord, LedgerKeyRecord, ReceiptRecord } from "@berth/store";
import type { ErasedRun } from "./erase-run.ts";
import type { RotatedKey } from "./receipt-keys.ts";
import type { AddendumClaim } from "./make-addendum.ts";

export interface LedgerCheck {
  /** Terminal tasks. */
  readonly tasks: number;
  readonly receipts: number;
  /** Of runs; refunds are not counted. */
  readonly journals: number;
  /** Receipts still being sealed. */
  readonly pending: number;
  /** One line each; empty means that it balances. */
  readonly differences: readonly string[];
}

/** Receipts of finished runs and the log they stand in. */
export interface Receipts {
  /** @throws RECEIPT_PENDING while sealing, RECEIPT_NOT_FOUND, TASK_NOT_FOUND. Same visibility as the task. */
  forTask(principal: Principal, taskId: string): Promise<ReceiptRecord>;
  /** Waits up to `timeoutMs` for the seal; undefined when it is not there by then. */
  awaitForTask(orgId: string, taskId: string, timeoutMs: number): Promise<ReceiptRecord | undefined>;
  find(principal: Principal, receiptId: string): Promise<ReceiptRecord>;
  list(
    principal: Principal,
    page: { readonly size: number; readonly token?: string },
  ): Promise<{ readonly receipts: readonly ReceiptRecord[]; readonly nextPageToken?: string }>;
  /** Everything an offline verifier needs, as JSON text. `events`: which to disclose (`none`, `1,5-9`); default: all. */
  bundle(principal: Principal, receiptId: string, options?: { readonly events?: string }): Promise<string>;
  /**
   * Signs a statement about a sealed receipt and queues it for the log; durable when it returns, a leaf soon after.
   * Callers have authorized it. @returns the addendum's id. @throws RECEIPT_NOT_FOUND, INVALID_PARAMS.
   */
  addAddendum<K extends AddendumKind>(
    orgId: string,
    receiptId: string,
    kind: K,
    predicate: AddendumClaim<K>,
  ): Promise<string>;
  /**
   * Takes what was said out of the run's log for good; its receipt still verifies, with every event withheld. Twice is
   * harmless. @throws RECEIPT_NOT_FOUND, INVALID_PARAMS for a reason that is none.
   */
  erase(principal: Principal, receiptId: string, reason: string): Promise<ErasedRun>;
  /** Those that are in the log, in its order. */
  addenda(orgId: string, receiptId: string): Promise<readonly AddendumRecord[]>;
  /** `.tlog-proof` text (C2SP). */
  tlogProof(principal: Principal, receiptId: string): Promise<string>;
  /**
   * Puts the checkpoint of another log into ours and proves that it is there. Needs `checkpoint.enter`.
   * @throws INVALID_PARAMS, RECEIPT_PENDING
   */
  enterCheckpoint(principal: Principal, note: string): Promise<LogAnchor>;
  /** The newest signed note; undefined while the log is empty. */
  checkpoint(): Promise<string | undefined>;
  /** C2SP tlog-tiles: a hash tile or an entries bundle; undefined when it does not exist (yet). */
  tile(path: string): Promise<Uint8Array | undefined>;
  /** RFC 6962 proof that the log of `from` entries is the beginning of the one of `to`. @throws INVALID_PARAMS */
  consistency(from: number, to?: number): Promise<readonly Uint8Array[]>;
  /** What the log says about keys, in its order. */
  ledgerKeys(principal: Principal): Promise<readonly LedgerKeyRecord[]>;
  /**
   * The old key announces its successor in the log; then the successor takes over. What the old one signed still
   * verifies. @returns the new key's id.
   */
  rotateKey(principal: Principal, of: RotatedKey): Promise<string>;
  /** @throws KEY_NOT_FOUND, STORE_CONFLICT for a key that still signs or is revoked. */
  revokeKey(principal: Principal, keyId: string): Promise<void>;
  /** JSON text: the log's verifier key and the control plane's public keys. */
  keys(): string;
  check(principal: Principal): Promise<LedgerCheck>;
  /** Seals whatever waits, now. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

import type { Principal } from "@berth/protocol";
import type { ReceiptRecord } from "@berth/store";

export interface LedgerCheck {
  /** Terminal tasks. */
  readonly tasks: number;
  readonly receipts: number;
  /** 0 until billing exists (issue 5). */
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
  /** Everything an offline verifier needs, as JSON text: envelope, keys, inclusion proof, checkpoint, event leaves. */
  bundle(principal: Principal, receiptId: string): Promise<string>;
  /** `.tlog-proof` text (C2SP). */
  tlogProof(principal: Principal, receiptId: string): Promise<string>;
  /** The newest signed note; undefined while the log is empty. */
  checkpoint(): Promise<string | undefined>;
  /** C2SP tlog-tiles: a hash tile or an entries bundle; undefined when it does not exist (yet). */
  tile(path: string): Promise<Uint8Array | undefined>;
  /** JSON text: the log's verifier key and the control plane's public keys. */
  keys(): string;
  check(principal: Principal): Promise<LedgerCheck>;
  /** Seals whatever waits, now. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

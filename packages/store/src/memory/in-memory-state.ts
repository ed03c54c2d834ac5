import type { PendingReceipt, ReceiptRecord } from "../receipt-store.ts";
import { storeClosed } from "../store-closed.ts";
import { emptyBook } from "../task-book.ts";
import type { StoredEvent, TaskBook } from "../task-book.ts";
import type { PendingOutputs } from "../workspace-store.ts";

/** What tasks and receipts share, as they share transactions in a database. Keys are made with `keyOf`. */
export class InMemoryState {
  readonly book: TaskBook = emptyBook();
  readonly events: Map<string, StoredEvent[]> = new Map();
  readonly queue: Map<string, PendingReceipt> = new Map();
  readonly receiptOfTask: Map<string, ReceiptRecord> = new Map();
  readonly outputs: Map<string, PendingOutputs> = new Map();
  #closed = false;

  assertOpen(): void {
    if (this.#closed) throw storeClosed();
  }

  close(): void {
    this.#closed = true;
  }
}

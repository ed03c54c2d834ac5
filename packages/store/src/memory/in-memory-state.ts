import type { JournalRecord } from "../journal-store.ts";
import type { LedgerItem, NewLedgerItem, PendingReceipt, ReceiptRecord } from "../receipt-store.ts";
import { toInstant } from "../instant.ts";
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
  /** Per task the run's own, then its refunds. */
  readonly journals: Map<string, JournalRecord[]> = new Map();
  readonly outputs: Map<string, PendingOutputs> = new Map();
  readonly ledgerQueue: Map<number, LedgerItem> = new Map();
  /** Of sealed audit entries, by organization and id. */
  readonly auditLeaves: Map<string, number> = new Map();
  #lastQueueId = 0;
  #closed = false;

  enqueue(item: NewLedgerItem): void {
    const queueId = ++this.#lastQueueId;
    this.ledgerQueue.set(queueId, { ...item, queueId, queuedAt: toInstant(item.queuedAt) });
  }

  assertOpen(): void {
    if (this.#closed) throw storeClosed();
  }

  close(): void {
    this.#closed = true;
  }
}

import { PlatformError, isTerminal } from "@berth/protocol";
import { boundPageSize, decodePageToken, encodePageToken, isIndexPart } from "../page-token.ts";
import type {
  AddendumRecord,
  LedgerEntry,
  LedgerItem,
  LedgerKeyRecord,
  NewLedgerItem,
  PendingReceipt,
  ReceiptRecord,
  ReceiptStore,
  SealBatch,
} from "../receipt-store.ts";
import { checkSealBatch, outputsOf, sealConflict, settledAlready } from "../seal-batch.ts";
import { keyOf } from "../task-book.ts";
import { MAX_LEDGER_ENTRIES, MAX_MISSING } from "../task-limits.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryReceiptStore implements ReceiptStore {
  readonly #state: InMemoryState;
  readonly #entries: LedgerEntry[] = [];
  readonly #byId = new Map<string, ReceiptRecord>();
  readonly #addenda: AddendumRecord[] = [];
  readonly #keys: LedgerKeyRecord[] = [];
  #checkpoint: string | undefined;

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async pending(limit: number): Promise<readonly PendingReceipt[]> {
    this.#state.assertOpen();
    return [...this.#state.queue.values()].slice(0, Math.max(0, limit));
  }

  async enqueue(item: NewLedgerItem): Promise<void> {
    this.#state.assertOpen();
    this.#state.enqueue(item);
  }

  async queued(limit: number): Promise<readonly LedgerItem[]> {
    this.#state.assertOpen();
    return [...this.#state.ledgerQueue.values()].slice(0, Math.max(0, limit));
  }

  async addenda(orgId: string, receiptId: string): Promise<readonly AddendumRecord[]> {
    this.#state.assertOpen();
    return this.#addenda.filter((addendum) => addendum.orgId === orgId && addendum.receiptId === receiptId);
  }

  async ledgerKeys(): Promise<readonly LedgerKeyRecord[]> {
    this.#state.assertOpen();
    return [...this.#keys];
  }

  async ledgerKey(keyId: string): Promise<readonly LedgerKeyRecord[]> {
    this.#state.assertOpen();
    return this.#keys.filter((record) => record.keyId === keyId);
  }

  async seal(batch: SealBatch): Promise<void> {
    this.#state.assertOpen();
    const receipts = checkSealBatch(batch);
    if (batch.expectedSize !== this.#entries.length) throw sealConflict(batch.expectedSize, this.#entries.length);
    for (const receipt of receipts) {
      const taken = this.#byId.has(keyOf(receipt.orgId, receipt.receiptId));
      if (!taken && !this.#state.receiptOfTask.has(keyOf(receipt.orgId, receipt.taskId))) continue;
      throw new PlatformError("STORE_CONFLICT", `Task ${receipt.taskId} has a receipt already.`);
    }
    const { settled = [], addenda = [], audits = [], keys = [] } = batch;
    if (!settled.every((queueId) => this.#state.ledgerQueue.has(queueId))) throw settledAlready();
    for (const queueId of settled) this.#state.ledgerQueue.delete(queueId);
    this.#addenda.push(...addenda);
    for (const { orgId, auditId, leafIndex } of audits) this.#state.auditLeaves.set(keyOf(orgId, auditId), leafIndex);
    this.#keys.push(...keys);
    this.#entries.push(...batch.entries);
    for (const receipt of receipts) {
      const task = keyOf(receipt.orgId, receipt.taskId);
      this.#byId.set(keyOf(receipt.orgId, receipt.receiptId), receipt);
      this.#state.receiptOfTask.set(task, receipt);
      this.#state.queue.delete(task);
    }
    for (const { orgId, taskId } of outputsOf(batch)) {
      this.#state.outputs.set(keyOf(orgId, taskId), { orgId, taskId });
    }
    this.#checkpoint = batch.checkpoint;
  }

  async findByTask(orgId: string, taskId: string): Promise<ReceiptRecord | undefined> {
    this.#state.assertOpen();
    return this.#state.receiptOfTask.get(keyOf(orgId, taskId));
  }

  async find(orgId: string, receiptId: string): Promise<ReceiptRecord | undefined> {
    this.#state.assertOpen();
    return this.#byId.get(keyOf(orgId, receiptId));
  }

  async eraseSeed(orgId: string, receiptId: string): Promise<void> {
    this.#state.assertOpen();
    const receipt = this.#byId.get(keyOf(orgId, receiptId));
    if (receipt === undefined) return;
    const erased = { ...receipt, eventSeed: "" };
    this.#byId.set(keyOf(orgId, receiptId), erased);
    this.#state.receiptOfTask.set(keyOf(orgId, receipt.taskId), erased);
  }

  async list(
    orgId: string,
    page: { readonly size: number; readonly token?: string },
  ): Promise<{ readonly receipts: readonly ReceiptRecord[]; readonly nextPageToken?: string }> {
    this.#state.assertOpen();
    const [before] = page.token === undefined ? [] : decodePageToken("receipts", page.token, [isIndexPart]);
    const size = boundPageSize(page.size);
    const rest = [...this.#byId.values()]
      .filter((receipt) => receipt.orgId === orgId && (before === undefined || receipt.leafIndex < Number(before)))
      .sort((a, b) => b.leafIndex - a.leafIndex);
    const receipts = rest.slice(0, size);
    const last = receipts.at(-1);
    const more = rest.length > size && last !== undefined;
    return { receipts, ...(more ? { nextPageToken: encodePageToken("receipts", [String(last.leafIndex)]) } : {}) };
  }

  async ledgerSize(): Promise<number> {
    this.#state.assertOpen();
    return this.#entries.length;
  }

  async ledgerEntries(from: number, to: number): Promise<readonly LedgerEntry[]> {
    this.#state.assertOpen();
    if (to - from > MAX_LEDGER_ENTRIES) throw new Error(`at most ${MAX_LEDGER_ENTRIES} entries in one read`);
    return to <= from ? [] : this.#entries.slice(Math.max(0, from), Math.max(0, to));
  }

  async checkpoint(): Promise<string | undefined> {
    this.#state.assertOpen();
    return this.#checkpoint;
  }

  async counts(
    orgId: string,
  ): Promise<{ terminalTasks: number; receipts: number; journals: number; pending: number; missing: string[] }> {
    this.#state.assertOpen();
    const terminal = [...this.#state.book.tasks.values()].filter(
      (record) => record.orgId === orgId && isTerminal(record.state),
    );
    const missing = terminal
      .map((record) => record.taskId)
      .filter((taskId) => !this.#state.receiptOfTask.has(keyOf(orgId, taskId)))
      .filter((taskId) => !this.#state.queue.has(keyOf(orgId, taskId)))
      .sort();
    return {
      terminalTasks: terminal.length,
      receipts: [...this.#byId.values()].filter((receipt) => receipt.orgId === orgId).length,
      journals: [...this.#state.journals.values()].filter(([run]) => run?.orgId === orgId).length,
      pending: [...this.#state.queue.values()].filter((waiting) => waiting.orgId === orgId).length,
      missing: missing.slice(0, MAX_MISSING),
    };
  }
}

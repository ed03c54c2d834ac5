import { PlatformError, isPlatformError } from "@berth/protocol";
import type { PendingReceipt, ReceiptRecord, Store } from "@berth/store";
import { buildReceipt } from "./build-receipt.ts";
import type { ReceiptBuilderOptions, UnsealedReceipt } from "./build-receipt.ts";
import type { LedgerLog } from "./ledger-log.ts";
import { loadRuns } from "./load-runs.ts";
import type { Run } from "./load-runs.ts";
import { draftBatch } from "./seal-batch.ts";

/** Calls that end within this time of the last pass share the next one: one signature of the log, one transaction. */
const GATHER_MS = 100;
/** Finds what no `notify` announced, such as runs that ended just before a crash. */
const POLL_MS = 1000;
const MAX_RUNS = 256;
const MAX_EVENTS = 50_000;
/** Signatures are made on Node's worker threads; between two handfuls callers' requests go first. */
const SIGNED_TOGETHER = 8;
const MAX_ATTEMPTS = 5;
const RETRY_BROKEN_MS = 30_000;
const MAX_BROKEN = 500;

export interface SealerOptions extends ReceiptBuilderOptions {
  readonly store: Store;
  readonly ledger: LedgerLog;
  readonly now: () => Date;
  readonly log: (message: string) => void;
  readonly onSealed: (receipts: readonly ReceiptRecord[]) => void;
}

/**
 * Turns ended runs into sealed receipts. Life: made → `start` → `notify` whenever a run ends, `hurry` → `close`. At most one pass
 * runs at a time. A receipt counts only when the store has it: the transaction takes the run from the queue and refuses
 * a log of another size, so a pass that is cut off anywhere is simply done again.
 */
export class Sealer {
  readonly #options: SealerOptions;
  /** Runs that could not be sealed, by task, with when to try again: they must not block those behind them. */
  readonly #broken: Map<string, number> = new Map();
  #running: Promise<void> | undefined;
  #again = false;
  #wake: NodeJS.Timeout | undefined;
  #poll: NodeJS.Timeout | undefined;
  #lastPass = 0;
  /** The outcome of a write is not known, or another writer was faster. */
  #unsure = false;
  #failing = false;
  #closed = false;

  constructor(options: SealerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#poll = setInterval(() => this.notify(), POLL_MS);
    this.notify();
  }

  notify(): void {
    if (this.#closed || this.#wake !== undefined) return;
    const since = this.#options.now().getTime() - this.#lastPass;
    const delay = Math.min(GATHER_MS, Math.max(0, GATHER_MS - since));
    this.#wake = setTimeout(() => {
      this.#wake = undefined;
      void this.#passInBackground();
    }, delay);
  }

  /** Somebody waits for a receipt: nothing is gathered. Cheap, never throws. */
  hurry(): void {
    if (this.#closed) return;
    clearTimeout(this.#wake);
    this.#wake = undefined;
    void this.#passInBackground();
  }

  /** Everything that waits when this is called is sealed when it resolves. @throws what kept it from being so. */
  async flush(): Promise<void> {
    if (this.#closed) throw new PlatformError("SHUTTING_DOWN", "The sealer is closed.");
    await this.#pass();
  }

  /** Lets the running pass finish; what still waits is sealed after the next start. Twice is harmless. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#wake);
    clearInterval(this.#poll);
    await this.#running?.catch(() => undefined);
  }

  async #passInBackground(): Promise<void> {
    try {
      await this.#pass();
      if (this.#failing) this.#options.log("receipts are being sealed again");
      this.#failing = false;
    } catch (error) {
      // Once per outage: the poll tries again every second.
      if (!this.#failing) this.#options.log(`receipts cannot be sealed, will try again: ${describe(error)}`);
      this.#failing = true;
    }
  }

  #pass(): Promise<void> {
    if (this.#running === undefined) this.#running = this.#drain();
    else this.#again = true;
    return this.#running;
  }

  async #drain(): Promise<void> {
    try {
      do {
        this.#again = false;
        this.#lastPass = this.#options.now().getTime();
        while (await this.#sealBatch()) if (this.#closed) return;
      } while (this.#again);
    } finally {
      // In the same turn as the last look at #again, so that no call falls in between.
      this.#running = undefined;
    }
  }

  /** True when there may be more. */
  async #sealBatch(): Promise<boolean> {
    const { store, ledger, keys, now, onSealed } = this.#options;
    for (let attempt = 1; ; attempt++) {
      if (this.#unsure) await ledger.catchUp();
      this.#unsure = false;
      const { receipts, more } = await this.#build();
      // With the list of broken runs full the same ones would come around at once.
      if (receipts.length === 0) return more && this.#broken.size < MAX_BROKEN;
      const { batch, draft } = await draftBatch(ledger, keys.controlPlane.publicKey, receipts, now().toISOString());
      try {
        await store.receipts.seal(batch);
      } catch (error) {
        this.#unsure = true;
        if (isPlatformError(error) && error.reason === "STORE_CONFLICT" && attempt < MAX_ATTEMPTS) continue;
        throw error;
      }
      ledger.commit(draft);
      onSealed(batch.receipts);
      return more;
    }
  }

  async #build(): Promise<{ readonly receipts: readonly UnsealedReceipt[]; readonly more: boolean }> {
    const { store, yieldNow } = this.#options;
    const queue = await this.#queue();
    const { runs, broken, complete } = await loadRuns(store, queue, MAX_EVENTS);
    for (const { pending, error } of broken) this.#setAside(pending, error);
    const receipts: UnsealedReceipt[] = [];
    for (let from = 0; from < runs.length; from += SIGNED_TOGETHER) {
      const built = await Promise.all(runs.slice(from, from + SIGNED_TOGETHER).map((run) => this.#receiptOf(run)));
      for (const receipt of built) if (receipt !== undefined) receipts.push(receipt);
      await yieldNow();
    }
    return { receipts, more: !complete || queue.length === MAX_RUNS };
  }

  async #receiptOf(run: Run): Promise<UnsealedReceipt | undefined> {
    try {
      return await buildReceipt(run, this.#options.ledger.origin, this.#options);
    } catch (error) {
      // An outage is nothing about this run.
      if (isPlatformError(error) && error.retryable) throw error;
      this.#setAside(run.record, error);
      return undefined;
    }
  }

  async #queue(): Promise<readonly PendingReceipt[]> {
    const now = this.#options.now().getTime();
    for (const [taskId, retryAt] of this.#broken) if (retryAt <= now) this.#broken.delete(taskId);
    const waiting = await this.#options.store.receipts.pending(MAX_RUNS + this.#broken.size);
    return waiting.filter(({ taskId }) => !this.#broken.has(taskId)).slice(0, MAX_RUNS);
  }

  #setAside({ orgId, taskId }: { readonly orgId: string; readonly taskId: string }, error: unknown): void {
    const [oldest] = this.#broken.keys();
    if (this.#broken.size >= MAX_BROKEN && oldest !== undefined) this.#broken.delete(oldest);
    this.#broken.set(taskId, this.#options.now().getTime() + RETRY_BROKEN_MS);
    this.#options.log(`no receipt for task ${taskId} of ${orgId} yet: ${describe(error)}`);
  }
}

function describe(error: unknown): string {
  if (isPlatformError(error)) return `${error.reason}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

import { encodeBase64, keyId } from "@berth/ledger";
import { PlatformError, isPlatformError } from "@berth/protocol";
import type { IdGenerator } from "@berth/protocol";
import type { LedgerItem, PendingReceipt, Store } from "@berth/store";
import type { ReceiptOrder, UnsealedReceipt } from "./build-receipt.ts";
import { readyItem } from "./ledger-items.ts";
import type { ReadyItem } from "./ledger-items.ts";
import type { LedgerLog } from "./ledger-log.ts";
import { loadRuns } from "./load-runs.ts";
import type { Run } from "./load-runs.ts";
import { describe } from "./receipt-builder.ts";
import type { BuiltReceipt, ReceiptBuilder } from "./receipt-builder.ts";
import type { ReceiptKeys } from "./receipt-keys.ts";
import type { ReleaseFactsReader } from "./release-facts.ts";
import { draftBatch } from "./seal-batch.ts";
import type { DraftedBatch } from "./seal-batch.ts";

/** Calls that end within this time of the last pass share the next one: one signature of the log, one transaction. */
const GATHER_MS = 100;
/** Finds what no `notify` announced, such as runs that ended just before a crash. */
const POLL_MS = 1000;
const MAX_RUNS = 256;
const MAX_ITEMS = 256;
const MAX_EVENTS = 50_000;
/** Between two handfuls callers' requests go first. */
const BUILT_TOGETHER = 16;
const SALT_BYTES = 16;
const SEED_BYTES = 32;
const MAX_ATTEMPTS = 5;
const RETRY_BROKEN_MS = 30_000;
const MAX_BROKEN = 500;

export interface SealerOptions {
  readonly store: Store;
  readonly builder: ReceiptBuilder;
  readonly keys: Pick<ReceiptKeys, "controlPlane">;
  readonly releases: ReleaseFactsReader;
  readonly ids: IdGenerator;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly yieldNow: () => Promise<void>;
  readonly ledger: LedgerLog;
  readonly now: () => Date;
  readonly log: (message: string) => void;
  readonly onSealed: (batch: DraftedBatch["batch"]) => void;
}

interface Built {
  readonly receipts: readonly UnsealedReceipt[];
  /** There may be more in the queue. */
  readonly more: boolean;
}

/**
 * Turns ended runs into sealed receipts. Life: made → `start` → `notify` whenever a run ends, `hurry` → `close`. At most one pass
 * runs at a time. A receipt counts only when the store has it: the transaction takes the run from the queue and refuses
 * a log of another size, so a pass that is cut off anywhere is simply done again.
 */
export class Sealer {
  readonly #options: SealerOptions;
  /** What could not be sealed, by task or item, with when to try again: it must not block what is behind it. */
  readonly #broken: Map<string, number> = new Map();
  /** The next receipts, which are built while the last ones are written. Nothing is lost when they are thrown away. */
  #ahead: Promise<Built> | undefined;
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
    await this.#ahead?.catch(() => undefined);
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
      const building = this.#ahead ?? this.#build([]);
      this.#ahead = undefined;
      const [{ receipts, more }, items] = await Promise.all([building, this.#items()]);
      const moreToDo = more || items.length === MAX_ITEMS;
      // With the list of broken ones full the same would come around at once.
      if (receipts.length + items.length === 0) return moreToDo && this.#broken.size < MAX_BROKEN;
      const ready = { receipts, items };
      const { batch, draft } = await draftBatch(ledger, keys.controlPlane.publicKey, ready, now().toISOString());
      if (more && !this.#closed) {
        this.#ahead = this.#build(receipts);
        this.#ahead.catch(() => undefined);
      }
      try {
        await store.receipts.seal(batch);
      } catch (error) {
        // What was built ahead may leave out what is still to be sealed.
        this.#ahead = undefined;
        this.#unsure = true;
        if (isPlatformError(error) && error.reason === "STORE_CONFLICT" && attempt < MAX_ATTEMPTS) continue;
        throw error;
      }
      ledger.commit(draft);
      onSealed(batch);
      return moreToDo;
    }
  }

  /** `before`: those that are being written, and stand in the queue until they are. */
  async #build(before: readonly UnsealedReceipt[]): Promise<Built> {
    const { store, builder, yieldNow } = this.#options;
    const queue = await this.#queue(new Set(before.map(nameOfRun)));
    const { runs, broken, complete } = await loadRuns(store, queue, MAX_EVENTS);
    for (const { pending, error } of broken) this.#setAside(nameOfRun(pending), describe(error));
    const handfuls: Promise<readonly BuiltReceipt[]>[] = [];
    for (let from = 0; from < runs.length; from += BUILT_TOGETHER) {
      const some = runs.slice(from, from + BUILT_TOGETHER);
      // Not waited for one by one: a thread builds while the next handful is handed to it.
      handfuls.push(builder.build(await Promise.all(some.map((run) => this.#orderOf(run)))));
      handfuls.at(-1)?.catch(() => undefined);
      await yieldNow();
    }
    const receipts: UnsealedReceipt[] = [];
    for (const [handful, building] of handfuls.entries()) {
      const built = await building;
      const from = handful * BUILT_TOGETHER;
      for (const [i, { record }] of runs.slice(from, from + BUILT_TOGETHER).entries()) {
        const outcome = built[i];
        if (outcome === undefined) throw new Error("a run was lost while its receipt was built");
        if ("receipt" in outcome) receipts.push(outcome.receipt);
        else this.#setAside(nameOfRun(record), outcome.failure);
      }
    }
    return { receipts, more: !complete || queue.length === MAX_RUNS };
  }

  async #orderOf(run: Run): Promise<ReceiptOrder> {
    const { releases, ids, randomBytes, ledger } = this.#options;
    const { orgId, releaseId } = run.record;
    const release = await releases.read(orgId, releaseId);
    const [salt, seed] = [randomBytes(SALT_BYTES), randomBytes(SEED_BYTES)];
    return { run, release, receiptId: ids("receipt"), salt, eventSeed: encodeBase64(seed), origin: ledger.origin };
  }

  async #queue(taken: ReadonlySet<string>): Promise<readonly PendingReceipt[]> {
    this.#forgetOldBroken();
    const waiting = await this.#options.store.receipts.pending(MAX_RUNS + this.#broken.size + taken.size);
    const left = waiting.filter((pending) => !this.#broken.has(nameOfRun(pending)) && !taken.has(nameOfRun(pending)));
    return left.slice(0, MAX_RUNS);
  }

  /** What else waits to become a leaf. */
  async #items(): Promise<readonly ReadyItem[]> {
    this.#forgetOldBroken();
    const { store, keys } = this.#options;
    const controlPlaneKeyId = keyId("cp", keys.controlPlane.publicKey);
    const waiting = await store.receipts.queued(MAX_ITEMS + this.#broken.size);
    const ready: ReadyItem[] = [];
    for (const item of waiting.filter((each) => !this.#broken.has(nameOfItem(each))).slice(0, MAX_ITEMS)) {
      try {
        ready.push(readyItem(item, controlPlaneKeyId));
      } catch (error) {
        this.#setAside(nameOfItem(item), describe(error));
      }
    }
    return ready;
  }

  #forgetOldBroken(): void {
    const now = this.#options.now().getTime();
    for (const [name, retryAt] of this.#broken) if (retryAt <= now) this.#broken.delete(name);
  }

  #setAside(name: string, why: string): void {
    const [oldest] = this.#broken.keys();
    if (this.#broken.size >= MAX_BROKEN && oldest !== undefined) this.#broken.delete(oldest);
    this.#broken.set(name, this.#options.now().getTime() + RETRY_BROKEN_MS);
    this.#options.log(`no ${name} yet: ${why}`);
  }
}

function nameOfRun({ orgId, taskId }: { readonly orgId: string; readonly taskId: string }): string {
  return `receipt for task ${taskId} of ${orgId}`;
}

function nameOfItem({ orgId, kind, ref }: LedgerItem): string {
  return `leaf for ${kind} ${ref} of ${orgId}`;
}

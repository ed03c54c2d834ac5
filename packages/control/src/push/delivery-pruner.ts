import type { PushStore } from "@berth/store";

export interface DeliveryPrunerOptions {
  readonly store: Pick<PushStore, "prune">;
  readonly now: () => Date;
  readonly log: (line: string) => void;
}

/** Delivered and dead ones, for whoever looks into what happened. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;
const KEPT = 100_000;
const EVERY_MS = 60 * 60 * 1000;
/** A statement deletes this many, so that none runs long beside those that send. */
const BATCH = 5_000;

/** Forgets old deliveries: at once, then every hour. Life: made → `start` → `close`. */
export class DeliveryPruner {
  readonly #options: DeliveryPrunerOptions;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #closed = false;

  constructor(options: DeliveryPrunerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.#begin(), EVERY_MS);
    this.#begin();
  }

  /** Waits for the statement that runs. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#round;
  }

  #begin(): void {
    this.#round ??= this.#prune().finally(() => {
      this.#round = undefined;
    });
  }

  async #prune(): Promise<void> {
    const { store, now, log } = this.#options;
    const before = new Date(now().getTime() - KEPT_MS).toISOString();
    try {
      while (!this.#closed && (await store.prune({ before, keep: KEPT, limit: BATCH })) === BATCH);
    } catch (error) {
      log(`old push deliveries could not be deleted, will try again: ${String(error)}`);
    }
  }
}

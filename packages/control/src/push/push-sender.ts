import type { PushLease, PushStore } from "@berth/store";

export interface PushSenderOptions {
  readonly store: Pick<PushStore, "claim">;
  readonly round: (lease: PushLease, signal: AbortSignal) => Promise<void>;
  readonly leaseMs: number;
  readonly newLeaseId: () => string;
  readonly now: () => Date;
  readonly log: (line: string) => void;
}

const CONCURRENCY = 32;
/** Of them to one host: a receiver that lets every attempt run into its timeout slows down only itself. */
const PER_HOST = 8;
/** Finds retries that have come due, and what no `notify` announced. */
const POLL_MS = 1_000;
/** Updates that come this close together share one look at the store. */
const GATHER_MS = 10;
const MAX_WATCHED = 10_000;

/**
 * Sends what waits. Life: made → `start` → `notify` when a task moves → `close`. Rounds of different configurations run
 * side by side, one configuration's never: the store's lease sees to that, also between processes.
 */
export class PushSender {
  readonly #options: PushSenderOptions;
  readonly #rounds = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  /** Tasks that have a webhook; the others move without anybody looking. */
  readonly #watched = new Set<string>();
  #pass: Promise<void> | undefined;
  #again = false;
  #wake: NodeJS.Timeout | undefined;
  #poll: NodeJS.Timeout | undefined;
  #failing = false;
  #closed = false;

  constructor(options: PushSenderOptions) {
    this.#options = options;
  }

  start(): void {
    this.#poll = setInterval(() => this.#soon(), POLL_MS);
    this.#soon();
  }

  /** A webhook was added to the task, or made due. */
  watch(taskId: string): void {
    const [oldest] = this.#watched;
    if (this.#watched.size >= MAX_WATCHED && oldest !== undefined) this.#watched.delete(oldest);
    this.#watched.add(taskId);
    this.#soon();
  }

  /** The task has moved. On the path of every event: cheap, never throws. */
  notify(taskId: string): void {
    if (this.#watched.has(taskId)) this.#soon();
  }

  /** Starts no more rounds, lets the running attempts finish for `graceMs`, then breaks them off. What is left stays due. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#wake);
    clearInterval(this.#poll);
    await this.#pass;
    const timer = setTimeout(() => this.#stop.abort(), graceMs);
    await Promise.all(this.#rounds);
    clearTimeout(timer);
  }

  #soon(): void {
    if (this.#closed || this.#wake !== undefined) return;
    this.#wake = setTimeout(() => {
      this.#wake = undefined;
      if (this.#pass === undefined) this.#pass = this.#claim();
      else this.#again = true;
    }, GATHER_MS);
  }

  async #claim(): Promise<void> {
    try {
      const limit = CONCURRENCY - this.#rounds.size;
      if (limit > 0) for (const lease of await this.#lease(limit)) this.#run(lease);
      if (this.#failing) this.#options.log("push notifications are being sent again");
      this.#failing = false;
    } catch (error) {
      // Once per outage: the poll tries again every second.
      if (!this.#failing) this.#options.log(`push notifications cannot be sent, will try again: ${String(error)}`);
      this.#failing = true;
    } finally {
      this.#pass = undefined;
      if (this.#again) this.#soon();
      this.#again = false;
    }
  }

  async #lease(limit: number): Promise<readonly PushLease[]> {
    const { store, now, leaseMs, newLeaseId } = this.#options;
    const ms = now().getTime();
    const leaseUntil = new Date(ms + leaseMs).toISOString();
    return await store.claim({
      leaseId: newLeaseId(),
      now: new Date(ms).toISOString(),
      leaseUntil,
      limit,
      perHost: PER_HOST,
    });
  }

  #run(lease: PushLease): void {
    const round = this.#options
      .round(lease, this.#stop.signal)
      .catch((error: unknown) => {
        const { taskId, configId } = lease.config;
        this.#options.log(`push ${configId} of ${taskId}: the round was broken off: ${String(error)}`);
      })
      .finally(() => {
        this.#rounds.delete(round);
        // There is room again, and the task may have moved since the round looked.
        this.#soon();
      });
    this.#rounds.add(round);
  }
}

import type { ExportBatch, ExportDestination, ExportStore } from "@berth/store";
import { retryDelayMs } from "../../push/retry-delay.ts";
import type { SendResult } from "./send-batch.ts";

export interface DestinationSenderOptions {
  readonly destination: ExportDestination;
  readonly store: Pick<ExportStore, "take" | "settle">;
  readonly send: (batch: ExportBatch, signal: AbortSignal) => Promise<SendResult>;
  readonly now: () => Date;
  /** 0 to 1: spreads destinations that failed together. */
  readonly random: () => number;
  readonly log: (line: string) => void;
  /** How often it looks for retries that have come due. */
  readonly pollMs: number;
}

/** Longer than an attempt takes: after a crash nothing is sent twice by two processes at once. */
const LEASE_MS = 60_000;
/** What is older interests nobody any more, and most receivers refuse it. */
const MAX_AGE_MS = 24 * 3_600_000;

/**
 * Sends what waits for one destination, one request at a time. Life: made → `start` → `notify` when something was
 * queued → `close`. What is under way when it closes is sent again after the next start.
 */
export class DestinationSender {
  readonly #options: DestinationSenderOptions;
  readonly #stop = new AbortController();
  #poll: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #again = false;
  #failing = false;
  #failure: string | undefined;

  constructor(options: DestinationSenderOptions) {
    this.#options = options;
  }

  /** Why the last request failed, of a few words that there may be: `http_503`, or `not_sent`. Undefined: it did not. */
  get failure(): string | undefined {
    return this.#failure;
  }

  start(): void {
    this.#poll = setInterval(() => this.notify(), this.#options.pollMs);
    this.#poll.unref();
    this.notify();
  }

  notify(): void {
    if (this.#stop.signal.aborted || !this.#options.destination.enabled) return;
    if (this.#round !== undefined) {
      this.#again = true;
      return;
    }
    this.#again = false;
    this.#round = this.#drain().finally(() => {
      this.#round = undefined;
      if (this.#again) this.notify();
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#poll);
    this.#stop.abort();
    await this.#round;
  }

  /** Never rejects: the poll tries again. */
  async #drain(): Promise<void> {
    const { destination, store, now, log } = this.#options;
    try {
      while (!this.#stop.signal.aborted) {
        const at = now();
        const batch = await store.take(destination.destinationId, at, new Date(at.getTime() + LEASE_MS));
        this.#failing = false;
        if (batch === undefined) return;
        await this.#sendOne(batch);
      }
    } catch (error) {
      // Once per outage.
      if (!this.#failing) log(`export to ${destination.name}: will try again: ${String(error)}`);
      this.#failing = true;
    }
  }

  async #sendOne(batch: ExportBatch): Promise<void> {
    const { store, send, now, random } = this.#options;
    const { batchId } = batch;
    const result = await send(batch, this.#stop.signal);
    this.#failure = failureOf(result);
    if (result.type === "sent") return await store.settle(batchId, { type: "sent" });
    const { error } = result;
    // Broken off by `close`: the receiver may have it, and gets it again after the next start.
    if (this.#stop.signal.aborted) return await store.settle(batchId, { type: "retry", at: now(), error });
    const isOld = now().getTime() - batch.at.getTime() > MAX_AGE_MS;
    if (result.type === "refused" || isOld) return await store.settle(batchId, { type: "dropped", error });
    const delay = retryDelayMs(batch.attempts, random(), result.retryAfterMs);
    await store.settle(batchId, { type: "retry", at: new Date(now().getTime() + delay), error });
  }
}

function failureOf(result: SendResult): string | undefined {
  if (result.type === "sent") return undefined;
  return result.status === undefined ? "not_sent" : `http_${result.status}`;
}

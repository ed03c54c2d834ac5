import type { PlatformError } from "@berth/protocol";
import { abortError } from "./abort-error.ts";
import type { Timers } from "./timers.ts";

export interface WaitOptions<Wish> {
  /** What the waiting one asks for; handed to `serve`. */
  readonly wish: Wish;
  readonly timeoutMs: number;
  /** `position`: how many were first, itself included. */
  readonly timeoutError: (position: number) => PlatformError;
  readonly signal?: AbortSignal | undefined;
}

interface Waiter<Wish, Got> {
  readonly wish: Wish;
  readonly settle: (outcome: { readonly got: Got } | { readonly error: unknown }) => void;
}

/** Callers waiting for something that is handed out one by one, first come first served. Its owner bounds it by `size`. */
export class WaitQueue<Wish, Got> {
  readonly #waiters = new Set<Waiter<Wish, Got>>();
  readonly #timers: Timers;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  get size(): number {
    return this.#waiters.size;
  }

  /** Who waits longest. */
  get first(): Wish | undefined {
    const [first] = this.#waiters;
    return first?.wish;
  }

  /** From 1; 0: it does not wait. */
  position(wish: Wish): number {
    let position = 0;
    for (const waiter of this.#waiters) {
      position += 1;
      if (waiter.wish === wish) return position;
    }
    return 0;
  }

  wait({ wish, timeoutMs, timeoutError, signal }: WaitOptions<Wish>): Promise<Got> {
    return new Promise((resolve, reject) => {
      const settle: Waiter<Wish, Got>["settle"] = (outcome) => {
        if (!this.#waiters.delete(waiter)) return;
        cancelTimeout();
        signal?.removeEventListener("abort", onAbort);
        if ("got" in outcome) resolve(outcome.got);
        else reject(outcome.error);
      };
      const waiter: Waiter<Wish, Got> = { wish, settle };
      const onAbort = (): void => settle({ error: abortError(signal) });
      const cancelTimeout = this.#timers.after(timeoutMs, () => settle({ error: timeoutError(this.position(wish)) }));
      this.#waiters.add(waiter);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Offers to each in turn; `give` answers undefined for whom there is nothing now. */
  serve(give: (wish: Wish) => Got | undefined): void {
    for (const waiter of this.#waiters) {
      const got = give(waiter.wish);
      if (got !== undefined) waiter.settle({ got });
    }
  }

  rejectAll(error: unknown): void {
    for (const waiter of this.#waiters) waiter.settle({ error });
  }
}

import type { Timers } from "./timers.ts";

/** For tests: time stands still until `advance`. */
export class ManualTimers implements Timers {
  readonly #pending = new Set<{ readonly at: number; readonly run: () => void }>();
  #now: number;

  constructor(now: number = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  /** Timers that nobody has taken back. */
  get pending(): number {
    return this.#pending.size;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#pending.add(timer);
    return () => void this.#pending.delete(timer);
  }

  /** Runs what is due, in order, and lets promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settle();
      const due = [...this.#pending].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      const [next] = due;
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.at);
      this.#pending.delete(next);
      next.run();
    }
    this.#now = end;
    await settle();
  }
}

/** Until everything that promises alone can bring about has happened. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

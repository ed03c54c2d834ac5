const CRASHES = 5;
const WITHIN_MS = 300_000;
const FIRST_MS = 10_000;
const LONGEST_MS = 300_000;

/**
 * Five crashes in five minutes, with no call served in between: then the next start waits, 10 s at first, doubling with
 * each further crash, at most five minutes. Fewer do not delay anybody: a call that crashes the agent must not lock
 * others out at once.
 */
export class CrashLoop {
  #times: number[] = [];
  #until = 0;
  #delays = 0;

  get crashes(): number {
    return this.#times.length;
  }

  crashed(now: number): void {
    this.#times = [...this.#times.filter((at) => now - at < WITHIN_MS), now].slice(-2 * CRASHES);
    if (this.#times.length < CRASHES && this.#delays === 0) return;
    this.#until = now + Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#delays, 5));
    this.#delays += 1;
  }

  /** Over: a call was served. */
  ended(): void {
    if (this.#times.length > 0) this.#times = [];
    this.#until = 0;
    this.#delays = 0;
  }

  counts(now: number): boolean {
    return this.#delays > 0 || this.#times.some((at) => now - at < WITHIN_MS);
  }

  waitMs(now: number): number {
    return Math.max(0, this.#until - now);
  }
}

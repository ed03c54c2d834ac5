const FIRST_MS = 250;
const LONGEST_MS = 30_000;

/** How long to leave an agent alone that failed several times in a row: 250 ms, doubling, at most 30 s. */
export class StartBackoff {
  #failures = 0;
  #until = 0;

  get failures(): number {
    return this.#failures;
  }

  failed(now: number): void {
    this.#failures += 1;
    // 2 ** 7 * 250 is past the longest wait: a larger exponent only invites overflow.
    this.#until = now + Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures - 1, 7));
  }

  succeeded(): void {
    this.#failures = 0;
    this.#until = 0;
  }

  waitMs(now: number): number {
    return Math.max(0, this.#until - now);
  }
}

/** Of its limit. Beyond it, an instance that grew is replaced before it is killed in the middle of a call. */
const NEAR_LIMIT = 0.85;
/** Against its first idle moment: one that is large from the start does not leak. */
const GROWN = 1.5;
const SAMPLE_EVERY_MS = 10_000;

/** How the memory of one instance develops. */
export class MemoryTrend {
  readonly #limitBytes: number;
  #first: number | undefined;
  #sampledAt = Number.NEGATIVE_INFINITY;

  constructor(limitMb: number) {
    this.#limitBytes = limitMb * 1024 * 1024;
  }

  /** At most one sample in ten seconds, however often it is asked. */
  isDue(now: number): boolean {
    if (now - this.#sampledAt < SAMPLE_EVERY_MS) return false;
    this.#sampledAt = now;
    return true;
  }

  /** Returns why it should be replaced, if it should. */
  sample(rssBytes: number): string | undefined {
    this.#first ??= rssBytes;
    if (rssBytes < this.#limitBytes * NEAR_LIMIT || rssBytes < this.#first * GROWN) return undefined;
    return `it grew from ${toMb(this.#first)} to ${toMb(rssBytes)} of ${toMb(this.#limitBytes)} MiB`;
  }
}

function toMb(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

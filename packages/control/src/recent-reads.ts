/** How long what another node changed may go unseen here (research note security §3.2: a second). */
const FRESH_MS = 1_000;
const MAX_KNOWN = 10_000;

/** Answers of the store to reads that every call makes, kept for a second. What this node changes it must `forget`: that is seen at once. */
export class RecentReads<T> {
  readonly #known = new Map<string, { readonly value: T; readonly readAt: number }>();
  readonly #now: () => Date;
  #changes = 0;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** How many are kept. */
  get size(): number {
    return this.#known.size;
  }

  async read(key: string, load: () => Promise<T>): Promise<T> {
    const readAt = this.#now().getTime();
    const known = this.#known.get(key);
    if (known !== undefined && readAt - known.readAt < FRESH_MS) return known.value;
    const before = this.#changes;
    const value = await load();
    // What was read while something changed may be what it was before.
    if (before !== this.#changes) return value;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    // Deleting first moves the key to the young end of the map.
    this.#known.delete(key);
    this.#known.set(key, { value, readAt });
    this.#dropStale(readAt);
    return value;
  }

  /** What is read once a day would otherwise stay for ever: ten thousand sleeping agents are many megabytes. */
  #dropStale(now: number): void {
    for (const [key, { readAt }] of this.#known) {
      if (now - readAt < FRESH_MS) return;
      this.#known.delete(key);
    }
  }

  forget(key: string): void {
    this.#changes += 1;
    this.#known.delete(key);
  }
}

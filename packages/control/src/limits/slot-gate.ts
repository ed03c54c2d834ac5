/** One thing of which only so many may be under way at once. */
export interface Slot {
  readonly key: string;
  readonly most: number;
}

/** How many are under way, by key. It holds no more keys than there is under way. */
export class SlotGate {
  readonly #held = new Map<string, number>();

  get size(): number {
    return this.#held.size;
  }

  held(key: string): number {
    return this.#held.get(key) ?? 0;
  }

  /** The first that is full, when one is: then nothing was taken. Else `leave` must follow, once. */
  enter<S extends Slot>(slots: readonly S[]): S | undefined {
    const full = slots.find(({ key, most }) => this.held(key) >= most);
    if (full === undefined) for (const { key } of slots) this.#held.set(key, this.held(key) + 1);
    return full;
  }

  leave(slots: readonly Pick<Slot, "key">[]): void {
    for (const { key } of slots) {
      const left = this.held(key) - 1;
      if (left > 0) this.#held.set(key, left);
      else this.#held.delete(key);
    }
  }
}

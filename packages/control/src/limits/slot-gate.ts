/** One thing of which only so many may be under way at once. */
export interface Slot {
  readonly key: string;
  readonly most: number;
}

interface Waiter {
  readonly slots: readonly Slot[];
  readonly enter: () => void;
}

/**
 * How many are under way, by key. It holds no more keys than there is under way. Those that wait enter in their order,
 * past one that waits for other keys; the first of them has one place of each of its keys kept for it, so that it gets
 * in however many keys it needs.
 */
export class SlotGate {
  readonly #held = new Map<string, number>();
  readonly #waiting = new Set<Waiter>();

  get size(): number {
    return this.#held.size;
  }

  held(key: string): number {
    return this.#held.get(key) ?? 0;
  }

  /** The first that is full, when one is: then nothing was taken. Else `leave` must follow, once. */
  enter<S extends Slot>(slots: readonly S[]): S | undefined {
    const [first] = this.#waiting;
    const isKept = (key: string): boolean => first?.slots.some((slot) => slot.key === key) ?? false;
    const full = slots.find(({ key, most }) => this.held(key) + (isKept(key) ? 1 : 0) >= most);
    if (full === undefined) this.force(slots);
    return full;
  }

  /** Enters, full or not. `leave` must follow, once. */
  force(slots: readonly Slot[]): void {
    for (const { key } of slots) this.#held.set(key, this.held(key) + 1);
  }

  /** True: it has entered, and `leave` must follow, once. False: it was aborted first. */
  async wait(slots: readonly Slot[], signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.enter(slots) === undefined) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiter: Waiter = { slots, enter: () => resolve(true) };
    const onAbort = (): void => {
      this.#waiting.delete(waiter);
      resolve(false);
      this.#admit();
    };
    this.#waiting.add(waiter);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  leave(slots: readonly Pick<Slot, "key">[]): void {
    for (const { key } of slots) {
      const left = this.held(key) - 1;
      if (left > 0) this.#held.set(key, left);
      else this.#held.delete(key);
    }
    this.#admit();
  }

  #admit(): void {
    for (const waiter of this.#waiting) {
      const [first] = this.#waiting;
      const kept = first === waiter ? undefined : first;
      const isFree = ({ key, most }: Slot): boolean =>
        this.held(key) + (kept?.slots.some((slot) => slot.key === key) === true ? 1 : 0) < most;
      if (!waiter.slots.every(isFree)) continue;
      this.#waiting.delete(waiter);
      this.force(waiter.slots);
      waiter.enter();
    }
  }
}

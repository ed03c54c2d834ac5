import type { TaskEvent } from "@berth/protocol";

/** Events of one read, and what a slow reader of a long log holds in memory. */
export const PAGE_EVENTS = 250;
const KEPT_PAGES = 4;

/**
 * The pages of one task's log that were read last. Whoever follows a log from its start reads the same pages as the
 * others do, mostly at the same time: they share one read and one copy.
 */
export class EventPages {
  readonly #read: (after: number) => Promise<readonly TaskEvent[]>;
  /** By the seq before their first event, in the order of their last use. */
  readonly #pages = new Map<number, Promise<readonly TaskEvent[]>>();

  /** @param read up to PAGE_EVENTS events with seq > `after`, which are all there already. */
  constructor(read: (after: number) => Promise<readonly TaskEvent[]>) {
    this.#read = read;
  }

  /** Up to a page of events with seq > `after`. */
  async after(after: number): Promise<readonly TaskEvent[]> {
    const start = after - (after % PAGE_EVENTS);
    const page = this.#pages.get(start) ?? this.#read(start);
    this.#pages.delete(start);
    this.#pages.set(start, page);
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > KEPT_PAGES && oldest !== undefined) this.#pages.delete(oldest);
    try {
      return (await page).slice(after - start);
    } catch (error) {
      // The next reader asks the store again.
      if (this.#pages.get(start) === page) this.#pages.delete(start);
      throw error;
    }
  }

  clear(): void {
    this.#pages.clear();
  }
}

import type { MemoryItemStore, MemorySpaceState } from "@berth/store";
import type { Embedders } from "./embedders/embedder.ts";
import { embedItem } from "./space-memory.ts";

export interface MemoryUpkeepOptions {
  readonly store: MemoryItemStore;
  readonly embedders: Embedders;
  readonly now: () => Date;
  readonly log?: (line: string) => void;
}

const EVERY_MS = 60_000;
/** Readers that have not looked for so long begin anew. */
const FORGET_AFTER_MS = 24 * 3_600_000;
const PRUNED_AT_ONCE = 1_000;
const SPACES_AT_ONCE = 100;
const ITEMS_AT_ONCE = 16;

/**
 * Removes what has expired, and gives every item vectors of the current model. Reads what there is to do from the store,
 * so it goes on where an earlier process was stopped; a space is searched with its old vectors until all new ones are there.
 */
export class MemoryUpkeep {
  readonly #options: MemoryUpkeepOptions;
  readonly #closing = new AbortController();
  #timer: ReturnType<typeof setInterval> | undefined;
  #running: Promise<void> | undefined;

  constructor(options: MemoryUpkeepOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.run(), EVERY_MS);
    this.#timer.unref();
    void this.run();
  }

  /** One round; never throws. A second one meanwhile is the same. */
  async run(): Promise<void> {
    this.#running ??= this.#round()
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted) this.#options.log?.(`the upkeep of memories: ${String(error)}`);
      })
      .finally(() => (this.#running = undefined));
    await this.#running;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing.abort();
    await this.#running;
  }

  async #round(): Promise<void> {
    const { store, embedders, now } = this.#options;
    for (let removed = PRUNED_AT_ONCE; removed === PRUNED_AT_ONCE && !this.#closing.signal.aborted;) {
      const at = now();
      const forgetBefore = new Date(at.getTime() - FORGET_AFTER_MS).toISOString();
      removed = await store.prune({ now: at.toISOString(), forgetBefore, limit: PRUNED_AT_ONCE });
    }
    for (const space of await store.staleSpaces(embedders.current.model, SPACES_AT_ONCE)) await this.#embed(space);
  }

  async #embed(space: MemorySpaceState): Promise<void> {
    const { store, embedders, log } = this.#options;
    const { current } = embedders;
    const { signal } = this.#closing;
    do {
      for (;;) {
        signal.throwIfAborted();
        const items = await store.unembedded(space, current.model, ITEMS_AT_ONCE);
        if (items.length === 0) break;
        for (const item of items) await store.addVectors(item, await embedItem(current, item, signal));
      }
      // Another process may have saved one meanwhile.
    } while (!(await store.switchModel(space, current.model)));
    log?.(`the memory of ${space.agentId} for ${space.owner || "everybody"} is searched with ${current.model} now`);
  }
}

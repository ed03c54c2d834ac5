import { setImmediate as breathe } from "node:timers/promises";
import type { MemoryItemStore, MemorySpace, MemorySpaceState } from "@berth/store";
import { SpaceIndex } from "./space-index.ts";

export interface IndexCacheOptions {
  readonly store: MemoryItemStore;
  /** Of all indexes together; the one in use stays, whatever its size. Default 512 MiB. */
  readonly maxBytes?: number;
}

/** Items read at once: their texts and vectors are in memory twice for that moment. */
const PAGE = 50;

/**
 * The indexes of the spaces that were searched last. An index is brought up to date by the space's changes before it is
 * used, so it does not matter which process has written; searches of one space wait for one reader.
 */
export class IndexCache {
  readonly #options: IndexCacheOptions;
  /** In the order of their last use. */
  readonly #indexes = new Map<string, { readonly index: SpaceIndex; readonly bytes: number }>();
  readonly #reading = new Map<string, Promise<SpaceIndex>>();
  #bytes = 0;

  constructor(options: IndexCacheOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** With everything that was written up to `state`, and the vectors of this model. */
  async index(state: MemorySpaceState, model: string): Promise<SpaceIndex> {
    const key = JSON.stringify([state.orgId, state.agentId, state.owner]);
    for (;;) {
      const known = this.#indexes.get(key)?.index;
      if (known !== undefined && isCurrent(known, state, model)) {
        this.#use(key, known);
        return known;
      }
      // Whoever waits looks again: it may need more than was being read.
      const reading = this.#reading.get(key) ?? this.#start(key, state, model);
      const index = await reading;
      if (isCurrent(index, state, model)) return index;
    }
  }

  #start(key: string, state: MemorySpaceState, model: string): Promise<SpaceIndex> {
    const reading = this.#read(this.#indexes.get(key)?.index, state, model).finally(() => this.#reading.delete(key));
    this.#reading.set(key, reading);
    void reading.then(
      (index) => this.#use(key, index),
      () => this.#drop(key),
    );
    return reading;
  }

  async #read(known: SpaceIndex | undefined, state: MemorySpaceState, model: string): Promise<SpaceIndex> {
    const { store } = this.#options;
    const usable = known !== undefined && known.model === model && known.revision >= state.floor && !known.isWorn;
    const index = usable ? known : new SpaceIndex(model);
    const space: MemorySpace = state;
    for (;;) {
      const changes = await store.changes(space, { model, after: index.revision, limit: PAGE });
      for (const change of changes) index.apply(change);
      if (changes.length < PAGE) break;
      // Splitting texts into words takes a while; others get their turn.
      await breathe();
    }
    index.reach(state.revision);
    return index;
  }

  #use(key: string, index: SpaceIndex): void {
    const { maxBytes = 512 * 1024 * 1024 } = this.#options;
    this.#drop(key);
    const { bytes } = index;
    this.#indexes.set(key, { index, bytes });
    this.#bytes += bytes;
    for (const other of this.#indexes.keys()) {
      if (this.#bytes <= maxBytes || other === key) return;
      this.#drop(other);
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#indexes.get(key)?.bytes ?? 0;
    this.#indexes.delete(key);
  }
}

function isCurrent(index: SpaceIndex, { revision, floor }: MemorySpaceState, model: string): boolean {
  return index.model === model && index.revision >= revision && index.revision >= floor && !index.isWorn;
}

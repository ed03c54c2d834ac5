import { assertMemoryQuota, memoryAsKept, memoryBytes, refreshedMemory, spaceOf } from "../kept-memory.ts";
import type {
  MemoryChange,
  MemoryItem,
  MemoryItemStore,
  MemorySpace,
  MemorySpaceState,
  MemoryVectors,
  SavedMemory,
} from "../memory-item-store.ts";
import { boundPageSize } from "../page-token.ts";
import { keyOf } from "../task-book.ts";
import type { InMemoryState } from "./in-memory-state.ts";

interface Entry {
  readonly revision: number;
  readonly item: MemoryItem;
  readonly removedAt?: string;
}

interface Space {
  state: MemorySpaceState;
  readonly entries: Map<string, Entry>;
}

export class InMemoryItemStore implements MemoryItemStore {
  readonly #state: InMemoryState;
  readonly #now: () => Date;
  readonly #spaces = new Map<string, Space>();
  /** By organization and item, then by model. */
  readonly #vectors = new Map<string, Map<string, Uint8Array>>();

  constructor(state: InMemoryState, now: () => Date) {
    this.#state = state;
    this.#now = now;
  }

  async space(space: MemorySpace): Promise<MemorySpaceState | undefined> {
    return this.#find(space)?.state;
  }

  async spaces(
    orgId: string,
    agentId: string,
    { after, limit }: { readonly after?: string; readonly limit: number },
  ): Promise<readonly MemorySpaceState[]> {
    this.#state.assertOpen();
    return [...this.#spaces.values()]
      .map(({ state }) => state)
      .filter((each) => each.orgId === orgId && each.agentId === agentId)
      .filter(({ owner }) => after === undefined || owner > after)
      .sort((a, b) => (a.owner < b.owner ? -1 : 1))
      .slice(0, boundPageSize(limit));
  }

  async refresh(item: MemoryItem): Promise<SavedMemory | undefined> {
    const kept = memoryAsKept(item);
    const space = this.#find(kept);
    const same = space === undefined ? undefined : currentOf(space, kept);
    if (space === undefined || same?.digest !== kept.digest) return undefined;
    return this.#refresh(space, kept, same);
  }

  async save(
    item: MemoryItem,
    vectors: readonly MemoryVectors[],
    { model, quota }: Parameters<MemoryItemStore["save"]>[2],
  ): Promise<SavedMemory> {
    const kept = memoryAsKept(item);
    this.#state.assertOpen();
    const key = spaceKey(kept);
    const space = this.#spaces.get(key) ?? {
      state: { ...spaceOf(kept), model, revision: 0, floor: 0, items: 0, bytes: 0 },
      entries: new Map<string, Entry>(),
    };
    const prior = currentOf(space, kept);
    if (prior?.digest === kept.digest) return this.#refresh(space, kept, prior);
    const grown = {
      items: prior === undefined ? 1 : 0,
      bytes: memoryBytes(kept) - (prior === undefined ? 0 : memoryBytes(prior)),
    };
    const { items, bytes } = space.state;
    assertMemoryQuota({ items: items + grown.items, bytes: bytes + grown.bytes }, grown, quota);
    this.#spaces.set(key, space);
    if (prior !== undefined) this.#drop(space, prior);
    this.#put(space, kept);
    for (const { model: name, bytes: content } of vectors) this.#setVectors(kept, name, content);
    return { item: kept, outcome: prior === undefined ? "created" : "replaced" };
  }

  async setEvent({ orgId, itemId }: Pick<MemoryItem, "orgId" | "itemId">, eventSeq: number): Promise<void> {
    this.#state.assertOpen();
    for (const { state, entries } of this.#spaces.values()) {
      const entry = state.orgId === orgId ? entries.get(itemId) : undefined;
      if (entry !== undefined && entry.removedAt === undefined) {
        entries.set(itemId, { ...entry, item: { ...entry.item, eventSeq } });
      }
    }
  }

  async get(space: MemorySpace, itemIds: readonly string[]): Promise<readonly MemoryItem[]> {
    const wanted = new Set(itemIds);
    return liveItems(this.#find(space)).filter(({ itemId }) => wanted.has(itemId));
  }

  async findKey(space: MemorySpace, key: string): Promise<MemoryItem | undefined> {
    return liveItems(this.#find(space)).find((item) => item.key === key);
  }

  async list(
    space: MemorySpace,
    { after, limit }: { readonly after?: string; readonly limit: number },
  ): Promise<readonly MemoryItem[]> {
    return liveItems(this.#find(space))
      .filter(({ itemId }) => after === undefined || itemId < after)
      .sort((a, b) => (a.itemId > b.itemId ? -1 : 1))
      .slice(0, boundPageSize(limit));
  }

  async remove(space: MemorySpace, itemIds: readonly string[]): Promise<number> {
    const found = this.#find(space);
    if (found === undefined) return 0;
    const items = await this.get(space, itemIds);
    for (const item of items) this.#drop(found, item);
    return items.length;
  }

  async changes(
    space: MemorySpace,
    { model, after, limit }: Parameters<MemoryItemStore["changes"]>[1],
  ): Promise<readonly MemoryChange[]> {
    return [...(this.#find(space)?.entries.values() ?? [])]
      .filter(({ revision }) => revision > after)
      .sort((a, b) => a.revision - b.revision)
      .slice(0, boundPageSize(limit))
      .map(({ revision, item, removedAt }) => {
        if (removedAt !== undefined) return { revision, itemId: item.itemId };
        const vectors = this.#vectors.get(keyOf(item.orgId, item.itemId))?.get(model);
        return { revision, item, ...(vectors === undefined ? {} : { vectors }) };
      });
  }

  async prune({ now, forgetBefore, limit }: Parameters<MemoryItemStore["prune"]>[0]): Promise<number> {
    this.#state.assertOpen();
    let removed = 0;
    for (const space of this.#spaces.values()) {
      for (const { revision, item, removedAt } of Array.from(space.entries.values())) {
        if (removedAt === undefined && item.expiresAt !== undefined && item.expiresAt <= now && removed < limit) {
          this.#drop(space, item);
          removed++;
        }
        if (removedAt === undefined || removedAt >= forgetBefore) continue;
        space.entries.delete(item.itemId);
        space.state = { ...space.state, floor: Math.max(space.state.floor, revision) };
      }
    }
    return removed;
  }

  async staleSpaces(model: string, limit: number): Promise<readonly MemorySpaceState[]> {
    this.#state.assertOpen();
    return [...this.#spaces.values()]
      .map(({ state }) => state)
      .filter((each) => each.model !== model)
      .slice(0, limit);
  }

  async unembedded(space: MemorySpace, model: string, limit: number): Promise<readonly MemoryItem[]> {
    return liveItems(this.#find(space))
      .filter(({ orgId, itemId }) => this.#vectors.get(keyOf(orgId, itemId))?.has(model) !== true)
      .slice(0, limit);
  }

  async addVectors(
    { orgId, itemId }: Pick<MemoryItem, "orgId" | "itemId">,
    { model, bytes }: MemoryVectors,
  ): Promise<void> {
    this.#state.assertOpen();
    const spaces = [...this.#spaces.values()].filter(({ state }) => state.orgId === orgId);
    const entry = spaces.map(({ entries }) => entries.get(itemId)).find((each) => each !== undefined);
    if (entry !== undefined && entry.removedAt === undefined) this.#setVectors(entry.item, model, bytes);
  }

  async switchModel(space: MemorySpace, model: string): Promise<boolean> {
    const found = this.#find(space);
    if (found === undefined || (await this.unembedded(space, model, 1)).length > 0) return false;
    const revision = found.state.revision + 1;
    found.state = { ...found.state, model, revision, floor: revision };
    for (const { orgId, itemId } of liveItems(found)) {
      const vectors = this.#vectors.get(keyOf(orgId, itemId));
      for (const other of vectors?.keys() ?? []) if (other !== model) vectors?.delete(other);
    }
    return true;
  }

  #find(space: MemorySpace): Space | undefined {
    this.#state.assertOpen();
    return this.#spaces.get(spaceKey(space));
  }

  #refresh(space: Space, kept: MemoryItem, same: MemoryItem): SavedMemory {
    const item = refreshedMemory(kept, same);
    const { items, bytes } = space.state;
    space.state = { ...space.state, items: items - 1, bytes: bytes - memoryBytes(same) };
    this.#put(space, item);
    return { item, outcome: "unchanged" };
  }

  #put(space: Space, item: MemoryItem): void {
    const { state } = space;
    const revision = state.revision + 1;
    space.state = { ...state, revision, items: state.items + 1, bytes: state.bytes + memoryBytes(item) };
    space.entries.set(item.itemId, { revision, item });
  }

  #drop(space: Space, item: MemoryItem): void {
    const { state } = space;
    const revision = state.revision + 1;
    space.state = { ...state, revision, items: state.items - 1, bytes: state.bytes - memoryBytes(item) };
    space.entries.set(item.itemId, { revision, item, removedAt: this.#now().toISOString() });
    this.#vectors.delete(keyOf(item.orgId, item.itemId));
  }

  #setVectors({ orgId, itemId }: MemoryItem, model: string, bytes: Uint8Array): void {
    const key = keyOf(orgId, itemId);
    const vectors = this.#vectors.get(key) ?? new Map<string, Uint8Array>();
    this.#vectors.set(key, vectors.set(model, new Uint8Array(bytes)));
  }
}

function spaceKey({ orgId, agentId, owner }: MemorySpace): string {
  return keyOf(orgId, agentId, owner);
}

function liveItems(space: Space | undefined): readonly MemoryItem[] {
  return [...(space?.entries.values() ?? [])].flatMap(({ item, removedAt }) => (removedAt === undefined ? [item] : []));
}

/** What a save of this item takes the place of. */
function currentOf(space: Space, { key, digest }: MemoryItem): MemoryItem | undefined {
  return liveItems(space).find((each) =>
    key === undefined ? each.key === undefined && each.digest === digest : each.key === key,
  );
}

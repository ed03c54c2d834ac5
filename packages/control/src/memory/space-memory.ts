import { createHash } from "node:crypto";
import type { AgentMemoryConfig, IdGenerator } from "@berth/protocol";
import type {
  MemoryItem,
  MemoryItemStore,
  MemorySpace,
  MemorySpaceState,
  MemoryVectors,
  SavedMemory,
} from "@berth/store";
import type { Embedder, Embedders } from "./embedders/embedder.ts";
import { IndexCache } from "./index/index-cache.ts";
import type { MemoryPage, MemorySearch, MemoryTarget, NewMemory } from "./parse-requests.ts";
import { chunkText } from "./text/chunk-text.ts";

export interface SpaceMemoryOptions {
  readonly store: MemoryItemStore;
  readonly embedders: Embedders;
  readonly ids: IdGenerator;
  readonly now: () => Date;
}

/** A passage that was found, and the item it is part of. */
export interface MemoryHit {
  readonly item: MemoryItem;
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly score: number;
}

export interface MemoryAnswer {
  readonly hits: readonly MemoryHit[];
  /** Whose vectors were compared; undefined: only words were. */
  readonly model: string | undefined;
}

/** Of texts and metadata in one space. */
const MAX_BYTES = 256 * 1024 * 1024;
const REMOVED_AT_ONCE = 500;
const LISTED_AT_ONCE = 1_000;

/** What a space remembers and how it is found again. Whoever calls has decided that the space may be used. */
export class SpaceMemory {
  readonly #options: SpaceMemoryOptions;
  readonly #indexes: IndexCache;

  constructor(options: SpaceMemoryOptions) {
    this.#options = options;
    this.#indexes = new IndexCache({ store: options.store });
  }

  /** @throws QUOTA_EXCEEDED, MODEL_FAILED */
  async save(
    space: MemorySpace,
    { text, metadata, key, source, ttlSeconds }: NewMemory,
    { by, runId, config }: { readonly by: string; readonly runId?: string; readonly config: AgentMemoryConfig },
  ): Promise<SavedMemory> {
    const { store, embedders, ids, now } = this.#options;
    const at = now();
    const expiresAt = expiryOf(at, ttlSeconds, config.ttlDays);
    const item: MemoryItem = {
      ...space,
      itemId: ids("memory"),
      digest: digestOf(text),
      text,
      spans: chunkText(text),
      metadata,
      by,
      createdAt: at.toISOString(),
      updatedAt: at.toISOString(),
      ...(key === undefined ? {} : { key }),
      ...(source === undefined ? {} : { source }),
      ...(runId === undefined ? {} : { runId }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    const refreshed = await store.refresh(item);
    if (refreshed !== undefined) return refreshed;
    // While a space moves to another model it is searched with the old one: what is new has to be found too.
    const old = embedders.of((await store.space(space))?.model ?? embedders.current.model);
    const used = new Set([embedders.current, ...(old === undefined ? [] : [old])]);
    const vectors: MemoryVectors[] = [];
    for (const embedder of used) vectors.push(await embedItem(embedder, item));
    const quota = { maxItems: config.maxItems, maxBytes: MAX_BYTES };
    return await store.save(item, vectors, { model: embedders.current.model, quota });
  }

  /** @throws MODEL_FAILED */
  async search(space: MemorySpace, search: MemorySearch, signal?: AbortSignal): Promise<MemoryAnswer> {
    const { store, now } = this.#options;
    const state = await store.space(space);
    if (state === undefined) return { hits: [], model: undefined };
    const { query: text, mode, limit, filter } = search;
    const embedder = mode === "text" ? undefined : this.#embedderOf(state);
    const [vector] = (await embedder?.embed([text], signal)) ?? [];
    const index = await this.#indexes.index(state, embedder?.model ?? state.model);
    const found = index.search({
      text,
      mode,
      limit,
      now: now().toISOString(),
      weight: embedder?.weight ?? 1,
      ...(vector === undefined ? {} : { vector }),
      ...(filter === undefined ? {} : { filter }),
    });
    const items = await store.get(space, [...new Set(found.map(({ itemId }) => itemId))]);
    const byId = new Map(items.map((item) => [item.itemId, item]));
    const hits = found.flatMap(({ itemId, span, score }) => toHit(byId.get(itemId), span, score) ?? []);
    return { hits, model: vector === undefined ? undefined : embedder?.model };
  }

  /** Gives how many there were. */
  async remove(space: MemorySpace, target: MemoryTarget): Promise<number> {
    const { store } = this.#options;
    const ids = await this.#idsOf(space, target);
    let removed = 0;
    for (let i = 0; i < ids.length; i += REMOVED_AT_ONCE) {
      removed += await store.remove(space, ids.slice(i, i + REMOVED_AT_ONCE));
    }
    return removed;
  }

  /** Newest first, without what has expired. */
  async list(
    space: MemorySpace,
    page: MemoryPage,
  ): Promise<{ readonly items: readonly MemoryItem[]; readonly next?: string }> {
    const items = await this.#options.store.list(space, page);
    const now = this.#options.now().toISOString();
    const alive = items.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now);
    const last = items.length === page.limit ? items.at(-1)?.itemId : undefined;
    return { items: alive, ...(last === undefined ? {} : { next: last }) };
  }

  async #idsOf(space: MemorySpace, target: MemoryTarget): Promise<readonly string[]> {
    const { store } = this.#options;
    if ("ids" in target) return target.ids;
    if ("key" in target) {
      const found = await store.findKey(space, target.key);
      return found === undefined ? [] : [found.itemId];
    }
    if ("filter" in target) {
      const state = await store.space(space);
      return state === undefined ? [] : (await this.#indexes.index(state, state.model)).matching(target.filter);
    }
    const all: string[] = [];
    for (let after: string | undefined = ""; after !== undefined;) {
      const page = await store.list(space, { limit: LISTED_AT_ONCE, ...(after === "" ? {} : { after }) });
      all.push(...page.map(({ itemId }) => itemId));
      after = page.length === LISTED_AT_ONCE ? page.at(-1)?.itemId : undefined;
    }
    return all;
  }

  /** Of the space's own model; where that cannot be asked any more, the new one, whose vectors are still being made. */
  #embedderOf({ model }: MemorySpaceState): Embedder {
    const { embedders } = this.#options;
    return embedders.of(model) ?? embedders.current;
  }
}

/** The vectors of all spans of an item. @throws MODEL_FAILED */
export async function embedItem(
  embedder: Embedder,
  { text, spans }: MemoryItem,
  signal?: AbortSignal,
): Promise<MemoryVectors> {
  const passages = spans.map(([from, to]) => text.slice(from, to));
  const vectors = await embedder.embed(passages, signal);
  const bytes = Buffer.concat(
    vectors.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  );
  return { model: embedder.model, bytes };
}

export function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

function expiryOf(now: Date, ttlSeconds: number | undefined, ttlDays: number | undefined): string | undefined {
  const seconds = Math.min(ttlSeconds ?? Number.POSITIVE_INFINITY, (ttlDays ?? Number.POSITIVE_INFINITY) * 86_400);
  return Number.isFinite(seconds) ? new Date(now.getTime() + seconds * 1_000).toISOString() : undefined;
}

/** Undefined for an item that was removed meanwhile. */
function toHit(item: MemoryItem | undefined, span: number, score: number): MemoryHit | undefined {
  const place = item?.spans[span];
  if (item === undefined || place === undefined) return undefined;
  const [from, to] = place;
  return { item, text: item.text.slice(from, to), from, to, score };
}

import type { JsonObject } from "@berth/protocol";

/** Whose memory it is: an agent's, of one principal; with the owner `""` it is what the agent remembers for everybody. */
export interface MemorySpace {
  readonly orgId: string;
  readonly agentId: string;
  readonly owner: string;
}

export interface MemoryItem extends MemorySpace {
  readonly itemId: string;
  /** Unique in its space. */
  readonly key?: string;
  /** `sha256:<hex>` of the text. */
  readonly digest: string;
  readonly text: string;
  /** What is searched, as places in the text: from and up to, in UTF-16 units. */
  readonly spans: readonly (readonly [from: number, to: number])[];
  readonly metadata: JsonObject;
  /** Where the text comes from, in the words of whoever saved it. */
  readonly source?: string;
  /** The run that saved it, and the event of its log that says so. */
  readonly runId?: string;
  readonly eventSeq?: number;
  /** The principal in whose name it was saved. */
  readonly by: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly expiresAt?: string;
}

/** The vectors of an item's spans one after the other: little-endian float32. */
export interface MemoryVectors {
  readonly model: string;
  readonly bytes: Uint8Array;
}

export interface MemorySpaceState extends MemorySpace {
  /** The model whose vectors are searched: every item that has any has those. */
  readonly model: string;
  /** Grows with every write. */
  readonly revision: number;
  /** Removals up to this revision are no longer told: a reader that has seen less starts anew. */
  readonly floor: number;
  readonly items: number;
  /** Of texts and metadata, in UTF-8. */
  readonly bytes: number;
}

export interface MemoryQuota {
  readonly maxItems: number;
  readonly maxBytes: number;
}

export interface SavedMemory {
  readonly item: MemoryItem;
  /** `unchanged`: the same text was there; its metadata and its expiry are the new ones. */
  readonly outcome: "created" | "replaced" | "unchanged";
}

export type MemoryChange = { readonly revision: number } & (
  | { readonly itemId: string; readonly item?: undefined }
  | { readonly item: MemoryItem; readonly vectors?: Uint8Array }
);

/**
 * What agents remember. Writes of one space take turns, and each has a revision of its own, so that whoever keeps an
 * index learns with `changes` exactly what has happened since. Items that have expired are there until `prune`.
 */
export interface MemoryItemStore {
  space(space: MemorySpace): Promise<MemorySpaceState | undefined>;
  /** Ordered by owner. */
  spaces(
    orgId: string,
    agentId: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly MemorySpaceState[]>;
  /**
   * For text that may be there already, before anybody computes its vectors: as `save`, but undefined, and nothing
   * written, unless the same text stands under the same key, or without one.
   */
  refresh(item: MemoryItem): Promise<SavedMemory | undefined>;
  /**
   * Takes the place of what stands under the item's key; without one, of the same text without one. `model` becomes the
   * space's when that is new. @throws QUOTA_EXCEEDED
   */
  save(
    item: MemoryItem,
    vectors: readonly MemoryVectors[],
    options: { readonly model: string; readonly quota: MemoryQuota },
  ): Promise<SavedMemory>;
  /** Which event says that it was saved. */
  setEvent(item: Pick<MemoryItem, "orgId" | "itemId">, eventSeq: number): Promise<void>;
  /** In no particular order; those that are not of this space are left out. */
  get(space: MemorySpace, itemIds: readonly string[]): Promise<readonly MemoryItem[]>;
  findKey(space: MemorySpace, key: string): Promise<MemoryItem | undefined>;
  /** Newest first, behind the item `after`. */
  list(space: MemorySpace, page: { readonly after?: string; readonly limit: number }): Promise<readonly MemoryItem[]>;
  /** Their text and vectors are gone when it resolves. Gives how many there were. */
  remove(space: MemorySpace, itemIds: readonly string[]): Promise<number>;
  /** In the order of their revisions, after that one; with the vectors of this model. */
  changes(
    space: MemorySpace,
    options: { readonly model: string; readonly after: number; readonly limit: number },
  ): Promise<readonly MemoryChange[]>;
  /** Of all organizations: removes what has expired, and forgets removals from before `forgetBefore`. Gives how many it removed. */
  prune(options: { readonly now: string; readonly forgetBefore: string; readonly limit: number }): Promise<number>;
  /** Of all organizations: spaces that are searched with another model. */
  staleSpaces(model: string, limit: number): Promise<readonly MemorySpaceState[]>;
  /** Items of the space without vectors of this model. */
  unembedded(space: MemorySpace, model: string, limit: number): Promise<readonly MemoryItem[]>;
  /** Of an item that is gone meanwhile: nothing happens. */
  addVectors(item: Pick<MemoryItem, "orgId" | "itemId">, vectors: MemoryVectors): Promise<void>;
  /** The space is searched with this model from now on, and other vectors go. False, and nothing done, while an item has none of it. */
  switchModel(space: MemorySpace, model: string): Promise<boolean>;
}

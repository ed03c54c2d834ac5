import type { JsonObject, MemoryScope } from "@berth/protocol";

type Scalar = string | number | boolean | null;

/** By members of the metadata, all of which must hold; of a member that is a list, one entry must. */
export interface MemoryFilter {
  readonly [field: string]:
    | Scalar
    | { readonly in: readonly Scalar[] }
    | {
        readonly gt?: string | number;
        readonly gte?: string | number;
        readonly lt?: string | number;
        readonly lte?: string | number;
      };
}

interface Scoped {
  /** `user`, by default: what is remembered for the caller of this run. `agent`: for everybody; berth.json has to allow it. */
  readonly scope?: MemoryScope;
}

export interface NewMemory extends Scoped {
  /** At most 128 KiB. */
  readonly text: string;
  readonly metadata?: JsonObject;
  /** What is saved under the same key later takes its place. */
  readonly key?: string;
  readonly ttlSeconds?: number;
  /** Where the text comes from. */
  readonly source?: string;
}

export interface MemorySearch extends Scoped {
  readonly query: string;
  /** 1 to 100, default 10. */
  readonly limit?: number;
  readonly filter?: MemoryFilter;
  /** Default `hybrid`: by meaning and by words. */
  readonly mode?: "hybrid" | "vector" | "text";
}

export type MemoryTarget = Scoped &
  (
    | { readonly ids: readonly string[] }
    | { readonly key: string }
    | { readonly filter: MemoryFilter }
    | { readonly all: true }
  );

interface MemoryOrigin {
  readonly id: string;
  readonly key?: string;
  readonly metadata: JsonObject;
  readonly source?: string;
  /** The run that saved it, and the event of its log that says so. */
  readonly runId?: string;
  readonly eventSeq?: number;
  readonly createdAt: string;
}

/** The passage that was found, best first. */
export interface MemoryHit extends MemoryOrigin {
  readonly text: string;
  readonly score: number;
}

export interface MemoryItem extends MemoryOrigin {
  readonly text: string;
  readonly expiresAt?: string;
}

export interface SavedMemory {
  readonly id: string;
  /** `unchanged`: the same text was there. */
  readonly outcome: "created" | "replaced" | "unchanged";
  /** In how many passages it is searched. */
  readonly passages: number;
}

/** What the agent remembers from run to run. @throws ServiceError when the run may not, or something does not fit. */
export interface Memory {
  /** Durable, and found by the next search, when it resolves. */
  save(memory: NewMemory): Promise<SavedMemory>;
  search(search: MemorySearch): Promise<readonly MemoryHit[]>;
  /** Gives how many there were. */
  delete(target: MemoryTarget): Promise<number>;
  /** Newest first; go on with `after: next`. */
  list(
    page?: Scoped & { readonly limit?: number; readonly after?: string },
  ): Promise<{ readonly items: readonly MemoryItem[]; readonly next?: string }>;
}

import type { MemoryHit, MemoryItem, MemorySearch, MemoryTarget, NewMemory, SavedMemory } from "../memory.ts";
import type { CallOptions } from "./call-options.ts";
import type { HttpRequest } from "./http.ts";

/** Whose memory: the caller's own unless it says otherwise. */
export interface MemoryOwner {
  readonly scope?: "user" | "agent";
  /** A principal's id. */
  readonly owner?: string;
}

export interface MemorySpaceInfo {
  readonly scope: "user" | "agent";
  readonly owner?: string;
  readonly items: number;
  readonly bytes: number;
  readonly model: string;
}

export interface MemoryAnswerInfo {
  readonly hits: readonly MemoryHit[];
  /** Whose vectors were compared; absent: only words were. */
  readonly model?: string;
}

interface Page {
  readonly after?: string;
  readonly limit?: number;
}

/** What an agent remembers. */
export interface MemoryClient {
  spaces(
    agent: string,
    page?: Page,
    options?: CallOptions,
  ): Promise<{ readonly spaces: readonly MemorySpaceInfo[]; readonly next?: string }>;
  list(
    agent: string,
    query?: MemoryOwner & Page,
    options?: CallOptions,
  ): Promise<{ readonly items: readonly MemoryItem[]; readonly next?: string }>;
  save(agent: string, memory: NewMemory & MemoryOwner, options?: CallOptions): Promise<SavedMemory>;
  search(agent: string, search: MemorySearch & MemoryOwner, options?: CallOptions): Promise<MemoryAnswerInfo>;
  remove(
    agent: string,
    target: MemoryTarget & MemoryOwner,
    options?: CallOptions,
  ): Promise<{ readonly removed: number }>;
}

export function createMemoryClient(
  request: <T>(request: HttpRequest, options?: CallOptions) => Promise<T>,
): MemoryClient {
  const path = (agent: string, rest: string): string => `v1/memory/${encodeURIComponent(agent)}/${rest}`;
  const post = async <T>(agent: string, rest: string, body: object, options?: CallOptions): Promise<T> =>
    // Plain JSON by the types of what is asked for.
    await request({ method: "POST", path: path(agent, rest), json: { ...body } }, options);
  return {
    spaces: async (agent, page, options) =>
      await request({ method: "GET", path: path(agent, "spaces"), query: { ...page } }, options),
    list: async (agent, query, options) =>
      await request({ method: "GET", path: path(agent, "items"), query: { ...query } }, options),
    save: async (agent, memory, options) => await post(agent, "items", memory, options),
    search: async (agent, search, options) => await post(agent, "search", search, options),
    remove: async (agent, target, options) => await post(agent, "delete", target, options),
  };
}

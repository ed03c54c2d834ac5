import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, path, search } from "../../api/client.ts";

export interface MemoryItem {
  readonly id: string;
  readonly scope: "user" | "agent";
  readonly text: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly key?: string;
  readonly source?: string;
  /** The run that saved it, and the event of its log that says so. */
  readonly runId?: string;
  readonly eventSeq?: number;
  readonly by: string;
  readonly createdAt: string;
  readonly expiresAt?: string;
}

export interface MemoryHit extends Omit<MemoryItem, "by"> {
  readonly from: number;
  readonly to: number;
  readonly score: number;
}

export interface MemorySpace {
  readonly scope: "user" | "agent";
  readonly owner?: string;
  readonly items: number;
  readonly bytes: number;
  readonly model: string;
}

/** Whose memory of an agent: one's own without an owner. */
export interface Space {
  readonly agent: string;
  readonly scope: "user" | "agent";
  readonly owner: string | undefined;
}

export const MODES = ["hybrid", "vector", "text"] as const;
export type Mode = (typeof MODES)[number];

export function spacesQuery(agent: string) {
  return queryOptions({
    queryKey: ["memory-spaces", agent],
    queryFn: async ({ signal }) =>
      await api<{ spaces: readonly MemorySpace[]; next?: string }>(path`/v1/memory/${agent}/spaces?limit=100`, {
        signal,
      }),
    enabled: agent !== "",
    retry: false,
  });
}

export function itemsQuery({ agent, scope, owner }: Space) {
  return infiniteQueryOptions({
    queryKey: ["memory-items", agent, scope, owner],
    queryFn: async ({ signal, pageParam }) =>
      await api<{ items: readonly MemoryItem[]; next?: string }>(
        `${path`/v1/memory/${agent}/items`}${search({ scope, owner, after: pageParam, limit: 50 })}`,
        { signal },
      ),
    initialPageParam: "",
    getNextPageParam: ({ next }) => next,
    enabled: agent !== "",
  });
}

export function searchQuery({ agent, scope, owner }: Space, query: string, mode: Mode) {
  return queryOptions({
    queryKey: ["memory-search", agent, scope, owner, query, mode],
    queryFn: async ({ signal }) =>
      await api<{ hits: readonly MemoryHit[]; model?: string }>(path`/v1/memory/${agent}/search`, {
        method: "POST",
        body: { query, mode, scope, limit: 25, ...(owner === undefined ? {} : { owner }) },
        signal,
      }),
    enabled: agent !== "" && query !== "",
  });
}

export async function saveItem(
  space: Space,
  item: { readonly text: string; readonly source?: string; readonly key?: string; readonly metadata?: unknown },
): Promise<void> {
  await api(path`/v1/memory/${space.agent}/items`, { method: "POST", body: { ...item, ...placeOf(space) } });
}

export async function deleteItem(space: Space, id: string): Promise<void> {
  await api(path`/v1/memory/${space.agent}/delete`, { method: "POST", body: { ids: [id], ...placeOf(space) } });
}

function placeOf({ scope, owner }: Space): object {
  return { scope, ...(owner === undefined ? {} : { owner }) };
}

/** How good a hit is against the best of its list: scores of different modes cannot be compared, so only this is drawn. */
export function shareOf(score: number, best: number): number {
  if (!(best > 0) || !(score > 0)) return 0;
  return Math.max(0, Math.min(1, score / best));
}

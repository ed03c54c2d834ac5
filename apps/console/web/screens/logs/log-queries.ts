import { queryOptions } from "@tanstack/react-query";
import type { StoredLog } from "@berth/telemetry";
import { api, path, search } from "../../api/client.ts";
import type { TimeRange } from "./model/time-range.ts";

const PAGE = 500;

export interface LoadedLines {
  /** The oldest first. */
  readonly logs: readonly StoredLog[];
  readonly hasOlder: boolean;
  /** There are newer ones that are not loaded: what is loaded lies around one line. */
  readonly hasNewer: boolean;
}

interface LogPage {
  readonly logs: readonly StoredLog[];
  readonly next?: number;
}

/** The newest lines, or those around one. */
export const linesQuery = (query: string, around: number | undefined) =>
  queryOptions({
    queryKey: ["logs", query, around ?? "newest"],
    queryFn: async ({ signal }): Promise<LoadedLines> => {
      if (around === undefined) {
        const { logs, next } = await read({ q: query, limit: PAGE }, signal);
        return { logs: logs.toReversed(), hasOlder: next !== undefined, hasNewer: false };
      }
      const [older, newer] = await Promise.all([
        read({ q: query, limit: PAGE, before: around + 1 }, signal),
        read({ q: query, limit: PAGE, after: around, order: "oldest" }, signal),
      ]);
      return {
        logs: [...older.logs.toReversed(), ...newer.logs],
        hasOlder: older.next !== undefined,
        hasNewer: newer.next !== undefined,
      };
    },
    // What comes later comes by the live stream.
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });

export async function readOlder(query: string, before: number): Promise<LogPage> {
  return await read({ q: query, limit: PAGE, before });
}

async function read(parameters: Parameters<typeof search>[0], signal?: AbortSignal): Promise<LogPage> {
  return await api<LogPage>(`/v1/logs${search(parameters)}`, signal === undefined ? {} : { signal });
}

export const contextQuery = (id: number) =>
  queryOptions({
    queryKey: ["log-context", id],
    queryFn: async ({ signal }) =>
      await api<{ readonly logs: readonly StoredLog[] }>(`${path`/v1/logs/${id}/context`}?before=50&after=50`, {
        signal,
      }),
  });

export interface LogBucket {
  readonly fromUs: number;
  readonly counts: Readonly<Record<string, number>>;
}

export const BUCKETS = 80;

export const histogramQuery = (query: string, { fromUs, toUs }: TimeRange) =>
  queryOptions({
    queryKey: ["log-histogram", query, fromUs, toUs],
    queryFn: async ({ signal }) =>
      await api<{ readonly buckets: readonly LogBucket[] }>(
        `/v1/logs/histogram${search({ q: query, from: fromUs, to: toUs, buckets: BUCKETS })}`,
        { signal },
      ),
    placeholderData: (before) => before,
  });

export const FACETS = ["level", "agent", "source", "instance"] as const;
export type Facet = (typeof FACETS)[number];

export const facetQuery = (query: string, field: Facet) =>
  queryOptions({
    queryKey: ["log-facet", query, field],
    queryFn: async ({ signal }) =>
      await api<{ readonly values: readonly { readonly value: string; readonly count: number }[] }>(
        `/v1/logs/facets${search({ q: query, field, limit: 30 })}`,
        { signal },
      ),
    placeholderData: (before) => before,
  });

import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { SpanRecord } from "@berth/telemetry";
import { api, search } from "../../api/client.ts";
import { FrameNotifier, useLive } from "../../api/live.ts";
import type { TraceSummary } from "./trace-queries.ts";

const PAGE = 50;
const WRITTEN_MS = 1_000;

export interface Traces {
  readonly rows: readonly TraceSummary[] | undefined;
  readonly error: unknown;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  readonly more: () => void;
  readonly refetch: () => void;
  /** Traces that have begun since the list was read: it does not move by itself. */
  readonly fresh: number;
}

interface TracePage {
  readonly traces: readonly TraceSummary[];
  readonly next?: string;
}

export function useTraces(query: string): Traces {
  const pages = useInfiniteQuery({
    queryKey: ["traces", query],
    initialPageParam: "",
    queryFn: async ({ pageParam, signal }) =>
      await api<TracePage>(`/v1/traces${search({ q: query, limit: PAGE, before: pageParam })}`, { signal }),
    getNextPageParam: ({ next }) => next,
    refetchOnWindowFocus: false,
    staleTime: Infinity,
    gcTime: 0,
  });
  const rows = useMemo(() => {
    const read = pages.data?.pages.flatMap(({ traces }) => traces);
    return read === undefined ? undefined : [...new Map(read.map((trace) => [trace.traceId, trace])).values()];
  }, [pages.data]);
  const known = useMemo(() => new Set(rows?.map(({ traceId }) => traceId)), [rows]);
  const seen = useRef(new Set<string>());
  const [notifier] = useState(() => new FrameNotifier());
  useSyncExternalStore(notifier.subscribe, notifier.version);
  useLive(
    { topic: "spans", query },
    {
      onEvents: (events) => {
        // What is told is written a moment later: the list would not have it yet.
        setTimeout(() => {
          // The topic's own content: docs/reference/telemetry.md.
          for (const { data } of events)
            for (const { traceId } of data["spans"] as readonly SpanRecord[]) seen.current.add(traceId);
          notifier.changed();
        }, WRITTEN_MS);
      },
    },
  );
  return {
    rows,
    error: pages.error,
    hasMore: pages.hasNextPage,
    isLoadingMore: pages.isFetchingNextPage,
    more: () => void pages.fetchNextPage(),
    refetch: () => {
      seen.current.clear();
      void pages.refetch();
    },
    fresh: rows === undefined ? 0 : [...seen.current].filter((traceId) => !known.has(traceId)).length,
  };
}

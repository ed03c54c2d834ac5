import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState, useSyncExternalStore } from "react";
import { api, search } from "../../api/client.ts";
import { FrameNotifier, useLive } from "../../api/live.ts";
import { rowOfChange, withChange } from "./task-row.ts";
import type { TaskChange, TaskRow } from "./task-row.ts";
import type { TaskQuery, TaskRequest } from "./task-query.ts";

const PAGE = 100;

interface TaskPage {
  readonly rows: readonly TaskRow[];
  /** By request; "" is its end. */
  readonly tokens: readonly string[];
}

export interface Tasks {
  readonly rows: readonly TaskRow[] | undefined;
  readonly error: unknown;
  readonly refetch: () => void;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  readonly more: () => void;
  /** Tasks that have begun since the list was read; they come in when `refetch` is called. */
  readonly fresh: number;
}

/** The list as it was read, with what has become of its rows since: no row moves by itself. */
export function useTasks(query: TaskQuery): Tasks {
  const { requests } = query;
  const pages = useInfiniteQuery({
    queryKey: ["tasks", "list", requests],
    initialPageParam: requests.map((): string | undefined => undefined) as readonly (string | undefined)[],
    queryFn: async ({ pageParam, signal }) => await readPage(requests, pageParam, signal),
    getNextPageParam: ({ tokens }) => (tokens.every((token) => token === "") ? undefined : tokens),
    refetchOnWindowFocus: false,
    staleTime: Infinity,
    gcTime: 0,
  });
  const changes = useRef(new Map<string, TaskChange>());
  const [notifier] = useState(() => new FrameNotifier());
  const version = useSyncExternalStore(notifier.subscribe, notifier.version);
  useLive(
    { topic: "tasks" },
    {
      onEvents: (events) => {
        // The platform's own changes.
        for (const { data } of events)
          for (const change of data["tasks"] as readonly TaskChange[]) changes.current.set(change.taskId, change);
        notifier.changed();
      },
    },
  );
  const read = useMemo(() => unique(pages.data?.pages.flatMap(({ rows }) => rows)), [pages.data]);
  const rows = useMemo(
    () => read?.map((row) => withChange(row, changes.current.get(row.task.id))).filter(query.matches),
    // Changes come in place: the version says so.
    [read, version, query],
  );
  const known = useMemo(() => new Set(read?.map(({ task }) => task.id)), [read]);
  const fresh =
    read === undefined
      ? 0
      : [...changes.current.values()].filter(
          (change) => !known.has(change.taskId) && query.matches(rowOfChange(change)),
        ).length;
  return {
    rows,
    error: pages.error,
    refetch: () => {
      changes.current.clear();
      void pages.refetch();
    },
    hasMore: pages.hasNextPage,
    isLoadingMore: pages.isFetchingNextPage,
    more: () => void pages.fetchNextPage(),
    fresh,
  };
}

async function readPage(
  requests: readonly TaskRequest[],
  tokens: readonly (string | undefined)[],
  signal: AbortSignal,
): Promise<TaskPage> {
  const answers = await Promise.all(
    requests.map(async (request, index) => {
      const token = tokens[index];
      if (token === "") return { tasks: [], nextPageToken: "" };
      const parameters = { ...request, pageSize: PAGE, ...(token === undefined ? {} : { pageToken: token }) };
      return await api<{ readonly tasks: readonly TaskRow[]; readonly nextPageToken: string }>(
        `/v1/tasks${search(parameters)}`,
        { signal },
      );
    }),
  );
  return {
    rows: answers.flatMap(({ tasks }) => tasks).toSorted((a, b) => timeOf(b) - timeOf(a)),
    tokens: answers.map(({ nextPageToken }) => nextPageToken),
  };
}

function timeOf({ task, createdAt }: TaskRow): number {
  return Date.parse(task.status.timestamp ?? createdAt);
}

/** A task that moved while the pages were read may be on two of them. */
function unique(rows: readonly TaskRow[] | undefined): readonly TaskRow[] | undefined {
  return rows === undefined ? undefined : [...new Map(rows.map((row) => [row.task.id, row])).values()];
}

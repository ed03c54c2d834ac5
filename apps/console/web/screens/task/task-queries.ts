import { queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { isTerminal } from "@berth/protocol";
import type { Task } from "@berth/protocol";
import { ApiError, api, path } from "../../api/client.ts";
import type { Agent } from "../../api/types.ts";
import type { ChildTask } from "./model/lanes.ts";
import type { TaskTelemetry } from "./model/task-telemetry.ts";

/** Spans and lines come on their own: while the task runs they are read again at this pace. */
const TELEMETRY_MS = 2_000;
const MAX_CHILDREN = 50;

export function useTelemetry(
  taskId: string,
  isOver: boolean,
): { readonly data?: TaskTelemetry | undefined; readonly error: unknown } {
  return useQuery({
    queryKey: ["task", taskId, "telemetry", isOver],
    queryFn: async ({ signal }) => await api<TaskTelemetry>(path`/v1/tasks/${taskId}/telemetry`, { signal }),
    refetchInterval: isOver ? false : TELEMETRY_MS,
    placeholderData: (before) => before,
    retry: false,
  });
}

/** Sealed a moment after the end: 202 until then. */
export function useReceipt(
  agent: string | undefined,
  taskId: string,
  isOver: boolean,
): { readonly receiptId: string; readonly sealedAt: string } | undefined {
  const query = useQuery({
    queryKey: ["task", taskId, "receipt"],
    enabled: isOver && agent !== undefined,
    queryFn: async ({ signal }) =>
      await api<{ readonly receiptId?: string; readonly sealedAt?: string }>(
        path`/agents/${agent ?? ""}/runs/${taskId}/receipt`,
        { signal },
      ),
    refetchInterval: ({ state }) => (state.data?.receiptId === undefined && state.error === null ? 1_000 : false),
    retry: false,
  });
  const { receiptId, sealedAt } = query.data ?? {};
  return receiptId === undefined || sealedAt === undefined ? undefined : { receiptId, sealedAt };
}

const agentOf = (name: string) =>
  queryOptions({
    queryKey: ["agents", name],
    queryFn: async ({ signal }) => await api<Agent>(path`/v1/agents/${name}`, { signal }),
    retry: (count, error) => count < 1 && !(error instanceof ApiError && error.status === 404),
  });

/** The agent as it is today; undefined once it is removed. */
export function useAgent(name: string | undefined): Agent | undefined {
  return useQuery({ ...agentOf(name ?? ""), enabled: name !== undefined }).data;
}

/** What became of the tasks that this one caused. */
export function useChildren(taskIds: readonly string[]): ReadonlyMap<string, ChildTask> {
  return useQueries({
    queries: taskIds.slice(0, MAX_CHILDREN).map((taskId) => ({
      queryKey: ["task", taskId, "state"],
      queryFn: async ({ signal }: { readonly signal: AbortSignal }) =>
        await api<{ readonly task: Task }>(path`/v1/tasks/${taskId}`, { signal }),
      refetchInterval: ({ state }: { readonly state: { readonly data: { readonly task: Task } | undefined } }) =>
        state.data !== undefined && isTerminal(state.data.task.status.state) ? (false as const) : 2_000,
      retry: false,
    })),
    combine: combineChildren,
  });
}

function combineChildren(
  results: readonly { readonly data: { readonly task: Task } | undefined }[],
): ReadonlyMap<string, ChildTask> {
  const children = new Map<string, ChildTask>();
  for (const { data } of results) {
    if (data === undefined) continue;
    const { id, status } = data.task;
    const ended = isTerminal(status.state) ? status.timestamp : undefined;
    children.set(id, { taskId: id, state: status.state, ...(ended === undefined ? {} : { endedAt: ended }) });
  }
  return children;
}

import type { Task, TaskState } from "@berth/protocol";
import { queryOptions } from "@tanstack/react-query";
import { api, path, search } from "../../api/client.ts";
import type { Agent } from "../../api/types.ts";

export const agentsQuery = queryOptions({
  queryKey: ["agents", "chat"],
  queryFn: async ({ signal }) => await api<{ agents: Agent[] }>("/v1/agents?pageSize=100", { signal }),
});

export interface Version {
  readonly release: string;
  readonly label: string;
  readonly version: string;
  readonly active: boolean;
  readonly createdAt: string;
}

interface ReleaseLine {
  readonly release: string;
  readonly version: string;
  readonly active: boolean;
  readonly createdAt: string;
  readonly previewUrl?: string;
}

/** Releases that have an address of their own. */
export function versionsQuery(agent: string) {
  return queryOptions({
    queryKey: ["releases", agent, "chat"],
    queryFn: async ({ signal }) => {
      const { releases } = await api<{ releases: ReleaseLine[] }>(path`/v1/agents/${agent}/releases`, { signal });
      return releases.flatMap(({ previewUrl, ...line }): readonly Version[] => {
        const label = labelOf(previewUrl);
        return label === undefined ? [] : [{ ...line, label }];
      });
    },
    enabled: agent !== "",
    retry: false,
  });
}

/** `http://<label>--<agent>.<domain>/` */
function labelOf(previewUrl: string | undefined): string | undefined {
  if (previewUrl === undefined) return undefined;
  const { hostname } = new URL(previewUrl);
  const at = hostname.indexOf("--");
  return at < 0 ? undefined : hostname.slice(0, at);
}

export interface ContextLine {
  readonly contextId: string;
  readonly firstTaskId: string;
  readonly tasks: number;
  readonly state: TaskState;
  readonly at: string;
}

interface TaskLine {
  readonly task: Task;
  readonly principalId: string;
  readonly createdAt: string;
}

const SHOWN_CONTEXTS = 20;

/** The person's own conversations with an agent, the newest first. */
export function contextsQuery(agent: string, principalId: string) {
  return queryOptions({
    queryKey: ["contexts", agent, principalId],
    queryFn: async ({ signal }) => {
      const { tasks } = await api<{ tasks: TaskLine[] }>(`/v1/tasks${search({ agent, pageSize: 100 })}`, { signal });
      return contextsOf(tasks.filter((line) => line.principalId === principalId)).slice(0, SHOWN_CONTEXTS);
    },
    enabled: agent !== "" && principalId !== "",
    refetchInterval: 15_000,
  });
}

/** `lines` are the newest first. */
export function contextsOf(lines: readonly Pick<TaskLine, "task" | "createdAt">[]): readonly ContextLine[] {
  const contexts = new Map<string, ContextLine>();
  for (const { task, createdAt } of lines) {
    const { contextId, id, status } = task;
    if (contextId === undefined) continue;
    const known = contexts.get(contextId);
    const at = status.timestamp ?? createdAt;
    contexts.set(contextId, {
      contextId,
      firstTaskId: id,
      tasks: (known?.tasks ?? 0) + 1,
      state: known?.state ?? status.state,
      at: known?.at ?? at,
    });
  }
  return [...contexts.values()];
}

/** What a conversation began with. */
export function titleQuery(taskId: string) {
  return queryOptions({
    queryKey: ["task-title", taskId],
    queryFn: async ({ signal }) => {
      const { task } = await api<{ task: Task }>(path`/v1/tasks/${taskId}`, { signal });
      const [first] = task.history ?? [];
      const said = (first?.parts ?? [])
        .map((part) => part.text ?? (part.data === undefined ? "" : JSON.stringify(part.data)))
        .join(" ");
      return said.slice(0, 120);
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

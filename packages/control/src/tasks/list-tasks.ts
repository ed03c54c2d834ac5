import { PlatformError, foldTask, isAllowed, withHistoryLength } from "@berth/protocol";
import type { ListTasksRequest, ListTasksResponse, Principal, Task } from "@berth/protocol";
import type { Store, TaskFilter } from "@berth/store";
import { visibleAgentIds } from "./task-access.ts";

/** The tasks that the caller may see, a page at a time. `agentIdOf`: only those of this agent. */
export async function listTasks(
  store: Pick<Store, "agents" | "tasks">,
  principal: Principal,
  request: ListTasksRequest,
  agentIdOf: () => Promise<string | undefined>,
): Promise<ListTasksResponse> {
  if (principal.kind === "anonymous" && !principal.id.endsWith("local") && request.contextId === undefined) {
    throw new PlatformError("UNAUTHENTICATED", "Listing tasks without a credential needs a contextId.", {
      hint: "Send an API key, or name the conversation's contextId.",
    });
  }
  const agentId = await agentIdOf();
  const agentIds = await visibleAgentIds(principal, store);
  const filter: TaskFilter = {
    orgId: principal.orgId,
    ...(agentIds === undefined ? {} : { agentIds }),
    ...(agentId === undefined ? {} : { agentId }),
    ...(isAllowed(principal, "task.read_all") ? {} : { principalId: principal.id }),
    ...(request.contextId === undefined ? {} : { contextId: request.contextId }),
    ...(request.status === undefined ? {} : { state: request.status }),
    ...(request.statusTimestampAfter === undefined ? {} : { statusAfter: request.statusTimestampAfter }),
  };
  const size = request.pageSize ?? 50;
  const token = request.pageToken === undefined || request.pageToken === "" ? {} : { token: request.pageToken };
  const page = await store.tasks.list(filter, { size, ...token });
  const logs = await store.tasks.eventsOf(
    principal.orgId,
    page.records.map(({ taskId }) => taskId),
  );
  const tasks = page.records.flatMap(({ taskId }) => {
    const log = logs.get(taskId);
    return log === undefined ? [] : [forList(foldTask(log).task, request)];
  });
  return { tasks, nextPageToken: page.nextPageToken ?? "", pageSize: size, totalSize: page.totalSize };
}

function forList(task: Task, request: ListTasksRequest): Task {
  const trimmed = withHistoryLength(task, request.historyLength ?? 0);
  if (request.includeArtifacts === true) return trimmed;
  const { artifacts: _left, ...rest } = trimmed;
  return rest;
}

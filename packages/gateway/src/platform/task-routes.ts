import { TaskState } from "@berth/protocol";
import type { ListTasksRequest } from "@berth/protocol";
import { callContext } from "../a2a/operations.ts";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { PAGE_QUERY, choiceParameter, pageOf, textParameter } from "./page.ts";
import type { ListedTask } from "./records.ts";

const MAX_EVENTS = 10_000;

/** Tasks over all agents: one's own, or with `read` everybody's. */
export function taskRoutes(edge: Edge): readonly PlatformRoute[] {
  const { tasks } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/tasks",
      policy: "key",
      summary: "Tasks, newest status first",
      query: [
        { name: "agent", description: "Only of this agent." },
        { name: "contextId", description: "Only of this conversation." },
        { name: "status", description: "Only in this state, such as TASK_STATE_WORKING." },
        ...PAGE_QUERY,
      ],
      handle: async (exchange) => {
        const agent = textParameter(exchange, "agent");
        const page = await tasks.list(callContext(exchange, "rest"), listRequest(exchange), agent);
        const listed = await Promise.all(page.tasks.map(async (task) => await withOrigin(edge, exchange, task)));
        sendJson(exchange, { tasks: listed, nextPageToken: page.nextPageToken, totalSize: page.totalSize });
      },
    },
    {
      method: "GET",
      path: "/v1/tasks/{id}",
      policy: "key",
      summary: "One task",
      handle: async (exchange) => {
        const { view } = await tasks.get(callContext(exchange, "rest"), exchange.param("id"));
        sendJson(exchange, { ...(await withOrigin(edge, exchange, view.task)), seq: view.seq });
      },
    },
    {
      method: "GET",
      path: "/v1/tasks/{id}/events",
      policy: "key",
      summary: "The task's log, also what A2A does not show",
      query: [
        { name: "after", description: "Only events after this sequence number.", type: "integer" },
        { name: "limit", description: "1 to 10,000, default 1,000.", type: "integer" },
      ],
      handle: async (exchange) => {
        const after = exchange.integer("after", { min: 0, max: Number.MAX_SAFE_INTEGER }) ?? 0;
        const limit = exchange.integer("limit", { min: 1, max: MAX_EVENTS }) ?? 1_000;
        const events = await tasks.events(callContext(exchange, "rest"), exchange.param("id"), after, limit);
        sendJson(exchange, { events });
      },
    },
    {
      method: "POST",
      path: "/v1/tasks/{id}/cancel",
      policy: "key",
      summary: "Cancel a task",
      handle: async (exchange) => {
        const { task } = await tasks.cancel(callContext(exchange, "rest"), exchange.param("id"));
        sendJson(exchange, { task });
      },
    },
  ];
}

function listRequest(exchange: Exchange): ListTasksRequest {
  const contextId = textParameter(exchange, "contextId");
  const status = choiceParameter(exchange, "status", Object.values(TaskState));
  const { size, token } = pageOf(exchange);
  return {
    pageSize: size,
    ...(contextId === undefined ? {} : { contextId }),
    ...(status === undefined ? {} : { status }),
    ...(token === undefined ? {} : { pageToken: token }),
  };
}

/** A task's first event says whose it is and where it went, also when the agent is gone. */
async function withOrigin(edge: Edge, exchange: Exchange, task: ListedTask): Promise<object> {
  const [first] = await edge.control.tasks.events(callContext(exchange, "rest"), task.id, 0, 1);
  if (first?.body.kind !== "accepted") throw new Error(`${task.id} does not begin with its accepted event`);
  const { agentName, releaseId, principal } = first.body;
  return { task, agent: agentName, release: releaseId, principalId: principal.id, createdAt: first.at };
}

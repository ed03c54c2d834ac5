import {
  invalidParams,
  parseHistoryLength,
  parseListPushConfigsQuery,
  parseListTasksQuery,
  parseSendMessageRequest,
  parseSubscribeToTaskRequest,
  parseTaskPushNotificationConfig,
} from "@berth/protocol";
import type { SequencedFrame } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { pump } from "../edge/pump.ts";
import { readJson, readOptionalJson } from "../edge/read-body.ts";
import { toPlatformError } from "../edge/render-error.ts";
import { send, sendCached, sendEmpty } from "../edge/respond.ts";
import type { AgentRoute, QueryDoc } from "../edge/routes.ts";
import { extendedCard } from "./extended-card.ts";
import { httpJsonRoutesOf } from "./http-json-route.ts";
import { restMediaType } from "./media-type.ts";
import { cancelTask, getTask, listTasks, sendMessage, streamMessage, subscribeToTask } from "./operations.ts";
import type { A2aCall, OpenFrames } from "./operations.ts";
import { createPushConfig, deletePushConfig, getPushConfig, listPushConfigs } from "./push-operations.ts";
import { statusBody } from "./render-error.ts";

const HISTORY: QueryDoc = {
  name: "historyLength",
  description: "At most this many messages of the history.",
  type: "integer",
};
const AFTER: QueryDoc = {
  name: "after",
  description: "Resume after this sequence number; also as Last-Event-ID.",
  type: "integer",
};

const PAGE_SIZE: QueryDoc = { name: "pageSize", description: "1 to 100, default 50.", type: "integer" };
const PAGE_TOKEN: QueryDoc = { name: "pageToken", description: "From the page before." };

/** A2A 1.0's HTTP+JSON binding (A2A 1.0.1 §11). */
export function httpJsonRoutes(edge: Edge): readonly AgentRoute[] {
  const { route, pushRoute } = httpJsonRoutesOf(edge, "1.0", "status");
  const json = { body: "application/json" };
  const sse = { stream: true, answers: "text/event-stream" } as const;
  const configs = "/tasks/{id}/pushNotificationConfigs";
  return [
    route("POST", "/message:send", "Send a message and wait for the turn", send1, json),
    route("POST", "/message:stream", "Send a message and stream the turn", stream1, { ...json, ...sse }),
    route("GET", "/tasks/{id}:subscribe", "Follow a task", subscribe1, { ...sse, query: [AFTER] }),
    route("POST", "/tasks/{id}:subscribe", "Follow a task", subscribe1, { ...sse, query: [AFTER] }),
    route("POST", "/tasks/{id}:cancel", "Cancel a task", cancel1),
    route("GET", "/tasks/{id}", "A task: state, history, artifacts", get1, { query: [HISTORY] }),
    route("GET", "/tasks", "The caller's tasks with this agent", list1, { query: LIST_QUERY }),
    pushRoute("POST", configs, "Add a webhook to a task", createPush1, json),
    pushRoute("GET", configs, "A task's webhooks", listPush1, { query: [PAGE_SIZE, PAGE_TOKEN] }),
    pushRoute("GET", `${configs}/{configId}`, "One webhook", getPush1),
    pushRoute("DELETE", `${configs}/{configId}`, "Remove a webhook", deletePush1, { status: 204 }),
    route("GET", "/extendedAgentCard", "The card with the hidden skills, for callers with a credential", extended1),
  ];
}

const LIST_QUERY: readonly QueryDoc[] = [
  { name: "contextId", description: "Only of this conversation." },
  { name: "status", description: "Only in this state, such as TASK_STATE_WORKING." },
  PAGE_SIZE,
  PAGE_TOKEN,
  HISTORY,
  { name: "statusTimestampAfter", description: "Only with a status at least this new." },
  { name: "includeArtifacts", description: "Default false.", type: "boolean" },
];

async function send1(call: A2aCall): Promise<void> {
  const request = parseSendMessageRequest(await readJson(call.exchange, call.edge.limits));
  answer(call.exchange, await sendMessage(call, request));
}

async function stream1(call: A2aCall): Promise<void> {
  const request = parseSendMessageRequest(await readJson(call.exchange, call.edge.limits));
  await streamFrames(call, await streamMessage(call, request));
}

async function subscribe1(call: A2aCall): Promise<void> {
  const request = parseSubscribeToTaskRequest({ id: call.exchange.param("id") });
  await streamFrames(call, await subscribeToTask(call, request));
}

async function cancel1(call: A2aCall): Promise<void> {
  // The body may carry metadata, which nothing here reads; it must still be a body we can take.
  await readOptionalJson(call.exchange, call.edge.limits);
  answer(call.exchange, await cancelTask(call, { id: call.exchange.param("id") }));
}

async function get1(call: A2aCall): Promise<void> {
  const historyLength = parseHistoryLength(call.exchange.query);
  const id = call.exchange.param("id");
  answer(call.exchange, await getTask(call, { id, ...(historyLength === undefined ? {} : { historyLength }) }));
}

async function list1(call: A2aCall): Promise<void> {
  answer(call.exchange, await listTasks(call, parseListTasksQuery(call.exchange.query)));
}

async function createPush1(call: A2aCall): Promise<void> {
  const config = parseTaskPushNotificationConfig(await readJson(call.exchange, call.edge.limits));
  const taskId = call.exchange.param("id");
  if (config.taskId !== undefined && config.taskId !== taskId) {
    throw invalidParams([{ field: "taskId", description: "is not the task in the address" }]);
  }
  answer(call.exchange, await createPushConfig(call, { ...config, taskId }));
}

async function listPush1(call: A2aCall): Promise<void> {
  const request = parseListPushConfigsQuery(call.exchange.param("id"), call.exchange.query);
  answer(call.exchange, await listPushConfigs(call, request));
}

async function getPush1(call: A2aCall): Promise<void> {
  answer(call.exchange, await getPushConfig(call, pushKeyOf(call)));
}

async function deletePush1(call: A2aCall): Promise<void> {
  await deletePushConfig(call, pushKeyOf(call));
  sendEmpty(call.exchange);
}

function pushKeyOf({ exchange }: A2aCall): { readonly taskId: string; readonly id: string } {
  return { taskId: exchange.param("id"), id: exchange.param("configId") };
}

async function extended1(call: A2aCall): Promise<void> {
  const { text, updatedAt } = await extendedCard(call, "1.0");
  sendCached(call.exchange, text, {
    contentType: restMediaType(call.exchange),
    cacheControl: "private, max-age=60",
    lastModified: new Date(updatedAt),
    headers: { Vary: "Authorization" },
  });
}

function answer(exchange: Exchange, body: unknown): void {
  send(exchange, JSON.stringify(body), { contentType: restMediaType(exchange) });
}

/** Bare StreamResponse frames, their sequence numbers as event ids. */
async function streamFrames({ edge, exchange }: A2aCall, open: OpenFrames): Promise<void> {
  const stream = edge.streams.open(exchange);
  await pump<SequencedFrame>(stream, open(stream.signal), {
    toEvent: ({ seq, frame }) => ({ id: seq, data: JSON.stringify(frame) }),
    onError: (thrown) => {
      const error = toPlatformError(thrown, exchange, edge.log);
      return { data: JSON.stringify(statusBody(error, exchange)) };
    },
  });
}

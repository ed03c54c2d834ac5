import { invalidParams, parseGetTaskRequest } from "@berth/protocol";
import type { JsonObject, StreamResponse, TaskPushNotificationConfig } from "@berth/protocol";
import {
  fromV03RestPushConfig,
  fromV03RestSend,
  isFinal,
  toV03RestCard,
  toV03RestPushConfig,
  toV03RestSendResponse,
  toV03RestStreamEvent,
  toV03RestTask,
} from "@berth/protocol/wire/v0_3";
import { cancelTask, getTask, sendMessage, streamMessage, subscribeToTask } from "../a2a/operations.ts";
import type { AnyCall } from "../a2a/operations.ts";
import { RPC_METHODS } from "../a2a/rpc-methods.ts";
import type { GrpcService, StreamMethod, UnaryMethod } from "./grpc-method.ts";
import * as a2a from "./proto/a2a-v03.ts";
import { EMPTY } from "./proto/schema.ts";
import type { MessageSchema } from "./proto/schema.ts";

const unary = (
  name: string,
  request: MessageSchema,
  response: MessageSchema,
  run: UnaryMethod["run"],
): UnaryMethod => ({ kind: "unary", name, request, response, run });

const stream = (name: string, request: MessageSchema, run: StreamMethod["run"]): StreamMethod => ({
  kind: "stream",
  name,
  request,
  response: a2a.STREAM_RESPONSE,
  run,
  encodeFrame: (frame: StreamResponse) => toV03RestStreamEvent(frame, { final: isFinal(frame) }),
});

/** A2A 0.3 in gRPC: the same operations, the shapes of the 0.3 .proto, tasks by names such as `tasks/{id}`. */
export const SERVICE_V03: GrpcService = {
  name: "a2a.v1.A2AService",
  version: "0.3",
  methods: [
    unary("SendMessage", a2a.SEND_MESSAGE_REQUEST, a2a.SEND_MESSAGE_RESPONSE, async (call, request) =>
      toV03RestSendResponse(await sendMessage(call, fromV03RestSend(request))),
    ),
    stream(
      "SendStreamingMessage",
      a2a.SEND_MESSAGE_REQUEST,
      async (call, request) => await streamMessage(call, fromV03RestSend(request)),
    ),
    unary("GetTask", a2a.GET_TASK_REQUEST, a2a.TASK, getTaskV03),
    unary("CancelTask", a2a.NAME_REQUEST, a2a.TASK, async (call, { name }) =>
      toV03RestTask(await cancelTask(call, { id: taskIdOf("name", name) })),
    ),
    stream(
      "TaskSubscription",
      a2a.NAME_REQUEST,
      async (call, { name }) => await subscribeToTask(call, { id: taskIdOf("name", name) }),
    ),
    unary(
      "CreateTaskPushNotificationConfig",
      a2a.CREATE_PUSH_CONFIG_REQUEST,
      a2a.TASK_PUSH_NOTIFICATION_CONFIG,
      createPush,
    ),
    unary("GetTaskPushNotificationConfig", a2a.NAME_REQUEST, a2a.TASK_PUSH_NOTIFICATION_CONFIG, getPush),
    unary("ListTaskPushNotificationConfig", a2a.LIST_PUSH_CONFIGS_REQUEST, a2a.LIST_PUSH_CONFIGS_RESPONSE, listPush),
    unary("DeleteTaskPushNotificationConfig", a2a.NAME_REQUEST, EMPTY, deletePush),
    unary("GetAgentCard", EMPTY, a2a.AGENT_CARD, async ({ edge, agent }) =>
      toV03RestCard((await edge.cards.public(agent)).card),
    ),
  ],
};

async function getTaskV03(call: AnyCall, { name, historyLength }: JsonObject): Promise<JsonObject> {
  // The 0.3 .proto's 0 is its default and means all, so it is not there at all.
  const length = historyLength === undefined ? {} : { historyLength };
  return toV03RestTask(await getTask(call, parseGetTaskRequest({ id: taskIdOf("name", name), ...length })));
}

async function createPush(call: AnyCall, { parent, ...config }: JsonObject): Promise<JsonObject> {
  const wanted = fromV03RestPushConfig(taskIdOf("parent", parent), config);
  return toV03RestPushConfig(await pushConfig(call, "CreateTaskPushNotificationConfig", wanted));
}

async function getPush(call: AnyCall, { name }: JsonObject): Promise<JsonObject> {
  return toV03RestPushConfig(await pushConfig(call, "GetTaskPushNotificationConfig", configKeyOf(name)));
}

async function listPush(call: AnyCall, { parent, pageSize, pageToken }: JsonObject): Promise<JsonObject> {
  const page = { ...(pageSize === undefined ? {} : { pageSize }), ...(pageToken === undefined ? {} : { pageToken }) };
  const params = { taskId: taskIdOf("parent", parent), ...page };
  // What this method answers (A2A 1.0.1 §3.1.9).
  const { configs, nextPageToken } = (await run(call, "ListTaskPushNotificationConfigs", params)) as {
    readonly configs: readonly TaskPushNotificationConfig[];
    readonly nextPageToken: string;
  };
  return { configs: configs.map(toV03RestPushConfig), nextPageToken };
}

async function deletePush(call: AnyCall, { name }: JsonObject): Promise<unknown> {
  return await run(call, "DeleteTaskPushNotificationConfig", configKeyOf(name));
}

async function pushConfig(call: AnyCall, method: string, params: unknown): Promise<TaskPushNotificationConfig> {
  // What create and get answer (A2A 1.0.1 §3.1.7, §3.1.8).
  return (await run(call, method, params)) as TaskPushNotificationConfig;
}

/** Of the methods of 1.0. */
async function run(call: AnyCall, name: string, params: unknown): Promise<unknown> {
  const method = RPC_METHODS.get(name);
  if (method?.kind !== "unary") throw new Error(`JSON-RPC has no unary method ${name}`);
  return await method.run(call, params);
}

/** `tasks/{id}` @throws INVALID_PARAMS */
function taskIdOf(field: string, name: unknown): string {
  const match = typeof name === "string" ? /^tasks\/([^/]+)$/.exec(name) : null;
  if (match?.[1] !== undefined) return match[1];
  throw invalidParams([{ field, description: "must look like tasks/{id}" }]);
}

/** `tasks/{id}/pushNotificationConfigs/{config}` @throws INVALID_PARAMS */
function configKeyOf(name: unknown): { readonly taskId: string; readonly id: string } {
  const match = typeof name === "string" ? /^tasks\/([^/]+)\/pushNotificationConfigs\/([^/]+)$/.exec(name) : null;
  const [, taskId, id] = match ?? [];
  if (taskId !== undefined && id !== undefined) return { taskId, id };
  throw invalidParams([{ field: "name", description: "must look like tasks/{id}/pushNotificationConfigs/{id}" }]);
}

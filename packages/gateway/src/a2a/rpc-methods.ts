import {
  parseCancelTaskRequest,
  parseGetPushConfigRequest,
  parseGetTaskRequest,
  parseListPushConfigsRequest,
  parseListTasksRequest,
  parseSendMessageRequest,
  parseSubscribeToTaskRequest,
  parseTaskPushNotificationConfig,
} from "@berth/protocol";
import type { StreamResponse } from "@berth/protocol";
import {
  fromV03PushConfigKey,
  fromV03SendParams,
  fromV03TaskId,
  fromV03TaskPushConfig,
  fromV03TaskQuery,
  isFinal,
  toV03Card,
  toV03SendResult,
  toV03StreamEvent,
  toV03Task,
  toV03TaskPushConfig,
} from "@berth/protocol/wire/v0_3";
import { extendedCard } from "./extended-card.ts";
import { cancelTask, getTask, listTasks, sendMessage, streamMessage, subscribeToTask } from "./operations.ts";
import type { AnyCall, OpenFrames } from "./operations.ts";
import {
  assertPushOffered,
  createPushConfig,
  deletePushConfig,
  getPushConfig,
  listPushConfigs,
} from "./push-operations.ts";
import type { ProtocolVersion } from "./version.ts";

export type RpcMethod =
  | {
      readonly version: ProtocolVersion;
      readonly kind: "unary";
      readonly run: (call: AnyCall, params: unknown) => Promise<unknown>;
    }
  | {
      readonly version: ProtocolVersion;
      readonly kind: "stream";
      readonly run: (call: AnyCall, params: unknown) => Promise<OpenFrames>;
    };

const unary = (version: ProtocolVersion, run: (call: AnyCall, params: unknown) => Promise<unknown>): RpcMethod => ({
  version,
  kind: "unary",
  run,
});
const stream = (version: ProtocolVersion, run: (call: AnyCall, params: unknown) => Promise<OpenFrames>): RpcMethod => ({
  version,
  kind: "stream",
  run,
});

/** Where it is not offered, that is the answer whatever the parameters are. */
const push = (version: ProtocolVersion, run: (call: AnyCall, params: unknown) => Promise<unknown>): RpcMethod =>
  unary(version, async (call, params) => {
    assertPushOffered(call.edge);
    return await run(call, params);
  });

/** Method names do not overlap between the versions, so the name alone says which one a request speaks. */
export const RPC_METHODS: ReadonlyMap<string, RpcMethod> = new Map<string, RpcMethod>([
  ["SendMessage", unary("1.0", async (call, params) => await sendMessage(call, parseSendMessageRequest(params)))],
  [
    "SendStreamingMessage",
    stream("1.0", async (call, params) => await streamMessage(call, parseSendMessageRequest(params))),
  ],
  ["GetTask", unary("1.0", async (call, params) => await getTask(call, parseGetTaskRequest(params)))],
  ["ListTasks", unary("1.0", async (call, params) => await listTasks(call, parseListTasksRequest(params ?? {})))],
  ["CancelTask", unary("1.0", async (call, params) => await cancelTask(call, parseCancelTaskRequest(params)))],
  [
    "SubscribeToTask",
    stream("1.0", async (call, params) => await subscribeToTask(call, parseSubscribeToTaskRequest(params))),
  ],
  [
    "CreateTaskPushNotificationConfig",
    push("1.0", async (call, params) => await createPushConfig(call, parseTaskPushNotificationConfig(params))),
  ],
  [
    "GetTaskPushNotificationConfig",
    push("1.0", async (call, params) => await getPushConfig(call, parseGetPushConfigRequest(params))),
  ],
  [
    "ListTaskPushNotificationConfigs",
    push("1.0", async (call, params) => await listPushConfigs(call, parseListPushConfigsRequest(params))),
  ],
  [
    "DeleteTaskPushNotificationConfig",
    push("1.0", async (call, params) => {
      await deletePushConfig(call, parseGetPushConfigRequest(params));
      return {};
    }),
  ],
  ["GetExtendedAgentCard", unary("1.0", async (call) => (await extendedCard(call, "1.0")).card)],

  [
    "message/send",
    unary("0.3", async (call, params) => toV03SendResult(await sendMessage(call, fromV03SendParams(params)))),
  ],
  ["message/stream", stream("0.3", async (call, params) => await streamMessage(call, fromV03SendParams(params)))],
  ["tasks/get", unary("0.3", async (call, params) => toV03Task(await getTask(call, fromV03TaskQuery(params))))],
  ["tasks/cancel", unary("0.3", async (call, params) => toV03Task(await cancelTask(call, fromV03TaskId(params))))],
  ["tasks/resubscribe", stream("0.3", async (call, params) => await subscribeToTask(call, fromV03TaskId(params)))],
  [
    "tasks/pushNotificationConfig/set",
    push("0.3", async (call, params) =>
      toV03TaskPushConfig(await createPushConfig(call, fromV03TaskPushConfig(params))),
    ),
  ],
  [
    "tasks/pushNotificationConfig/get",
    push("0.3", async (call, params) => toV03TaskPushConfig(await getPushConfig(call, fromV03PushConfigKey(params)))),
  ],
  [
    "tasks/pushNotificationConfig/list",
    push("0.3", async (call, params) => {
      const { taskId } = fromV03PushConfigKey(params);
      return (await listPushConfigs(call, { taskId, pageSize: 100 })).configs.map(toV03TaskPushConfig);
    }),
  ],
  [
    "tasks/pushNotificationConfig/delete",
    push("0.3", async (call, params) => {
      const { taskId, id = taskId } = fromV03PushConfigKey(params);
      await deletePushConfig(call, { taskId, id });
      return null;
    }),
  ],
  [
    "agent/getAuthenticatedExtendedCard",
    unary("0.3", async (call) => toV03Card((await extendedCard(call, "0.3")).card)),
  ],
]);

export function encodeFrame(version: ProtocolVersion, frame: StreamResponse): unknown {
  return version === "1.0" ? frame : toV03StreamEvent(frame, { final: isFinal(frame) });
}

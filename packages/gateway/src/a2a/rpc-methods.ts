import {
  PlatformError,
  parseCancelTaskRequest,
  parseGetTaskRequest,
  parseListTasksRequest,
  parseSendMessageRequest,
  parseSubscribeToTaskRequest,
} from "@berth/protocol";
import type { StreamResponse } from "@berth/protocol";
import {
  fromV03SendParams,
  fromV03TaskId,
  fromV03TaskQuery,
  isFinal,
  toV03SendResult,
  toV03StreamEvent,
  toV03Task,
} from "@berth/protocol/wire/v0_3";
import {
  cancelTask,
  getTask,
  listTasks,
  pushNotSupported,
  sendMessage,
  streamMessage,
  subscribeToTask,
} from "./operations.ts";
import type { A2aCall, OpenFrames } from "./operations.ts";
import type { ProtocolVersion } from "./version.ts";

export type RpcMethod =
  | {
      readonly version: ProtocolVersion;
      readonly kind: "unary";
      readonly run: (call: A2aCall, params: unknown) => Promise<unknown>;
    }
  | {
      readonly version: ProtocolVersion;
      readonly kind: "stream";
      readonly run: (call: A2aCall, params: unknown) => Promise<OpenFrames>;
    };

const unary = (version: ProtocolVersion, run: (call: A2aCall, params: unknown) => Promise<unknown>): RpcMethod => ({
  version,
  kind: "unary",
  run,
});
const stream = (version: ProtocolVersion, run: (call: A2aCall, params: unknown) => Promise<OpenFrames>): RpcMethod => ({
  version,
  kind: "stream",
  run,
});

const noPush = async (): Promise<never> => await Promise.reject(pushNotSupported());

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
  ["CreateTaskPushNotificationConfig", unary("1.0", noPush)],
  ["GetTaskPushNotificationConfig", unary("1.0", noPush)],
  ["ListTaskPushNotificationConfigs", unary("1.0", noPush)],
  ["DeleteTaskPushNotificationConfig", unary("1.0", noPush)],
  ["GetExtendedAgentCard", unary("1.0", async () => await Promise.reject(noExtendedCard()))],

  [
    "message/send",
    unary("0.3", async (call, params) => toV03SendResult(await sendMessage(call, fromV03SendParams(params)))),
  ],
  ["message/stream", stream("0.3", async (call, params) => await streamMessage(call, fromV03SendParams(params)))],
  ["tasks/get", unary("0.3", async (call, params) => toV03Task(await getTask(call, fromV03TaskQuery(params))))],
  ["tasks/cancel", unary("0.3", async (call, params) => toV03Task(await cancelTask(call, fromV03TaskId(params))))],
  ["tasks/resubscribe", stream("0.3", async (call, params) => await subscribeToTask(call, fromV03TaskId(params)))],
  ["tasks/pushNotificationConfig/set", unary("0.3", noPush)],
  ["tasks/pushNotificationConfig/get", unary("0.3", noPush)],
  ["tasks/pushNotificationConfig/list", unary("0.3", noPush)],
  ["tasks/pushNotificationConfig/delete", unary("0.3", noPush)],
  ["agent/getAuthenticatedExtendedCard", unary("0.3", async () => await Promise.reject(noExtendedCardV03()))],
]);

export function encodeFrame(version: ProtocolVersion, frame: StreamResponse): unknown {
  return version === "1.0" ? frame : toV03StreamEvent(frame, { final: isFinal(frame) });
}

/** The capability is not declared (A2A 1.0.1 §3.1.11). */
export function noExtendedCard(): PlatformError {
  return new PlatformError("UNSUPPORTED_OPERATION", "This agent has no extended card.");
}

/** 0.3 has an error of its own for it (A2A 0.3 §8.2). */
function noExtendedCardV03(): PlatformError {
  return new PlatformError("EXTENDED_AGENT_CARD_NOT_CONFIGURED", "This agent has no extended card.");
}

import type { JsonObject, StreamResponse } from "@berth/protocol";
import { RPC_METHODS } from "../a2a/rpc-methods.ts";
import type { GrpcService, StreamMethod, UnaryMethod } from "./grpc-method.ts";
import * as a2a from "./proto/a2a-v1.ts";
import { EMPTY } from "./proto/schema.ts";
import type { MessageSchema } from "./proto/schema.ts";

/** A2A 1.0 in gRPC (A2A 1.0.1 §10): the methods of JSON-RPC, whose parameters are the same messages in ProtoJSON. */
export const SERVICE_V1: GrpcService = {
  name: "lf.a2a.v1.A2AService",
  version: "1.0",
  methods: [
    method("SendMessage", a2a.SEND_MESSAGE_REQUEST, a2a.SEND_MESSAGE_RESPONSE),
    method("SendStreamingMessage", a2a.SEND_MESSAGE_REQUEST, a2a.STREAM_RESPONSE),
    method("GetTask", a2a.GET_TASK_REQUEST, a2a.TASK),
    method("ListTasks", a2a.LIST_TASKS_REQUEST, a2a.LIST_TASKS_RESPONSE),
    method("CancelTask", a2a.CANCEL_TASK_REQUEST, a2a.TASK),
    method("SubscribeToTask", a2a.SUBSCRIBE_TO_TASK_REQUEST, a2a.STREAM_RESPONSE),
    method("CreateTaskPushNotificationConfig", a2a.TASK_PUSH_NOTIFICATION_CONFIG, a2a.TASK_PUSH_NOTIFICATION_CONFIG),
    method("GetTaskPushNotificationConfig", a2a.PUSH_CONFIG_REQUEST, a2a.TASK_PUSH_NOTIFICATION_CONFIG),
    method("ListTaskPushNotificationConfigs", a2a.LIST_PUSH_CONFIGS_REQUEST, a2a.LIST_PUSH_CONFIGS_RESPONSE),
    method("DeleteTaskPushNotificationConfig", a2a.PUSH_CONFIG_REQUEST, EMPTY),
    method("GetExtendedAgentCard", a2a.GET_EXTENDED_AGENT_CARD_REQUEST, a2a.AGENT_CARD),
  ],
};

function method(name: string, request: MessageSchema, response: MessageSchema): UnaryMethod | StreamMethod {
  const rpc = RPC_METHODS.get(name);
  if (rpc === undefined) throw new Error(`JSON-RPC has no method ${name}`);
  if (rpc.kind === "unary") return { kind: "unary", name, request, response, run: rpc.run };
  return { kind: "stream", name, request, response, run: rpc.run, encodeFrame };
}

function encodeFrame(frame: StreamResponse): JsonObject {
  // It is JSON; an interface has no index signature to say so.
  return frame as unknown as JsonObject;
}

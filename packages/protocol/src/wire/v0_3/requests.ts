import type {
  CancelTaskRequest,
  GetTaskRequest,
  JsonObject,
  SendMessageConfiguration,
  SendMessageRequest,
} from "../../a2a.ts";
import { parseWith } from "../../validation/place.ts";
import type { Parser } from "../../validation/place.ts";
import { present, protoObject } from "../../validation/proto-object.ts";
import { historyLength } from "../../validation/requests.ts";
import { boolean, id, jsonObject, strings } from "../../validation/values.ts";
import { json } from "./json.ts";
import { toV03Message, v03CallerMessage } from "./message.ts";
import { toV03PushConfig, v03PushConfig } from "./push-config.ts";

/**
 * The params of `message/send` and `message/stream`. An absent `blocking` waits, as both official 0.3 servers do;
 * only an explicit false returns at once.
 * @throws PlatformError INVALID_PARAMS
 */
export function fromV03SendParams(value: unknown): SendMessageRequest {
  return parseWith(sendParams, value);
}

/** Of `tasks/get`. */
export function fromV03TaskQuery(value: unknown): GetTaskRequest {
  return parseWith(taskQuery, value);
}

/** Of `tasks/cancel` and `tasks/resubscribe`. */
export function fromV03TaskId(value: unknown): CancelTaskRequest {
  return parseWith(taskId, value);
}

export function toV03SendParams(request: SendMessageRequest): JsonObject {
  const { configuration = {} } = request;
  const push = configuration.taskPushNotificationConfig;
  return json({
    message: toV03Message(request.message),
    configuration: json({
      acceptedOutputModes: configuration.acceptedOutputModes,
      blocking: configuration.returnImmediately !== true,
      historyLength: configuration.historyLength,
      pushNotificationConfig: push === undefined ? undefined : toV03PushConfig(push),
    }),
    metadata: request.metadata,
  });
}

const sendConfiguration: Parser<SendMessageConfiguration> = protoObject((object) =>
  present<SendMessageConfiguration>({
    acceptedOutputModes: object.optional("acceptedOutputModes", strings),
    taskPushNotificationConfig: object.optional("pushNotificationConfig", v03PushConfig),
    historyLength: object.optional("historyLength", historyLength),
    returnImmediately: object.optional("blocking", boolean) === false ? true : undefined,
  }),
);

const sendParams: Parser<SendMessageRequest> = protoObject((object) =>
  present<SendMessageRequest>({
    tenant: undefined,
    message: object.required("message", v03CallerMessage),
    configuration: object.optional("configuration", sendConfiguration),
    metadata: object.optional("metadata", jsonObject),
  }),
);

const taskQuery: Parser<GetTaskRequest> = protoObject((object) =>
  present<GetTaskRequest>({
    tenant: undefined,
    id: object.required("id", id),
    historyLength: object.optional("historyLength", historyLength),
  }),
);

const taskId: Parser<CancelTaskRequest> = protoObject((object) =>
  present<CancelTaskRequest>({
    tenant: undefined,
    id: object.required("id", id),
    metadata: object.optional("metadata", jsonObject),
  }),
);

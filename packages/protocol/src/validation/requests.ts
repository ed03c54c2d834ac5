import type {
  AuthenticationInfo,
  CancelTaskRequest,
  GetTaskPushNotificationConfigRequest,
  GetTaskRequest,
  ListTaskPushNotificationConfigsRequest,
  ListTasksRequest,
  SendMessageConfiguration,
  SendMessageRequest,
  SubscribeToTaskRequest,
  TaskPushNotificationConfig,
} from "../a2a.ts";
import { httpUrl, timestamp } from "./formats.ts";
import { callerMessage } from "./message.ts";
import type { Parser } from "./place.ts";
import { present, protoObject } from "./proto-object.ts";
import { taskState } from "./task.ts";
import { boolean, filledString, id, integer, jsonObject, optionalId, optionalString, strings } from "./values.ts";

export const historyLength: Parser<number> = integer({ min: 0 });

const authenticationInfo: Parser<AuthenticationInfo> = protoObject((object) =>
  present<AuthenticationInfo>({
    scheme: object.required("scheme", filledString),
    credentials: object.optional("credentials", optionalString),
  }),
);

export const taskPushNotificationConfig: Parser<TaskPushNotificationConfig> = protoObject((object) =>
  present<TaskPushNotificationConfig>({
    tenant: object.optional("tenant", optionalString),
    id: object.optional("id", optionalId),
    taskId: object.optional("taskId", optionalId),
    url: object.required("url", httpUrl),
    token: object.optional("token", optionalString),
    authentication: object.optional("authentication", authenticationInfo),
  }),
);

const sendMessageConfiguration: Parser<SendMessageConfiguration> = protoObject((object) =>
  present<SendMessageConfiguration>({
    acceptedOutputModes: object.optional("acceptedOutputModes", strings),
    taskPushNotificationConfig: object.optional("taskPushNotificationConfig", taskPushNotificationConfig),
    historyLength: object.optional("historyLength", historyLength),
    returnImmediately: object.optional("returnImmediately", boolean),
  }),
);

export const sendMessageRequest: Parser<SendMessageRequest> = protoObject((object) =>
  present<SendMessageRequest>({
    tenant: object.optional("tenant", optionalString),
    message: object.required("message", callerMessage),
    configuration: object.optional("configuration", sendMessageConfiguration),
    metadata: object.optional("metadata", jsonObject),
  }),
);

export const getTaskRequest: Parser<GetTaskRequest> = protoObject((object) =>
  present<GetTaskRequest>({
    tenant: object.optional("tenant", optionalString),
    id: object.required("id", id),
    historyLength: object.optional("historyLength", historyLength),
  }),
);

export const cancelTaskRequest: Parser<CancelTaskRequest> = protoObject((object) =>
  present<CancelTaskRequest>({
    tenant: object.optional("tenant", optionalString),
    id: object.required("id", id),
    metadata: object.optional("metadata", jsonObject),
  }),
);

export const subscribeToTaskRequest: Parser<SubscribeToTaskRequest> = protoObject((object) =>
  present<SubscribeToTaskRequest>({
    tenant: object.optional("tenant", optionalString),
    id: object.required("id", id),
  }),
);

export const listTasksRequest: Parser<ListTasksRequest> = protoObject((object) =>
  present<ListTasksRequest>({
    tenant: object.optional("tenant", optionalString),
    contextId: object.optional("contextId", optionalId),
    status: object.raw("status") === "TASK_STATE_UNSPECIFIED" ? undefined : object.optional("status", taskState),
    pageSize: object.optional("pageSize", integer({ min: 1, max: 100 })),
    pageToken: object.optional("pageToken", optionalString),
    historyLength: object.optional("historyLength", historyLength),
    statusTimestampAfter: object.optional("statusTimestampAfter", timestamp),
    includeArtifacts: object.optional("includeArtifacts", boolean),
  }),
);

export const getPushConfigRequest: Parser<GetTaskPushNotificationConfigRequest> = protoObject((object) =>
  present<GetTaskPushNotificationConfigRequest>({
    tenant: object.optional("tenant", optionalString),
    taskId: object.required("taskId", id),
    id: object.required("id", id),
  }),
);

export const listPushConfigsRequest: Parser<ListTaskPushNotificationConfigsRequest> = protoObject((object) =>
  present<ListTaskPushNotificationConfigsRequest>({
    tenant: object.optional("tenant", optionalString),
    taskId: object.required("taskId", id),
    // A .proto's 0 is its default, and means no wish.
    pageSize: object.raw("pageSize") === 0 ? undefined : object.optional("pageSize", integer({ min: 1, max: 100 })),
    pageToken: object.optional("pageToken", optionalString),
  }),
);

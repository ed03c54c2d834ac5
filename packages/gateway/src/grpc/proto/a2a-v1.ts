import {
  AGENT_CARD_SIGNATURE,
  AGENT_EXTENSION,
  AGENT_PROVIDER,
  SECURITY_REQUIREMENT,
  SECURITY_SCHEME,
} from "./card-parts.ts";
import { enumeration, message } from "./schema.ts";
import type { MessageSchema } from "./schema.ts";

// A2A 1.0: specification/a2a.proto, package lf.a2a.v1.

const TASK_STATE = enumeration(
  "TASK_STATE_UNSPECIFIED",
  "TASK_STATE_SUBMITTED",
  "TASK_STATE_WORKING",
  "TASK_STATE_COMPLETED",
  "TASK_STATE_FAILED",
  "TASK_STATE_CANCELED",
  "TASK_STATE_INPUT_REQUIRED",
  "TASK_STATE_REJECTED",
  "TASK_STATE_AUTH_REQUIRED",
);

const PART = message({
  text: [1, "string", "optional"],
  raw: [2, "bytes", "optional"],
  url: [3, "string", "optional"],
  data: [4, "value", "optional"],
  metadata: [5, "struct"],
  filename: [6, "string"],
  mediaType: [7, "string"],
});

const MESSAGE = message({
  messageId: [1, "string"],
  contextId: [2, "string"],
  taskId: [3, "string"],
  role: [4, enumeration("ROLE_UNSPECIFIED", "ROLE_USER", "ROLE_AGENT")],
  parts: [5, PART, "repeated"],
  metadata: [6, "struct"],
  extensions: [7, "string", "repeated"],
  referenceTaskIds: [8, "string", "repeated"],
});

const ARTIFACT = message({
  artifactId: [1, "string"],
  name: [2, "string"],
  description: [3, "string"],
  parts: [4, PART, "repeated"],
  metadata: [5, "struct"],
  extensions: [6, "string", "repeated"],
});

const TASK_STATUS = message({ state: [1, TASK_STATE], message: [2, MESSAGE], timestamp: [3, "timestamp"] });

export const TASK: MessageSchema = message({
  id: [1, "string"],
  contextId: [2, "string"],
  status: [3, TASK_STATUS],
  artifacts: [4, ARTIFACT, "repeated"],
  history: [5, MESSAGE, "repeated"],
  metadata: [6, "struct"],
});

export const STREAM_RESPONSE: MessageSchema = message({
  task: [1, TASK, "optional"],
  message: [2, MESSAGE, "optional"],
  statusUpdate: [
    3,
    message({ taskId: [1, "string"], contextId: [2, "string"], status: [3, TASK_STATUS], metadata: [4, "struct"] }),
    "optional",
  ],
  artifactUpdate: [
    4,
    message({
      taskId: [1, "string"],
      contextId: [2, "string"],
      artifact: [3, ARTIFACT],
      append: [4, "bool"],
      lastChunk: [5, "bool"],
      metadata: [6, "struct"],
    }),
    "optional",
  ],
});

export const SEND_MESSAGE_RESPONSE: MessageSchema = message({
  task: [1, TASK, "optional"],
  message: [2, MESSAGE, "optional"],
});

export const TASK_PUSH_NOTIFICATION_CONFIG: MessageSchema = message({
  tenant: [1, "string"],
  id: [2, "string"],
  taskId: [3, "string"],
  url: [4, "string"],
  token: [5, "string"],
  authentication: [6, message({ scheme: [1, "string"], credentials: [2, "string"] })],
});

export const SEND_MESSAGE_REQUEST: MessageSchema = message({
  tenant: [1, "string"],
  message: [2, MESSAGE],
  configuration: [
    3,
    message({
      acceptedOutputModes: [1, "string", "repeated"],
      taskPushNotificationConfig: [2, TASK_PUSH_NOTIFICATION_CONFIG],
      historyLength: [3, "int32", "optional"],
      returnImmediately: [4, "bool"],
    }),
  ],
  metadata: [4, "struct"],
});

export const GET_TASK_REQUEST: MessageSchema = message({
  tenant: [1, "string"],
  id: [2, "string"],
  historyLength: [3, "int32", "optional"],
});

export const LIST_TASKS_REQUEST: MessageSchema = message({
  tenant: [1, "string"],
  contextId: [2, "string"],
  status: [3, TASK_STATE],
  pageSize: [4, "int32", "optional"],
  pageToken: [5, "string"],
  historyLength: [6, "int32", "optional"],
  statusTimestampAfter: [7, "timestamp"],
  includeArtifacts: [8, "bool", "optional"],
});

export const LIST_TASKS_RESPONSE: MessageSchema = message({
  tasks: [1, TASK, "repeated"],
  nextPageToken: [2, "string"],
  pageSize: [3, "int32"],
  totalSize: [4, "int32"],
});

export const CANCEL_TASK_REQUEST: MessageSchema = message({
  tenant: [1, "string"],
  id: [2, "string"],
  metadata: [3, "struct"],
});

export const SUBSCRIBE_TO_TASK_REQUEST: MessageSchema = message({ tenant: [1, "string"], id: [2, "string"] });

/** Of the requests to get one and to delete one. */
export const PUSH_CONFIG_REQUEST: MessageSchema = message({
  tenant: [1, "string"],
  taskId: [2, "string"],
  id: [3, "string"],
});

export const LIST_PUSH_CONFIGS_REQUEST: MessageSchema = message({
  taskId: [1, "string"],
  pageSize: [2, "int32"],
  pageToken: [3, "string"],
  tenant: [4, "string"],
});

export const LIST_PUSH_CONFIGS_RESPONSE: MessageSchema = message({
  configs: [1, TASK_PUSH_NOTIFICATION_CONFIG, "repeated"],
  nextPageToken: [2, "string"],
});

export const GET_EXTENDED_AGENT_CARD_REQUEST: MessageSchema = message({ tenant: [1, "string"] });

export const AGENT_CARD: MessageSchema = message({
  name: [1, "string"],
  description: [2, "string"],
  supportedInterfaces: [
    3,
    message({
      url: [1, "string"],
      protocolBinding: [2, "string"],
      tenant: [3, "string"],
      protocolVersion: [4, "string"],
    }),
    "repeated",
  ],
  provider: [4, AGENT_PROVIDER],
  version: [5, "string"],
  documentationUrl: [6, "string", "optional"],
  capabilities: [
    7,
    message({
      streaming: [1, "bool", "optional"],
      pushNotifications: [2, "bool", "optional"],
      extensions: [3, AGENT_EXTENSION, "repeated"],
      extendedAgentCard: [4, "bool", "optional"],
    }),
  ],
  securitySchemes: [8, SECURITY_SCHEME, "map"],
  securityRequirements: [9, SECURITY_REQUIREMENT, "repeated"],
  defaultInputModes: [10, "string", "repeated"],
  defaultOutputModes: [11, "string", "repeated"],
  skills: [
    12,
    message({
      id: [1, "string"],
      name: [2, "string"],
      description: [3, "string"],
      tags: [4, "string", "repeated"],
      examples: [5, "string", "repeated"],
      inputModes: [6, "string", "repeated"],
      outputModes: [7, "string", "repeated"],
      securityRequirements: [8, SECURITY_REQUIREMENT, "repeated"],
    }),
    "repeated",
  ],
  signatures: [13, AGENT_CARD_SIGNATURE, "repeated"],
  iconUrl: [14, "string", "optional"],
});

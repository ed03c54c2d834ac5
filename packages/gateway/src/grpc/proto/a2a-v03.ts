import {
  AGENT_CARD_SIGNATURE,
  AGENT_EXTENSION,
  AGENT_PROVIDER,
  SECURITY_REQUIREMENT,
  SECURITY_SCHEME,
} from "./card-parts.ts";
import { enumeration, message } from "./schema.ts";
import type { MessageSchema } from "./schema.ts";

// A2A 0.3: specification/grpc/a2a.proto at v0.3.0, package a2a.v1.

const FILE_PART = message({
  fileWithUri: [1, "string", "optional"],
  fileWithBytes: [2, "bytes", "optional"],
  mimeType: [3, "string"],
});

const PART = message({
  text: [1, "string", "optional"],
  file: [2, FILE_PART, "optional"],
  data: [3, message({ data: [1, "struct"] }), "optional"],
});

const MESSAGE = message({
  messageId: [1, "string"],
  contextId: [2, "string"],
  taskId: [3, "string"],
  role: [4, enumeration("ROLE_UNSPECIFIED", "ROLE_USER", "ROLE_AGENT")],
  content: [5, PART, "repeated"],
  metadata: [6, "struct"],
  extensions: [7, "string", "repeated"],
});

const ARTIFACT = message({
  artifactId: [1, "string"],
  name: [3, "string"],
  description: [4, "string"],
  parts: [5, PART, "repeated"],
  metadata: [6, "struct"],
  extensions: [7, "string", "repeated"],
});

const TASK_STATUS = message({
  state: [
    1,
    enumeration(
      "TASK_STATE_UNSPECIFIED",
      "TASK_STATE_SUBMITTED",
      "TASK_STATE_WORKING",
      "TASK_STATE_COMPLETED",
      "TASK_STATE_FAILED",
      "TASK_STATE_CANCELLED",
      "TASK_STATE_INPUT_REQUIRED",
      "TASK_STATE_REJECTED",
      "TASK_STATE_AUTH_REQUIRED",
    ),
  ],
  message: [2, MESSAGE],
  timestamp: [3, "timestamp"],
});

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
    message({
      taskId: [1, "string"],
      contextId: [2, "string"],
      status: [3, TASK_STATUS],
      final: [4, "bool"],
      metadata: [5, "struct"],
    }),
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

const PUSH_NOTIFICATION_CONFIG = message({
  id: [1, "string"],
  url: [2, "string"],
  token: [3, "string"],
  authentication: [4, message({ schemes: [1, "string", "repeated"], credentials: [2, "string"] })],
});

export const TASK_PUSH_NOTIFICATION_CONFIG: MessageSchema = message({
  name: [1, "string"],
  pushNotificationConfig: [2, PUSH_NOTIFICATION_CONFIG],
});

/** The .proto calls the first field `request`; its JSON name is `message`. */
export const SEND_MESSAGE_REQUEST: MessageSchema = message({
  message: [1, MESSAGE],
  configuration: [
    2,
    message({
      acceptedOutputModes: [1, "string", "repeated"],
      pushNotification: [2, PUSH_NOTIFICATION_CONFIG],
      historyLength: [3, "int32"],
      blocking: [4, "bool"],
    }),
  ],
  metadata: [3, "struct"],
});

export const GET_TASK_REQUEST: MessageSchema = message({ name: [1, "string"], historyLength: [2, "int32"] });

/** Of every request that only says which task or configuration it is about. */
export const NAME_REQUEST: MessageSchema = message({ name: [1, "string"] });

export const CREATE_PUSH_CONFIG_REQUEST: MessageSchema = message({
  parent: [1, "string"],
  configId: [2, "string"],
  config: [3, TASK_PUSH_NOTIFICATION_CONFIG],
});

export const LIST_PUSH_CONFIGS_REQUEST: MessageSchema = message({
  parent: [1, "string"],
  pageSize: [2, "int32"],
  pageToken: [3, "string"],
});

export const LIST_PUSH_CONFIGS_RESPONSE: MessageSchema = message({
  configs: [1, TASK_PUSH_NOTIFICATION_CONFIG, "repeated"],
  nextPageToken: [2, "string"],
});

export const AGENT_CARD: MessageSchema = message({
  name: [1, "string"],
  description: [2, "string"],
  url: [3, "string"],
  provider: [4, AGENT_PROVIDER],
  version: [5, "string"],
  documentationUrl: [6, "string"],
  capabilities: [
    7,
    message({
      streaming: [1, "bool"],
      pushNotifications: [2, "bool"],
      extensions: [3, AGENT_EXTENSION, "repeated"],
    }),
  ],
  securitySchemes: [8, SECURITY_SCHEME, "map"],
  security: [9, SECURITY_REQUIREMENT, "repeated"],
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
      security: [8, SECURITY_REQUIREMENT, "repeated"],
    }),
    "repeated",
  ],
  supportsAuthenticatedExtendedCard: [13, "bool"],
  preferredTransport: [14, "string"],
  additionalInterfaces: [15, message({ url: [1, "string"], transport: [2, "string"] }), "repeated"],
  protocolVersion: [16, "string"],
  signatures: [17, AGENT_CARD_SIGNATURE, "repeated"],
});

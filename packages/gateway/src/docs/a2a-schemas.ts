import { Role, TaskState } from "@berth/protocol";
import { anyObject, choice, described, flag, instant, integer, list, nullable, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";
import { address } from "./json-schema.ts";

export type A2aSchemaName =
  | "AcceptedTask"
  | "AgentCard"
  | "AppConfig"
  | "AppSession"
  | "Artifact"
  | "JsonRpcRequest"
  | "JsonRpcResponse"
  | "ListTasksResponse"
  | "Message"
  | "Part"
  | "PushNotificationConfig"
  | "PushNotificationConfigs"
  | "RunEvent"
  | "RunResult"
  | "SendMessageRequest"
  | "SendMessageResponse"
  | "StreamResponse"
  | "Task"
  | "TaskState"
  | "TaskStatus"
  | "V03Message";

const ref = (name: A2aSchemaName): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/** The data objects of A2A 1.0 (specification v1.0.1 §4) as they are on the wire, and what `/invoke` makes of them. */
export const A2A_SCHEMAS: Readonly<Record<A2aSchemaName, JsonSchema>> = {
  AppConfig: object({
    agent: object({ name: text, title: text, description: text, version: text }),
    release: text,
    protocolVersions: list(text),
    endpoints: { ...anyObject, additionalProperties: text },
    skills: list(
      object({
        id: text,
        name: text,
        description: text,
        tags: list(text),
        "inputSchema?": anyObject,
        "outputSchema?": anyObject,
      }),
    ),
  }),
  AppSession: object({
    user: object({ kind: text, id: text, name: nullable(text) }),
    organization: object({ id: text, name: text }),
    agent: text,
    scopes: list(text),
    expiresAt: described("Null for what is no session.", nullable(instant)),
  }),
  TaskState: choice(...Object.values(TaskState)),
  Part: described("Exactly one of text, raw (base64), url and data.", {
    ...object({
      "text?": text,
      "raw?": { type: "string", contentEncoding: "base64" },
      "url?": address,
      "data?": {},
      "metadata?": anyObject,
      "filename?": text,
      "mediaType?": text,
    }),
  }),
  Message: object({
    messageId: text,
    role: choice(...Object.values(Role)),
    parts: list(ref("Part")),
    "contextId?": text,
    "taskId?": text,
    "metadata?": anyObject,
    "extensions?": list(text),
    "referenceTaskIds?": list(text),
  }),
  TaskStatus: object({ state: ref("TaskState"), "message?": ref("Message"), "timestamp?": instant }),
  Artifact: object({
    artifactId: text,
    "name?": text,
    "description?": text,
    parts: list(ref("Part")),
    "metadata?": anyObject,
    "extensions?": list(text),
  }),
  Task: object({
    id: text,
    "contextId?": text,
    status: ref("TaskStatus"),
    "artifacts?": list(ref("Artifact")),
    "history?": list(ref("Message")),
    "metadata?": anyObject,
  }),
  SendMessageRequest: object({
    message: ref("Message"),
    "configuration?": object({
      "acceptedOutputModes?": list(text),
      "taskPushNotificationConfig?": ref("PushNotificationConfig"),
      "historyLength?": { type: "integer", minimum: 0 },
      "returnImmediately?": flag,
    }),
    "metadata?": anyObject,
    "tenant?": text,
  }),
  SendMessageResponse: {
    oneOf: [object({ task: ref("Task") }), object({ message: ref("Message") })],
  },
  StreamResponse: described("One frame of a stream.", {
    oneOf: [
      object({ task: ref("Task") }),
      object({ message: ref("Message") }),
      object({
        statusUpdate: object({ taskId: text, contextId: text, status: ref("TaskStatus"), "metadata?": anyObject }),
      }),
      object({
        artifactUpdate: object({
          taskId: text,
          contextId: text,
          artifact: ref("Artifact"),
          "append?": flag,
          "lastChunk?": flag,
          "metadata?": anyObject,
        }),
      }),
    ],
  }),
  ListTasksResponse: object({ tasks: list(ref("Task")), nextPageToken: text, pageSize: integer, totalSize: integer }),
  PushNotificationConfig: object({
    url: address,
    "id?": text,
    "taskId?": text,
    "token?": text,
    "authentication?": object({ scheme: text, "credentials?": text }),
    "tenant?": text,
  }),
  PushNotificationConfigs: object({ "configs?": list(ref("PushNotificationConfig")), "nextPageToken?": text }),
  AgentCard: described("An A2A agent card (specification v1.0.1 §4.4); by A2A-Version also with the fields of 0.3.", {
    ...object({
      name: text,
      description: text,
      version: text,
      "supportedInterfaces?": list(
        object({ url: address, protocolBinding: text, protocolVersion: text, "tenant?": text }),
      ),
      capabilities: anyObject,
      defaultInputModes: list(text),
      defaultOutputModes: list(text),
      skills: list(object({ id: text, name: text, description: text, tags: list(text) })),
    }),
  }),
  JsonRpcRequest: object({
    jsonrpc: { const: "2.0" },
    "id?": { type: ["string", "integer", "null"] },
    method: text,
    "params?": anyObject,
  }),
  JsonRpcResponse: object({
    jsonrpc: { const: "2.0" },
    id: { type: ["string", "integer", "null"] },
    "result?": {},
    "error?": object({ code: integer, message: text, "data?": {} }),
  }),
  V03Message: described("An object of A2A 0.3 in the form of its HTTP+JSON binding.", anyObject),
  AcceptedTask: object({ taskId: text, contextId: text, state: ref("TaskState"), sse: address }),
  RunResult: object({
    taskId: text,
    contextId: text,
    state: ref("TaskState"),
    output: described("What the skill returned; null while there is nothing.", {}),
    artifacts: list(ref("Artifact")),
    receiptId: { type: ["string", "null"] },
    "approvalId?": described("AUTH_REQUIRED: the request that somebody else is to decide on.", text),
    "message?": described("What the agent says: its reply, a question, or why it failed.", ref("Message")),
  }),
  RunEvent: described("A frame with its sequence number as event id; the last event is `result`, a RunResult.", {
    oneOf: [ref("StreamResponse"), ref("RunResult")],
  }),
};

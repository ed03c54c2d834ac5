/** Calls a platform, or one agent, over HTTP. Runs in Node and in a browser. */
export { createAgentClient } from "./agent-client.ts";
export type * from "./approvals-client.ts";
export type * from "./clients-client.ts";
export type * from "./issuers-client.ts";
export type * from "./models-client.ts";
export type * from "./files-client.ts";
export type * from "./distribution-client.ts";
export type * from "./images-client.ts";
export type * from "./targets-client.ts";
export type * from "./secrets-client.ts";
export type * from "./telemetry-client.ts";
export type * from "./audit-types.ts";
export type * from "./billing-client.ts";
export type * from "./evals-client.ts";
export type * from "./memory-client.ts";
export type {
  MemoryFilter,
  MemoryHit,
  MemoryItem,
  MemorySearch,
  MemoryTarget,
  NewMemory,
  SavedMemory,
} from "../memory.ts";
export type { LedgerClient } from "./ledger-client.ts";
export type * from "./limits-client.ts";
export type * from "./deployments-client.ts";
export type * from "./releases-client.ts";
export type * from "./users-client.ts";
export type { AgentClient, AgentClientOptions } from "./agent-client.ts";
export type { StreamOptions } from "./agent-stream.ts";
export { ConnectionError } from "./connection-error.ts";
export type { CallOptions, ClientOptions } from "./call-options.ts";
export { skillMessage, textMessage } from "./messages.ts";
export type { MessageOptions } from "./messages.ts";
export { createPlatformClient } from "./platform-client.ts";
export type { PlatformClient, PlatformClientOptions } from "./platform-client.ts";
export type * from "./platform-types.ts";
// What the calls take and give, so that a client needs no second import.
export { PlatformError } from "@berth/protocol";
export type {
  AgentCard,
  Artifact,
  JsonValue,
  ListTasksRequest,
  ListTasksResponse,
  Message,
  Part,
  SendMessageRequest,
  SendMessageResponse,
  StreamResponse,
  Task,
  TaskState,
  TaskStatus,
} from "@berth/protocol";

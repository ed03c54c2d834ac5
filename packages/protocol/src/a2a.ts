/**
 * The data objects of A2A 1.0 in their JSON form (specification text v1.0.1, §4 and `specification/a2a.proto`,
 * ProtoJSON mapping §5.5). These types are also how tasks are stored: spelled as on the wire.
 */

export const TaskState = {
  Submitted: "TASK_STATE_SUBMITTED",
  Working: "TASK_STATE_WORKING",
  InputRequired: "TASK_STATE_INPUT_REQUIRED",
  AuthRequired: "TASK_STATE_AUTH_REQUIRED",
  Completed: "TASK_STATE_COMPLETED",
  Failed: "TASK_STATE_FAILED",
  Canceled: "TASK_STATE_CANCELED",
  Rejected: "TASK_STATE_REJECTED",
} as const;
export type TaskState = (typeof TaskState)[keyof typeof TaskState];

export const Role = { User: "ROLE_USER", Agent: "ROLE_AGENT" } as const;
export type Role = (typeof Role)[keyof typeof Role];

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

/** Exactly one of `text`, `raw` (base64), `url`, `data`. */
export interface Part {
  readonly text?: string;
  readonly raw?: string;
  readonly url?: string;
  readonly data?: JsonValue;
  readonly metadata?: JsonObject;
  readonly filename?: string;
  readonly mediaType?: string;
}

export interface Message {
  readonly messageId: string;
  readonly contextId?: string;
  readonly taskId?: string;
  readonly role: Role;
  readonly parts: readonly Part[];
  readonly metadata?: JsonObject;
  readonly extensions?: readonly string[];
  readonly referenceTaskIds?: readonly string[];
}

export interface TaskStatus {
  readonly state: TaskState;
  readonly message?: Message;
  /** RFC 3339, UTC, milliseconds. */
  readonly timestamp?: string;
}

export interface Artifact {
  readonly artifactId: string;
  readonly name?: string;
  readonly description?: string;
  readonly parts: readonly Part[];
  readonly metadata?: JsonObject;
  readonly extensions?: readonly string[];
}

export interface Task {
  readonly id: string;
  readonly contextId?: string;
  readonly status: TaskStatus;
  readonly artifacts?: readonly Artifact[];
  readonly history?: readonly Message[];
  readonly metadata?: JsonObject;
}

export interface TaskStatusUpdateEvent {
  readonly taskId: string;
  readonly contextId: string;
  readonly status: TaskStatus;
  readonly metadata?: JsonObject;
}

export interface TaskArtifactUpdateEvent {
  readonly taskId: string;
  readonly contextId: string;
  readonly artifact: Artifact;
  readonly append?: boolean;
  readonly lastChunk?: boolean;
  readonly metadata?: JsonObject;
}

/** One frame of a stream: exactly one member. */
export type StreamResponse =
  | { readonly task: Task }
  | { readonly message: Message }
  | { readonly statusUpdate: TaskStatusUpdateEvent }
  | { readonly artifactUpdate: TaskArtifactUpdateEvent };

export interface AuthenticationInfo {
  readonly scheme: string;
  readonly credentials?: string;
}

export interface TaskPushNotificationConfig {
  readonly tenant?: string;
  readonly id?: string;
  readonly taskId?: string;
  readonly url: string;
  readonly token?: string;
  readonly authentication?: AuthenticationInfo;
}

export interface SendMessageConfiguration {
  readonly acceptedOutputModes?: readonly string[];
  readonly taskPushNotificationConfig?: TaskPushNotificationConfig;
  readonly historyLength?: number;
  readonly returnImmediately?: boolean;
}

export interface SendMessageRequest {
  readonly tenant?: string;
  readonly message: Message;
  readonly configuration?: SendMessageConfiguration;
  readonly metadata?: JsonObject;
}

export type SendMessageResponse = { readonly task: Task } | { readonly message: Message };

export interface GetTaskRequest {
  readonly tenant?: string;
  readonly id: string;
  readonly historyLength?: number;
}

export interface CancelTaskRequest {
  readonly tenant?: string;
  readonly id: string;
  readonly metadata?: JsonObject;
}

export interface SubscribeToTaskRequest {
  readonly tenant?: string;
  readonly id: string;
}

/** Also of `DeleteTaskPushNotificationConfig`. */
export interface GetTaskPushNotificationConfigRequest {
  readonly tenant?: string;
  readonly taskId: string;
  readonly id: string;
}

export interface ListTaskPushNotificationConfigsRequest {
  readonly tenant?: string;
  readonly taskId: string;
  /** 1–100, default 50. */
  readonly pageSize?: number;
  readonly pageToken?: string;
}

export interface ListTaskPushNotificationConfigsResponse {
  readonly configs: readonly TaskPushNotificationConfig[];
  /** "" at the end. */
  readonly nextPageToken: string;
}

export interface ListTasksRequest {
  readonly tenant?: string;
  readonly contextId?: string;
  readonly status?: TaskState;
  /** 1–100, default 50. */
  readonly pageSize?: number;
  readonly pageToken?: string;
  readonly historyLength?: number;
  /** Tasks whose status is at least this new. */
  readonly statusTimestampAfter?: string;
  /** False or absent: the `artifacts` key is left out. */
  readonly includeArtifacts?: boolean;
}

export interface ListTasksResponse {
  readonly tasks: readonly Task[];
  /** Always present; "" at the end. */
  readonly nextPageToken: string;
  readonly pageSize: number;
  readonly totalSize: number;
}

export interface AgentInterface {
  readonly url: string;
  /** `JSONRPC`, `GRPC`, `HTTP+JSON` or a URI. */
  readonly protocolBinding: string;
  readonly tenant?: string;
  /** `Major.Minor`, such as "1.0" or "0.3". */
  readonly protocolVersion: string;
}

export interface AgentExtension {
  readonly uri: string;
  readonly description?: string;
  readonly required?: boolean;
  readonly params?: JsonObject;
}

export interface AgentCapabilities {
  readonly streaming?: boolean;
  readonly pushNotifications?: boolean;
  readonly extensions?: readonly AgentExtension[];
  readonly extendedAgentCard?: boolean;
}

export interface SecurityRequirement {
  readonly schemes: { readonly [name: string]: { readonly list: readonly string[] } };
}

export interface AgentSkill {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly examples?: readonly string[];
  readonly inputModes?: readonly string[];
  readonly outputModes?: readonly string[];
  readonly securityRequirements?: readonly SecurityRequirement[];
}

/** One of `apiKeySecurityScheme`, `httpAuthSecurityScheme`, `oauth2SecurityScheme`, `openIdConnectSecurityScheme`, `mtlsSecurityScheme`. */
export type SecurityScheme = { readonly [kind: string]: JsonObject };

export interface AgentCard {
  readonly name: string;
  readonly description: string;
  /** In order of preference. */
  readonly supportedInterfaces: readonly AgentInterface[];
  readonly provider?: { readonly url: string; readonly organization: string };
  readonly version: string;
  readonly documentationUrl?: string;
  readonly capabilities: AgentCapabilities;
  readonly securitySchemes?: { readonly [name: string]: SecurityScheme };
  readonly securityRequirements?: readonly SecurityRequirement[];
  readonly defaultInputModes: readonly string[];
  readonly defaultOutputModes: readonly string[];
  readonly skills: readonly AgentSkill[];
  readonly signatures?: readonly {
    readonly protected: string;
    readonly signature: string;
    readonly header?: JsonObject;
  }[];
  readonly iconUrl?: string;
}

/** Extension URI under which an SDK agent's card carries each skill's JSON Schemas: `params.skills[{id, inputSchema, outputSchema}]`. */
export const SKILL_SCHEMAS_EXTENSION = "https://berth.dev/extensions/skill-schemas/v1";

/** Message metadata by which a caller picks a skill and passes typed arguments: `{ "skill": string, "input": JSON }`. */
export const SKILL_CALL_METADATA = "https://berth.dev/extensions/skill-call/v1";

/** Message metadata by which the platform tells an agent who calls. Stripped from whatever comes in. */
export const PRINCIPAL_METADATA = "https://berth.dev/extensions/principal/v1";

/**
 * Message metadata key under which an agent finds what it may do in this run: a RunCredentials. The gateway strips it
 * from whatever comes in.
 */
export const RUN_METADATA = "https://berth.dev/extensions/run/v1";

/** Metadata key of a status AUTH_REQUIRED that waits for an approval: `{ approvalId, read, write, reason, expiresAt }`. */
export const SCOPE_REQUEST_METADATA = "https://berth.dev/extensions/scope-request/v1";

/** What one run was given. Both are useless in other hands: the services socket says whose hands they are. */
export interface RunCredentials {
  readonly runId: string;
  /** `acg1_…`; for the services endpoint. */
  readonly grant?: string;
  /** Where the run may write, such as `outputs/<run>/`; absent: nowhere. */
  readonly write?: string;
  /** JWT of at most 60 s (draft-ietf-oauth-transaction-tokens): who calls, through whom. */
  readonly principalToken?: string;
  /** Of a durable run: which of its executions this is, from 1. What an earlier one still writes is refused. */
  readonly execution?: number;
}

/** Status-message metadata of a question: `{ "schema": JSON Schema of the answer }`. */
export const QUESTION_METADATA = "https://berth.dev/extensions/question/v1";

/** Message metadata by which a caller says what happens while the task's turn runs: `{ "policy": "queue" | "reject" | "steer" }`. */
export const TURN_POLICY_METADATA = "https://berth.dev/extensions/turn-policy/v1";

/** On the card of an agent that takes messages into a running turn: the turn policy `steer`. */
export const STEERING_EXTENSION = "https://berth.dev/extensions/steering/v1";

/**
 * Metadata of an agent's updates and messages: the totals of its task so far, a `RunUsage`. Of a task, for callers that
 * activated the extension: `{ "elapsedMs", "turns", "events" }` and those totals.
 */
export const RUN_USAGE_EXTENSION = "https://berth.dev/extensions/run-usage/v1";

export interface SkillSchemas {
  readonly id: string;
  readonly inputSchema?: JsonObject;
  readonly outputSchema?: JsonObject;
}

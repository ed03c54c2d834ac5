import type {
  AgentCard,
  CancelTaskRequest,
  GetTaskPushNotificationConfigRequest,
  GetTaskRequest,
  ListTaskPushNotificationConfigsRequest,
  ListTasksRequest,
  Message,
  SendMessageRequest,
  SendMessageResponse,
  StreamResponse,
  SubscribeToTaskRequest,
  Task,
  TaskPushNotificationConfig,
} from "../a2a.ts";
import { agentCard } from "./agent-card.ts";
import { message } from "./message.ts";
import { parseWith } from "./place.ts";
import {
  cancelTaskRequest,
  getPushConfigRequest,
  getTaskRequest,
  listPushConfigsRequest,
  listTasksRequest,
  sendMessageRequest,
  subscribeToTaskRequest,
  taskPushNotificationConfig,
} from "./requests.ts";
import { sendMessageResponse, streamResponse, task } from "./task.ts";

// Every parser here takes what JSON.parse made of a stranger's bytes, answers a value that holds only fields of its
// type, and throws PlatformError INVALID_PARAMS with every violation.

/** Of a caller: the message must be the user's. */
export function parseSendMessageRequest(value: unknown): SendMessageRequest {
  return parseWith(sendMessageRequest, value);
}

export function parseGetTaskRequest(value: unknown): GetTaskRequest {
  return parseWith(getTaskRequest, value);
}

export function parseListTasksRequest(value: unknown): ListTasksRequest {
  return parseWith(listTasksRequest, value);
}

export function parseCancelTaskRequest(value: unknown): CancelTaskRequest {
  return parseWith(cancelTaskRequest, value);
}

export function parseSubscribeToTaskRequest(value: unknown): SubscribeToTaskRequest {
  return parseWith(subscribeToTaskRequest, value);
}

export function parseTaskPushNotificationConfig(value: unknown): TaskPushNotificationConfig {
  return parseWith(taskPushNotificationConfig, value);
}

export function parseGetPushConfigRequest(value: unknown): GetTaskPushNotificationConfigRequest {
  return parseWith(getPushConfigRequest, value);
}

export function parseListPushConfigsRequest(value: unknown): ListTaskPushNotificationConfigsRequest {
  return parseWith(listPushConfigsRequest, value);
}

/** Of either side: the role must be there. */
export function parseMessage(value: unknown): Message {
  return parseWith(message, value);
}

/** Of an agent, as the three below: a message without a role is the agent's. */
export function parseTask(value: unknown): Task {
  return parseWith(task, value);
}

export function parseStreamResponse(value: unknown): StreamResponse {
  return parseWith(streamResponse, value);
}

export function parseSendMessageResponse(value: unknown): SendMessageResponse {
  return parseWith(sendMessageResponse, value);
}

export function parseAgentCard(value: unknown): AgentCard {
  return parseWith(agentCard, value);
}

export { parseHistoryLength, parseListPushConfigsQuery, parseListTasksQuery } from "./query.ts";

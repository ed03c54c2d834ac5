import { BUNDLE_MEDIA_TYPE } from "../rest/run-receipt.ts";
import type { RouteSchemas } from "./route-schemas.ts";

const CONFIGS = "/tasks/{id}/pushNotificationConfigs";

/** The routes that every agent has. */
export const AGENT_ROUTE_SCHEMAS: { readonly [route: string]: RouteSchemas } = {
  "POST /": { body: "JsonRpcRequest", answer: "JsonRpcResponse" },
  "GET /mcp": { answer: "JsonRpcRequest" },
  "POST /mcp": { body: "JsonRpcRequest", answer: "JsonRpcResponse", also: { 202: { description: "Taken note of" } } },
  "GET /.well-known/agent-card.json": { answer: "AgentCard" },
  "GET /.well-known/agent.json": { answer: "AgentCard" },
  "GET /.well-known/jwks.json": { answer: "JsonDocument" },
  "GET /.well-known/oauth-protected-resource": { answer: "JsonDocument" },
  "GET /.well-known/oauth-protected-resource/mcp": { answer: "JsonDocument" },
  "GET /extendedAgentCard": { answer: "AgentCard" },
  "GET /openapi.json": { answer: "JsonDocument" },
  "GET /llms.txt": {},
  "POST /message:send": { body: "SendMessageRequest", answer: "SendMessageResponse" },
  "POST /message:stream": { body: "SendMessageRequest", answer: "StreamResponse" },
  "GET /tasks": { answer: "ListTasksResponse" },
  "GET /tasks/{id}": { answer: "Task" },
  "GET /tasks/{id}:subscribe": { answer: "StreamResponse" },
  "POST /tasks/{id}:subscribe": { answer: "StreamResponse" },
  "POST /tasks/{id}:cancel": { answer: "Task" },
  [`POST ${CONFIGS}`]: { body: "PushNotificationConfig", answer: "PushNotificationConfig" },
  [`GET ${CONFIGS}`]: { answer: "PushNotificationConfigs" },
  [`GET ${CONFIGS}/{configId}`]: { answer: "PushNotificationConfig" },
  [`DELETE ${CONFIGS}/{configId}`]: { answer: "JsonDocument" },
  "POST /tasks": { body: "SendMessageRequest", answer: "AcceptedTask" },
  "GET /sse/{id}": { answer: "StreamResponse" },
  "POST /invoke/{skill}": {
    body: "JsonDocument",
    answer: "RunResult",
    forms: { "text/event-stream": "RunEvent" },
    also: { 202: { description: "Accepted; it runs on. Location is its task", schema: "AcceptedTask" } },
    headers: [
      { name: "Idempotency-Key", description: "The same key is the same run, however often it is sent." },
      { name: "Prefer", description: "respond-async: answer 202 at once. wait=N: answer 202 after N seconds." },
    ],
  },
  "GET /runs/{id}/receipt": {
    answer: "Receipt",
    forms: { [BUNDLE_MEDIA_TYPE]: "JsonDocument", "text/plain": null },
    also: { 202: { description: "It is being sealed; ask again", schema: "ReceiptPending" } },
  },
  "POST /v1/message:send": { body: "V03Message", answer: "V03Message" },
  "POST /v1/message:stream": { body: "V03Message", answer: "V03Message" },
  "GET /v1/tasks/{id}": { answer: "V03Message" },
  "GET /v1/tasks/{id}:subscribe": { answer: "V03Message" },
  "POST /v1/tasks/{id}:subscribe": { answer: "V03Message" },
  "POST /v1/tasks/{id}:cancel": { answer: "V03Message" },
  [`POST /v1${CONFIGS}`]: { body: "V03Message", answer: "V03Message" },
  [`GET /v1${CONFIGS}`]: { answer: "V03Message" },
  [`GET /v1${CONFIGS}/{configId}`]: { answer: "V03Message" },
  [`DELETE /v1${CONFIGS}/{configId}`]: { answer: "V03Message" },
  "GET /v1/card": { answer: "V03Message" },
};

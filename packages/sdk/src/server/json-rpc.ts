import type { IncomingMessage, ServerResponse } from "node:http";
import {
  PlatformError,
  parseCancelTaskRequest,
  parseGetTaskRequest,
  parseListTasksRequest,
  parseSendMessageRequest,
  parseSubscribeToTaskRequest,
} from "@berth/protocol";
import type { JsonValue } from "@berth/protocol";
import type { AgentService } from "./agent-service.ts";
import { closedSignal, sendJson } from "./http-response.ts";
import type { TaskListener } from "./live-task.ts";
import { EventWriter } from "./event-writer.ts";
import { checkVersion } from "./protocol-version.ts";
import { readJson } from "./read-body.ts";
import { toJsonRpcError, toPlatformError } from "./wire-errors.ts";

type Id = string | number | null;

/** A2A 1.0.1 §9: one POST address; errors are part of a response with status 200. */
export async function handleJsonRpc(
  service: AgentService,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  let id: Id = null;
  try {
    const body = await readJson(request);
    id = idOf(body);
    const { method, params } = parseCall(body);
    checkVersion(request, url);
    await dispatch({ service, response, id, params }, method);
  } catch (error) {
    const failure = { jsonrpc: "2.0", id, error: toJsonRpcError(toPlatformError(error)) };
    if (!response.headersSent) sendJson(response, { body: failure });
  }
}

interface Call {
  readonly service: AgentService;
  readonly response: ServerResponse;
  readonly id: Id;
  readonly params: unknown;
}

async function dispatch(call: Call, method: string): Promise<void> {
  const { service, params } = call;
  switch (method) {
    case "SendMessage":
      return answer(call, await service.send(parseSendMessageRequest(params), closedSignal(call.response)));
    case "SendStreamingMessage": {
      const request = parseSendMessageRequest(params);
      return stream(call, (listener) => service.stream(request, listener));
    }
    case "SubscribeToTask": {
      const request = parseSubscribeToTaskRequest(params);
      return stream(call, (listener) => service.subscribe(request, listener));
    }
    case "GetTask":
      return answer(call, service.getTask(parseGetTaskRequest(params)));
    case "ListTasks":
      return answer(call, service.listTasks(parseListTasksRequest(params ?? {})));
    case "CancelTask":
      return answer(call, service.cancelTask(parseCancelTaskRequest(params)));
    case "CreateTaskPushNotificationConfig":
    case "GetTaskPushNotificationConfig":
    case "ListTaskPushNotificationConfigs":
    case "DeleteTaskPushNotificationConfig":
      throw new PlatformError("PUSH_NOTIFICATION_NOT_SUPPORTED", "This agent sends no push notifications.");
    case "GetExtendedAgentCard":
      throw new PlatformError("UNSUPPORTED_OPERATION", "This agent has no extended card.");
    default:
      throw new PlatformError("METHOD_NOT_FOUND", `There is no method "${method}" in A2A 1.0.`);
  }
}

function answer({ response, id }: Call, result: object): void {
  sendJson(response, { body: { jsonrpc: "2.0", id, result } });
}

/** Refusals come before the first byte, so they are still a plain response. */
function stream({ response, id }: Call, start: (listener: TaskListener) => () => void): void {
  let writer: EventWriter | undefined;
  const open = (): EventWriter => (writer ??= new EventWriter(response));
  const stop = start({
    frame: (frame, seq) => open().write({ jsonrpc: "2.0", id, result: frame }, seq),
    end: () => open().end(),
    drained: () => writer?.drained(),
  });
  open();
  response.once("close", stop);
}

function idOf(body: unknown): Id {
  if (typeof body !== "object" || body === null || !("id" in body)) return null;
  return typeof body.id === "string" || typeof body.id === "number" ? body.id : null;
}

function parseCall(body: unknown): { readonly method: string; readonly params: unknown } {
  const isObject = typeof body === "object" && body !== null && !Array.isArray(body);
  if (!isObject) throw invalid("The request must be one JSON-RPC object; batches are not part of A2A.");
  // An object that is not null: its members may be looked at.
  const { jsonrpc, method, params, id } = body as { readonly [key: string]: JsonValue | undefined };
  if (jsonrpc !== "2.0") throw invalid('jsonrpc must be "2.0".');
  if (typeof method !== "string") throw invalid("method must be a string.");
  if (typeof id !== "string" && typeof id !== "number") throw invalid("id must be a string or a number.");
  return { method, params };
}

function invalid(message: string): PlatformError {
  return new PlatformError("INVALID_REQUEST", message);
}

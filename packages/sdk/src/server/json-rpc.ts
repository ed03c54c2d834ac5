import type { IncomingMessage, ServerResponse } from "node:http";
import {
  PlatformError,
  parseCancelTaskRequest,
  parseGetTaskRequest,
  parseListTasksRequest,
  parseSendMessageRequest,
  parseSubscribeToTaskRequest,
} from "@berth/protocol";
import type { AgentCard, JsonValue } from "@berth/protocol";
import type { AgentService } from "./agent-service.ts";
import { closedSignal, sendJson } from "./http-response.ts";
import type { TaskListener } from "./live-task.ts";
import { EVENTS, EventWriter } from "./event-writer.ts";
import type { StreamFormat } from "./event-writer.ts";
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
  const answer = (body: object): void => sendJson(response, { body });
  let body: unknown;
  try {
    body = await readJson(request);
  } catch (error) {
    return answer(rpcFailure(null, error));
  }
  const check = (): void => checkVersion(request, url);
  await answerJsonRpc(service, body, { response, signal: closedSignal(response), answer, check, format: EVENTS });
}

/** How one request is answered. */
export interface RpcReply {
  readonly response: ServerResponse;
  /** The caller went away. */
  readonly signal: AbortSignal;
  /** One response and no more. */
  readonly answer: (body: object) => void;
  /** Of a stream of responses; undefined: there can be none. */
  readonly format?: StreamFormat;
  /** Of what is around the request; throws. */
  readonly check?: () => void;
  /** Where the card has no address of its own. */
  readonly card?: () => AgentCard;
}

/** Whatever it came in; what goes wrong is an answer too. */
export async function answerJsonRpc(service: AgentService, body: unknown, reply: RpcReply): Promise<void> {
  const id = idOf(body);
  try {
    const { method, params } = parseCall(body);
    reply.check?.();
    await dispatch({ service, reply, id, params }, method);
  } catch (error) {
    if (!reply.response.headersSent) reply.answer(rpcFailure(id, error));
  }
}

export function rpcFailure(id: Id, error: unknown): object {
  return { jsonrpc: "2.0", id, error: toJsonRpcError(toPlatformError(error)) };
}

interface Call {
  readonly service: AgentService;
  readonly reply: RpcReply;
  readonly id: Id;
  readonly params: unknown;
}

async function dispatch(call: Call, method: string): Promise<void> {
  const { service, params, reply } = call;
  switch (method) {
    case "SendMessage":
      return answer(call, await service.send(parseSendMessageRequest(params), reply.signal));
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
      if (reply.card !== undefined) return answer(call, reply.card());
      throw new PlatformError("UNSUPPORTED_OPERATION", "This agent has no extended card.");
    default:
      throw new PlatformError("METHOD_NOT_FOUND", `There is no method "${method}" in A2A 1.0.`);
  }
}

function answer({ reply, id }: Call, result: object): void {
  reply.answer({ jsonrpc: "2.0", id, result });
}

/** Refusals come before the first byte, so they are still a plain response. */
function stream({ reply: { response, format }, id }: Call, start: (listener: TaskListener) => () => void): void {
  if (format === undefined) throw new PlatformError("UNSUPPORTED_OPERATION", "This way there are no streams.");
  let writer: EventWriter | undefined;
  const open = (): EventWriter => (writer ??= new EventWriter(response, format));
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

import { isPlatformError, parseStreamResponse } from "@berth/protocol";
import type { SendMessageRequest, StreamResponse } from "@berth/protocol";
import { fromV03StreamEvent, toV03SendParams } from "@berth/protocol/wire/v0_3";
import { agentError, invalidResponse, isObject } from "./agent-errors.ts";
import { extensionHeader } from "./agent-wire.ts";
import type { AgentRequest, AgentWire } from "./agent-wire.ts";

export interface JsonRpcOptions {
  readonly path: string;
  readonly streaming: boolean;
  readonly tenant?: string | undefined;
}

/** JSON-RPC of A2A 1.0 (§9). */
export function jsonRpcWire({ path, streaming, tenant }: JsonRpcOptions): AgentWire {
  const inTenant = tenant === undefined ? {} : { tenant };
  const call = (method: string, params: object, extensions: readonly string[] = []): AgentRequest =>
    rpcRequest({
      path,
      method,
      params,
      headers: { "a2a-version": "1.0", ...extensionHeader("a2a-extensions", extensions) },
    });
  return {
    streaming,
    send: (request, extensions) => {
      const params = { ...request, ...inTenant } satisfies SendMessageRequest;
      return call(streaming ? "SendStreamingMessage" : "SendMessage", params, extensions);
    },
    steer: (request) => call("SendMessage", { ...request, ...inTenant }),
    get: (id) => call("GetTask", { ...inTenant, id }),
    cancel: (id) => call("CancelTask", { ...inTenant, id }),
    subscribe: (id) => call("SubscribeToTask", { ...inTenant, id }),
    frame: (value) => parsed(() => parseStreamResponse(rpcResult(value))),
    task: (value) => parsed(() => parseStreamResponse({ task: rpcResult(value) })),
  };
}

/** JSON-RPC of A2A 0.3, for agents that know nothing newer. */
export function jsonRpcWireV03({ path, streaming }: JsonRpcOptions): AgentWire {
  const call = (method: string, params: object, extensions: readonly string[] = []): AgentRequest =>
    rpcRequest({ path, method, params, headers: extensionHeader("x-a2a-extensions", extensions) });
  const frame = (value: unknown): StreamResponse => parsed(() => fromV03StreamEvent(rpcResult(value)));
  return {
    streaming,
    send: (request, extensions) =>
      call(streaming ? "message/stream" : "message/send", toV03SendParams(request), extensions),
    steer: (request) => call("message/send", toV03SendParams(request)),
    get: (id) => call("tasks/get", { id }),
    cancel: (id) => call("tasks/cancel", { id }),
    subscribe: (id) => call("tasks/resubscribe", { id }),
    frame,
    task: frame,
  };
}

interface RpcCall {
  readonly path: string;
  readonly method: string;
  readonly params: object;
  readonly headers: { readonly [name: string]: string };
}

function rpcRequest({ path, method, params, headers }: RpcCall): AgentRequest {
  return {
    method: "POST",
    path,
    headers: { ...headers, "content-type": "application/json", accept: "application/json, text/event-stream" },
    // One call per connection at a time: the id has nothing to tell apart.
    body: JSON.stringify({ jsonrpc: "2.0", id: "1", method, params }),
  };
}

/** @throws PlatformError AGENT_ERROR, INVALID_AGENT_RESPONSE */
export function rpcResult(value: unknown): unknown {
  if (!isObject(value)) throw invalidResponse("it is not a JSON-RPC response object");
  if (value["error"] !== undefined && value["error"] !== null) throw agentError(value["error"]);
  if (value["result"] === undefined) throw invalidResponse("it has neither `result` nor `error`");
  return value["result"];
}

function parsed(parse: () => StreamResponse): StreamResponse {
  try {
    return parse();
  } catch (error) {
    throw isPlatformError(error) && error.reason === "AGENT_ERROR" ? error : invalidResponse(error);
  }
}

import { isObject } from "./agent-errors.ts";
import type { AgentRequest, AgentWire } from "./agent-wire.ts";
import { jsonRpcWire, rpcResult } from "./json-rpc-wire.ts";

/**
 * JSON-RPC of A2A 1.0 in the envelope of Vertex AI's reasoning engines, whose interface forwards only these two calls:
 * `:query` has `{output}` with the response, `:streamQuery` a response on each line. `path` is the engine's.
 */
export function reasoningEngineWire({
  path,
  streaming,
}: {
  readonly path: string;
  readonly streaming: boolean;
}): AgentWire {
  const inner = jsonRpcWire({ path, streaming });
  const query = (request: AgentRequest): AgentRequest => wrapped(request, { path: `${path}:query`, method: "query" });
  const stream = (request: AgentRequest): AgentRequest =>
    wrapped(request, { path: `${path}:streamQuery`, method: "stream_query" });
  const card: AgentRequest = {
    method: "POST",
    path,
    headers: {},
    body: JSON.stringify({ jsonrpc: "2.0", id: "1", method: "GetExtendedAgentCard", params: {} }),
  };
  return {
    streaming,
    ...(streaming ? { lines: true } : {}),
    send: (message, extensions) => (streaming ? stream : query)(inner.send(message, extensions)),
    steer: (message) => query(inner.steer(message)),
    get: (id) => query(inner.get(id)),
    cancel: (id) => query(inner.cancel(id)),
    subscribe: (id) => stream(inner.subscribe(id)),
    frame: (value) => inner.frame(unwrapped(value)),
    task: (value) => inner.task(unwrapped(value)),
    askCard: { request: query(card), card: (value) => rpcResult(unwrapped(value)) },
  };
}

function wrapped(
  { headers, body = "{}" }: AgentRequest,
  { path, method }: { readonly path: string; readonly method: string },
): AgentRequest {
  return {
    method: "POST",
    path,
    headers: { ...headers, "content-type": "application/json", accept: "application/json" },
    body: `{"classMethod":"${method}","input":${body}}`,
  };
}

/** A line of a stream is the response itself. */
function unwrapped(value: unknown): unknown {
  return isObject(value) && "output" in value ? value["output"] : value;
}

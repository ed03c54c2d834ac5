import type { PlatformError } from "@berth/protocol";
import { JSON_RPC_CODE, rpcHttpStatus } from "../a2a/error-codes.ts";
import { rpcErrorBody } from "../a2a/render-error.ts";
import type { RpcId } from "../a2a/render-error.ts";
import type { Exchange } from "../edge/exchange.ts";
import type { RenderedError } from "../edge/render-error.ts";

/** MCP reserves -32001 to -32099 for itself: what is A2A's own becomes the plain JSON-RPC code of its kind. */
export function renderMcpError(error: PlatformError, exchange: Exchange, id: RpcId): RenderedError {
  return { status: rpcHttpStatus(error.reason), contentType: "application/json", body: mcpBody(error, exchange, id) };
}

function mcpBody(error: PlatformError, exchange: Exchange, id: RpcId): unknown {
  const code = JSON_RPC_CODE[error.reason];
  const isA2a = code <= -32001 && code >= -32099;
  const body = rpcErrorBody(error, exchange, id);
  if (!isA2a) return body;
  const { message } = error;
  const reserved = error.status === "INTERNAL" ? -32603 : -32602;
  return { jsonrpc: "2.0", id, error: { code: reserved, message, data: { reason: error.reason } } };
}

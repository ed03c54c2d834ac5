import type { JsonObject, PlatformError, Reason } from "@berth/protocol";
import { JSON_RPC_CODE, rpcHttpStatus } from "../a2a/error-codes.ts";
import type { RpcId } from "../a2a/render-error.ts";
import type { Exchange } from "../edge/exchange.ts";
import type { RenderedError } from "../edge/render-error.ts";
import { McpError } from "./mcp-error.ts";
import type { Era } from "./revision.ts";

export function renderMcpError(error: PlatformError, exchange: Exchange, id: RpcId, era?: Era): RenderedError {
  return {
    status: statusOf(error, era),
    contentType: "application/json",
    body: { jsonrpc: "2.0", id, error: mcpErrorBody(error, exchange) },
  };
}

/** JSON-RPC's error object. */
export function mcpErrorBody(error: PlatformError, { requestId }: Exchange): JsonObject {
  const { message, reason, hint, violations, metadata } = error;
  const retryAfter = metadata["retryAfterSeconds"];
  if (error instanceof McpError) {
    return { code: error.code, message, ...(error.data === undefined ? {} : { data: error.data }) };
  }
  const data: JsonObject = {
    reason,
    ...(hint === undefined ? {} : { hint }),
    ...(typeof retryAfter === "string" ? { retryAfterSeconds: Number(retryAfter) } : {}),
    ...(violations.length === 0 ? {} : { violations: violations.map((each) => ({ ...each })) }),
    ...(reason === "INTERNAL" ? { requestId } : {}),
  };
  return { code: codeOf(error), message, data };
}

/** MCP keeps -32000 to -32099 for itself: what has its code there becomes JSON-RPC's own of its kind. */
function codeOf({ reason, status }: PlatformError): number {
  const code = JSON_RPC_CODE[reason];
  if (code > -32000 || code < -32099) return code;
  switch (status) {
    case "INTERNAL":
    case "UNAVAILABLE":
    case "DEADLINE_EXCEEDED":
    case "RESOURCE_EXHAUSTED":
    case "CANCELLED":
      return -32603;
    case "UNAUTHENTICATED":
    case "PERMISSION_DENIED":
      return -32600;
    default:
      return -32602;
  }
}

const BROKEN: ReadonlySet<Reason> = new Set<Reason>(["PARSE_ERROR", "INVALID_REQUEST"]);

function statusOf(error: PlatformError, era: Era | undefined): number {
  if (error instanceof McpError) return error.httpStatus;
  if (era === "modern" && error.reason === "METHOD_NOT_FOUND") return 404;
  return BROKEN.has(error.reason) ? 400 : rpcHttpStatus(error.reason);
}

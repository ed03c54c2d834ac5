import { PlatformError } from "@berth/protocol";
import type { RpcId } from "./render-error.ts";

export interface RpcRequest {
  /** Undefined: a notification (JSON-RPC 2.0 §4.1). MCP has them, A2A has none. */
  readonly id: RpcId | undefined;
  readonly method: string;
  readonly params: unknown;
}

/** The id to answer an unreadable request with: its own when that can be told, else null (JSON-RPC 2.0 §5). */
export function answerableId(body: unknown): RpcId {
  if (typeof body !== "object" || body === null || !("id" in body)) return null;
  return isRpcId(body.id) ? body.id : null;
}

/** @throws INVALID_REQUEST */
export function parseRpcRequest(body: unknown): RpcRequest {
  if (Array.isArray(body)) throw invalid("Batches are not accepted; send one request at a time.");
  if (typeof body !== "object" || body === null) throw invalid("A JSON-RPC request is an object.");
  const { jsonrpc, id, method, params } = readMembers(body);
  if (jsonrpc !== "2.0") throw invalid(`"jsonrpc" must be "2.0".`);
  if (id !== undefined && !isRpcId(id)) throw invalid(`"id" must be a string, a number or null.`);
  if (typeof method !== "string") throw invalid(`"method" must be a string.`);
  if (params !== undefined && (typeof params !== "object" || params === null)) {
    throw new PlatformError("INVALID_PARAMS", `"params" must be an object.`);
  }
  return { id, method, params };
}

function readMembers(body: object): { jsonrpc?: unknown; id?: unknown; method?: unknown; params?: unknown } {
  // Own members only: nothing here comes from a prototype.
  const own = (name: string): unknown => Object.getOwnPropertyDescriptor(body, name)?.value;
  return { jsonrpc: own("jsonrpc"), id: own("id"), method: own("method"), params: own("params") };
}

function isRpcId(value: unknown): value is RpcId {
  return value === null || typeof value === "string" || (typeof value === "number" && Number.isFinite(value));
}

function invalid(message: string): PlatformError {
  return new PlatformError("INVALID_REQUEST", message);
}

import { PlatformError } from "@berth/protocol";
import { errorFromJsonRpc } from "./error-response.ts";
import type { HttpRequest } from "./http.ts";

/** A2A 1.0 over JSON-RPC: one POST to the agent's address. */
export function jsonRpcCall(method: string, params: unknown): HttpRequest {
  return {
    method: "POST",
    path: "",
    json: { jsonrpc: "2.0", id: crypto.randomUUID(), method, params },
    headers: { "a2a-version": "1.0" },
  };
}

/** @throws the agent's error as PlatformError; INVALID_AGENT_RESPONSE when it is no JSON-RPC response. */
export function jsonRpcResult(response: unknown): unknown {
  if (typeof response !== "object" || response === null) throw malformed();
  if ("error" in response) throw errorFromJsonRpc(response.error);
  if (!("result" in response)) throw malformed();
  return response.result;
}

function malformed(): PlatformError {
  return new PlatformError("INVALID_AGENT_RESPONSE", "The answer is not a JSON-RPC response.");
}

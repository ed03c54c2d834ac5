import { isAllowed, isPlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import type { McpCall } from "./mcp-call.ts";
import { McpCode, McpError } from "./mcp-error.ts";

const ADDRESS = /^berth:\/\/memory\/([a-z][a-z0-9-]{0,38})(?:\?query=([^&]*))?$/;

export const MEMORY_TEMPLATE: JsonObject = {
  uriTemplate: "berth://memory/{agent}{?query}",
  name: "memory",
  title: "What an agent remembers for you",
  description: "Passages that fit the query, best first; without a query the newest items. JSON.",
  mimeType: "application/json",
};

export function hasMemory({ exchange }: McpCall): boolean {
  return isAllowed(exchange.principal, "memory.read");
}

/** Undefined for what is not there, not the caller's, or no memory. */
export async function memoryContents(call: McpCall, uri: string): Promise<readonly JsonObject[] | undefined> {
  const { edge, exchange, surface } = call;
  const [, agent, encoded] = ADDRESS.exec(uri) ?? [];
  if (agent === undefined || !hasMemory(call)) return undefined;
  if (surface.agentName !== undefined && surface.agentName !== agent) return undefined;
  const { memory } = edge.control;
  try {
    const query = encoded === undefined ? undefined : decodeURIComponent(encoded);
    const found =
      query === undefined
        ? await memory.list(exchange.principal, agent, {})
        : await memory.search(exchange.principal, agent, { query });
    return [{ uri, mimeType: "application/json", text: JSON.stringify(found) }];
  } catch (error) {
    if (error instanceof URIError) throw new McpError(McpCode.InvalidParams, "The query is not percent-encoded.");
    if (isPlatformError(error) && error.reason === "AGENT_NOT_FOUND") return undefined;
    throw error;
  }
}

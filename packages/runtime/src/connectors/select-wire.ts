import { PlatformError } from "@berth/protocol";
import type { AgentCard, AgentInterface } from "@berth/protocol";
import type { AgentWire } from "./agent-wire.ts";
import { httpJsonWire } from "./http-json-wire.ts";
import { jsonRpcWire, jsonRpcWireV03 } from "./json-rpc-wire.ts";

/**
 * The way to speak to an agent by what its card offers. JSON-RPC 1.0 before 0.3 before HTTP+JSON; of several alike, the
 * first. Only the path of a URL counts: the host is the agent's socket, whatever the card says.
 * @throws PlatformError CARD_INVALID when the card offers nothing of it.
 */
export function selectWire(card: AgentCard): AgentWire {
  const streaming = card.capabilities.streaming === true;
  const offered = (binding: string, major: string): AgentInterface | undefined =>
    card.supportedInterfaces.find(
      ({ protocolBinding, protocolVersion }) => protocolBinding === binding && protocolVersion.startsWith(major),
    );
  const rpc = offered("JSONRPC", "1.");
  if (rpc !== undefined) return jsonRpcWire({ path: pathOf(rpc.url), streaming, tenant: rpc.tenant });
  const oldRpc = offered("JSONRPC", "0.");
  if (oldRpc !== undefined) return jsonRpcWireV03({ path: pathOf(oldRpc.url), streaming });
  const rest = offered("HTTP+JSON", "1.");
  if (rest !== undefined) {
    return httpJsonWire({ basePath: pathOf(rest.url).replace(/\/+$/, ""), streaming, tenant: rest.tenant });
  }
  const description = "must list a JSONRPC interface (1.0 or 0.3) or an HTTP+JSON interface (1.0)";
  throw new PlatformError("CARD_INVALID", `The agent's card: supportedInterfaces ${description}.`, {
    violations: [{ field: "supportedInterfaces", description }],
  });
}

function pathOf(url: string): string {
  const parsed = URL.parse(url, "http://localhost/");
  return parsed === null ? "/" : parsed.pathname;
}

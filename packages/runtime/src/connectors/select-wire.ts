import { PlatformError } from "@berth/protocol";
import type { AgentCard, AgentInterface } from "@berth/protocol";
import type { RemoteTarget } from "../sandbox-driver.ts";
import type { AgentWire } from "./agent-wire.ts";
import { httpJsonWire } from "./http-json-wire.ts";
import { jsonRpcWire, jsonRpcWireV03 } from "./json-rpc-wire.ts";
import { reasoningEngineWire } from "./reasoning-engine-wire.ts";

/** A binding and the major version with its dot. */
type Offer = readonly [binding: string, major: string];

const JSONRPC: Offer = ["JSONRPC", "1."];
const JSONRPC_V03: Offer = ["JSONRPC", "0."];
const HTTP_JSON: Offer = ["HTTP+JSON", "1."];

/**
 * The way to speak to an agent by what its card offers. JSON-RPC 1.0 before 0.3 before HTTP+JSON; of several alike, the
 * first. Only the path of a URL counts: the host is the agent's socket, whatever the card says.
 * @throws PlatformError CARD_INVALID when the card offers nothing of it.
 */
export function selectWire(card: AgentCard): AgentWire {
  return wireOf(select(card, [JSONRPC, JSONRPC_V03, HTTP_JSON]), card.capabilities.streaming === true);
}

/**
 * The interface by which to speak to an agent elsewhere: 1.0 in either binding before 0.3.
 * @throws PlatformError CARD_INVALID when the card offers nothing of it.
 */
export function selectInterface(card: AgentCard): AgentInterface {
  return select(card, [JSONRPC, HTTP_JSON, JSONRPC_V03]);
}

/** The wire of an interface that one of the functions above chose. */
export function wireOf(
  { url, tenant, protocolBinding, protocolVersion, dialect }: AgentInterface & Pick<RemoteTarget, "dialect">,
  streaming: boolean,
): AgentWire {
  const { pathname, search } = URL.parse(url, "http://localhost/") ?? { pathname: "/", search: "" };
  if (dialect === "reasoning-engine") return reasoningEngineWire({ path: pathname, streaming });
  if (protocolBinding === "HTTP+JSON") {
    return httpJsonWire({ basePath: pathname.replace(/\/+$/, ""), streaming, tenant });
  }
  const path = `${pathname}${search}`;
  return protocolVersion.startsWith("0.")
    ? jsonRpcWireV03({ path, streaming })
    : jsonRpcWire({ path, streaming, tenant });
}

function select({ supportedInterfaces }: AgentCard, preferred: readonly Offer[]): AgentInterface {
  for (const [binding, major] of preferred) {
    const offered = supportedInterfaces.find(
      ({ protocolBinding, protocolVersion }) => protocolBinding === binding && protocolVersion.startsWith(major),
    );
    if (offered !== undefined) return offered;
  }
  const description = "must list a JSONRPC interface (1.0 or 0.3) or an HTTP+JSON interface (1.0)";
  throw new PlatformError("CARD_INVALID", `The agent's card: supportedInterfaces ${description}.`, {
    violations: [{ field: "supportedInterfaces", description }],
  });
}

import { agentAddress } from "../platform/agent-address.ts";
import type { Edge } from "./edge.ts";
import type { AgentTarget } from "./routes.ts";

type Place = Pick<Edge, "baseUrl" | "domain">;

/**
 * What a token may name as its audience here: the platform, or the agent that is called under one of its addresses,
 * each as a whole or as its MCP server. Nothing that only the Host header says: it can make up ports.
 */
export function audiencesOf(place: Place, agent?: Pick<AgentTarget, "name" | "base">): readonly string[] {
  const base = new URL(place.baseUrl()).origin;
  const addresses = agent === undefined ? [base] : [base, ...agentAddresses(place, base, agent)];
  return [...new Set(addresses)].flatMap((address) => [address, `${address}/`, `${address}/mcp`]);
}

function agentAddresses(place: Place, base: string, agent: Pick<AgentTarget, "name" | "base">): readonly string[] {
  const own = [`${base}/agents/${agent.name}`, agentAddress(place, agent.name)];
  return isOurPort(new URL(agent.base), new URL(base)) ? [...own, agent.base] : own;
}

/** Where a proxy is in front, callers see none. */
function isOurPort(found: URL, base: URL): boolean {
  return found.port === base.port || (found.port === "" && !/^(?:localhost|127\.|\[::1\])/.test(found.hostname));
}

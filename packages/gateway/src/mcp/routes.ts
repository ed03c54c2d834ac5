import type { Edge } from "../edge/edge.ts";
import type { AgentRoute, PlatformRoute } from "../edge/routes.ts";
import { CallsInFlight } from "./calls-in-flight.ts";
import { handleMcp } from "./endpoint.ts";
import type { McpHouse } from "./mcp-call.ts";
import { Sealer } from "./sealer.ts";
import { agentSurface, organizationSurface } from "./surface.ts";

const ROUTE = { method: "POST", path: "/mcp", policy: "anyone", body: "application/json", errors: "mcp" } as const;

/**
 * Stateless on our side: what a client has to bring along it carries sealed. So there is nothing to open with GET or
 * to end with DELETE, which answer 405.
 */
export function mcpRoutes(edge: Edge): {
  readonly agent: readonly AgentRoute[];
  readonly platform: readonly PlatformRoute[];
} {
  const house: McpHouse = { edge, sealer: new Sealer(edge.secret), inFlight: new CallsInFlight() };
  const agent: AgentRoute = {
    ...ROUTE,
    summary: "MCP: every skill is a tool",
    handle: async (exchange, target) =>
      await handleMcp(house, exchange, agentSurface({ edge, exchange, agent: target })),
  };
  const platform: PlatformRoute = {
    ...ROUTE,
    summary: "MCP: every skill of every agent that the caller may see, as <agent>__<skill>",
    query: [
      { name: "agent", description: "Only this agent.", repeats: true },
      { name: "tag", description: "Only agents with this tag.", repeats: true },
    ],
    handle: async (exchange) => await handleMcp(house, exchange, organizationSurface({ edge, exchange })),
  };
  return { agent: [agent], platform: [platform] };
}

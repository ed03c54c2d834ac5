import type { Edge } from "../edge/edge.ts";
import type { AgentRoute, PlatformRoute, QueryDoc } from "../edge/routes.ts";
import { CallsInFlight } from "./calls-in-flight.ts";
import { handleMcp } from "./endpoint.ts";
import type { McpHouse } from "./mcp-call.ts";
import { Sealer } from "./sealer.ts";
import { SessionNotes } from "./session-notes.ts";
import { streamChanges } from "./subscriptions.ts";
import { agentSurface, organizationSurface } from "./surface.ts";

const ROUTE = { method: "POST", path: "/mcp", policy: "anyone", body: "application/json", errors: "mcp" } as const;
const STREAM = {
  method: "GET",
  path: "/mcp",
  policy: "anyone",
  answers: "text/event-stream",
  stream: true,
  errors: "mcp",
} as const;

/**
 * Hardly any state on our side: what a client has to bring along it carries sealed. So there is nothing to end with
 * DELETE, which answers 405.
 */
export function mcpRoutes(edge: Edge): {
  readonly agent: readonly AgentRoute[];
  readonly platform: readonly PlatformRoute[];
} {
  const house: McpHouse = {
    edge,
    sealer: new Sealer(edge.secret),
    inFlight: new CallsInFlight(),
    notes: new SessionNotes(),
  };
  const agent: AgentRoute = {
    ...ROUTE,
    summary: "MCP: every skill is a tool",
    handle: async (exchange, target) =>
      await handleMcp(house, exchange, agentSurface({ edge, exchange, agent: target })),
  };
  const agentStream: AgentRoute = {
    ...STREAM,
    summary: "MCP, sessions of 2025: what becomes of resources that they watch",
    handle: async (exchange, target) =>
      await streamChanges(house, exchange, agentSurface({ edge, exchange, agent: target })),
  };
  const query: QueryDoc[] = [
    { name: "agent", description: "Only this agent.", repeats: true },
    { name: "tag", description: "Only agents with this tag.", repeats: true },
  ];
  const platform: PlatformRoute = {
    ...ROUTE,
    summary: "MCP: every skill of every agent that the caller may see, as <agent>__<skill>",
    query,
    handle: async (exchange) => await handleMcp(house, exchange, organizationSurface({ edge, exchange })),
  };
  const platformStream: PlatformRoute = {
    ...STREAM,
    summary: "MCP, sessions of 2025: what becomes of resources that they watch",
    query,
    handle: async (exchange) => await streamChanges(house, exchange, organizationSurface({ edge, exchange })),
  };
  return { agent: [agent, agentStream], platform: [platform, platformStream] };
}

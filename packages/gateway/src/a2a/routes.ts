import type { Edge } from "../edge/edge.ts";
import { agentResourceMetadataRoutes } from "../platform/identity-routes.ts";
import type { AgentRoute } from "../edge/routes.ts";
import { agentCardRoutes } from "./agent-card.ts";
import { httpJsonV03Routes } from "./http-json-v03.ts";
import { httpJsonRoutes } from "./http-json.ts";
import { handleJsonRpc } from "./json-rpc.ts";

export function a2aRoutes(edge: Edge): readonly AgentRoute[] {
  return [
    {
      method: "POST",
      path: "/",
      policy: "anyone",
      summary: "A2A in JSON-RPC, 1.0 and 0.3",
      body: "application/json",
      errors: "jsonrpc",
      handle: async (exchange, agent) => await handleJsonRpc(edge, exchange, () => agent),
    },
    ...agentCardRoutes(edge),
    ...agentResourceMetadataRoutes(edge),
    ...httpJsonRoutes(edge),
    ...httpJsonV03Routes(edge),
  ];
}

import { jwksRoute } from "./a2a/jwks.ts";
import { a2aRoutes } from "./a2a/routes.ts";
import { sharedEndpointRoute } from "./a2a/shared-endpoint.ts";
import { appAgentRoutes, appPlatformRoutes } from "./app/routes.ts";
import { agentDocsRoutes, platformDocsRoutes } from "./docs/routes.ts";
import type { Edge } from "./edge/edge.ts";
import type { AgentRoute, PlatformRoute } from "./edge/routes.ts";
import { gitRoutes } from "./git/git-routes.ts";
import { mcpRoutes } from "./mcp/routes.ts";
import { otlpRoutes } from "./otlp/routes.ts";
import { platformRoutes } from "./platform/routes.ts";
import { registryRoutes } from "./registry/routes.ts";
import { restRoutes } from "./rest/routes.ts";

/** Everything that dispatches; the generated documents are made of it. */
export interface GatewayRoutes {
  readonly platform: readonly PlatformRoute[];
  readonly agent: readonly AgentRoute[];
}

export function gatewayRoutes(edge: Edge): GatewayRoutes {
  const routes = (): GatewayRoutes => all;
  const mcp = mcpRoutes(edge);
  const all: GatewayRoutes = {
    platform: [
      ...platformRoutes(edge),
      ...appPlatformRoutes(edge),
      ...otlpRoutes(edge),
      ...registryRoutes(edge),
      ...gitRoutes(edge),
      sharedEndpointRoute(edge),
      jwksRoute(edge),
      ...mcp.platform,
      ...(edge.oauth?.routes?.(edge) ?? []),
      ...platformDocsRoutes(edge, routes),
    ],
    agent: [
      ...a2aRoutes(edge),
      ...restRoutes(edge),
      ...mcp.agent,
      ...appAgentRoutes(edge),
      ...agentDocsRoutes(edge, routes),
    ],
  };
  return all;
}

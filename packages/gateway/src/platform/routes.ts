import type { Edge } from "../edge/edge.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { agentRoutes } from "./agent-routes.ts";
import { cardKeyRoutes } from "./card-key-routes.ts";
import { cardRoute } from "./card-route.ts";
import { deliveryRoutes } from "./delivery-routes.ts";
import { deploymentRoutes } from "./deployment-routes.ts";
import { keyRoutes } from "./key-routes.ts";
import { ledgerRoutes } from "./ledger-routes.ts";
import { logRoutes } from "./log-routes.ts";
import { receiptRoutes } from "./receipt-routes.ts";
import { remoteRoutes } from "./remote-routes.ts";
import { sessionRoutes } from "./session-routes.ts";
import { systemRoutes } from "./system-routes.ts";
import { taskRoutes } from "./task-routes.ts";
import { webhookRoutes } from "./webhook-routes.ts";

export function platformRoutes(edge: Edge): readonly PlatformRoute[] {
  return [
    ...systemRoutes(edge),
    ...agentRoutes(edge),
    ...remoteRoutes(edge),
    cardRoute(edge),
    ...logRoutes(edge),
    ...deploymentRoutes(edge),
    ...taskRoutes(edge),
    ...deliveryRoutes(edge),
    ...keyRoutes(edge),
    ...cardKeyRoutes(edge),
    ...receiptRoutes(edge),
    ...sessionRoutes(edge),
    ...ledgerRoutes(edge),
    ...webhookRoutes(edge),
  ];
}

import type { Edge } from "../edge/edge.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { attachRoute } from "../websocket/attach-route.ts";
import { deploymentLogRoute } from "../websocket/deployment-log-route.ts";
import { agentRoutes } from "./agent-routes.ts";
import { billingRoutes } from "./billing-routes.ts";
import { cardKeyRoutes } from "./card-key-routes.ts";
import { auditRoutes } from "./audit-routes.ts";
import { approvalRoutes } from "./approval-routes.ts";
import { cardRoute } from "./card-route.ts";
import { clientRoutes } from "./client-routes.ts";
import { deliveryRoutes } from "./delivery-routes.ts";
import { conformanceRoutes } from "./conformance-routes.ts";
import { deploymentRoutes } from "./deployment-routes.ts";
import { distributionRoutes } from "./distribution-routes.ts";
import { evalRoutes } from "./eval-routes.ts";
import { memoryRoutes } from "./memory-routes.ts";
import { resourceMetadataRoutes, workloadRoutes } from "./identity-routes.ts";
import { issuerRoutes } from "./issuer-routes.ts";
import { grantRoutes } from "./grant-routes.ts";
import { imageRoutes } from "./image-routes.ts";
import { keyRoutes } from "./key-routes.ts";
import { ledgerKeyRoutes } from "./ledger-key-routes.ts";
import { ledgerRoutes } from "./ledger-routes.ts";
import { limitRoutes } from "./limit-routes.ts";
import { logRoutes } from "./log-routes.ts";
import { organizationRoutes } from "./organization-routes.ts";
import { receiptRoutes } from "./receipt-routes.ts";
import { releaseRoutes } from "./release-routes.ts";
import { remoteRoutes } from "./remote-routes.ts";
import { modelRoutes } from "./model-routes.ts";
import { secretRoutes } from "./secret-routes.ts";
import { sessionRoutes } from "./session-routes.ts";
import { sourceWebhookRoutes } from "./source-webhook-routes.ts";
import { systemRoutes } from "./system-routes.ts";
import { taskRoutes } from "./task-routes.ts";
import { liveRoute } from "./live-routes.ts";
import { metricsRoute } from "./metrics-route.ts";
import { placementRoutes } from "./placement-routes.ts";
import { targetRoutes } from "./target-routes.ts";
import { telemetryDestinationRoutes } from "./telemetry-destination-routes.ts";
import { telemetryLogRoutes } from "./telemetry-log-routes.ts";
import { telemetryRoutes } from "./telemetry-routes.ts";
import { userRoutes } from "./user-routes.ts";
import { webhookRoutes } from "./webhook-routes.ts";
import { witnessRoutes } from "./witness-routes.ts";
import { workspaceRoutes } from "./workspace-routes.ts";

export function platformRoutes(edge: Edge): readonly PlatformRoute[] {
  return [
    ...systemRoutes(edge),
    ...auditRoutes(edge),
    ...agentRoutes(edge),
    ...releaseRoutes(edge),
    ...distributionRoutes(edge),
    ...conformanceRoutes(edge),
    ...remoteRoutes(edge),
    cardRoute(edge),
    ...logRoutes(edge),
    ...deploymentRoutes(edge),
    deploymentLogRoute(edge),
    attachRoute(edge),
    ...taskRoutes(edge),
    ...deliveryRoutes(edge),
    ...approvalRoutes(edge),
    ...keyRoutes(edge),
    ...cardKeyRoutes(edge),
    ...issuerRoutes(edge),
    ...clientRoutes(edge),
    ...workloadRoutes(edge),
    ...resourceMetadataRoutes(edge),
    ...receiptRoutes(edge),
    ...sessionRoutes(edge),
    ...userRoutes(edge),
    ...organizationRoutes(edge),
    ...ledgerRoutes(edge),
    ...ledgerKeyRoutes(edge),
    ...witnessRoutes(edge),
    ...limitRoutes(edge),
    ...billingRoutes(edge),
    ...evalRoutes(edge),
    ...memoryRoutes(edge),
    ...webhookRoutes(edge),
    ...sourceWebhookRoutes(edge),
    ...secretRoutes(edge),
    ...imageRoutes(edge),
    ...targetRoutes(edge),
    ...placementRoutes(edge),
    ...modelRoutes(edge),
    ...grantRoutes(edge),
    ...workspaceRoutes(edge),
    ...telemetryLogRoutes(edge),
    ...telemetryRoutes(edge),
    ...telemetryDestinationRoutes(edge),
    metricsRoute(edge),
    liveRoute(edge),
  ];
}

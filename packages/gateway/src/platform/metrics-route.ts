import { authorize } from "@berth/control";
import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import { send } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";

/** What the platform counts of itself, for Prometheus (text format 0.0.4). Who runs the platform may open it: BERTH_METRICS. */
export function metricsRoute({ control, publicMetrics }: Edge): PlatformRoute {
  return {
    method: "GET",
    path: "/metrics",
    policy: publicMetrics ? "none" : "telemetry.manage",
    summary: "What the platform counts of itself, in Prometheus' text format",
    answers: "text/plain",
    handle: async (exchange) => {
      // Of all organizations together.
      if (!publicMetrics) authorize(exchange.principal, "telemetry.manage", { orgId: DEFAULT_ORG_ID });
      send(exchange, await control.telemetry.renderMetrics(), {
        contentType: "text/plain; version=0.0.4; charset=utf-8",
      });
    },
  };
}

import { callContext } from "../a2a/operations.ts";
import type { Edge } from "../edge/edge.ts";
import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";

/** What was posted to the webhooks of a task. */
export function deliveryRoutes(edge: Edge): readonly PlatformRoute[] {
  const { push } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/tasks/{id}/deliveries",
      policy: "key",
      summary: "A task's push notifications: sent, waiting, given up",
      handle: async (exchange) => {
        const deliveries = await push.deliveries(callContext(exchange, "rest"), exchange.param("id"));
        sendJson(exchange, { deliveries: deliveries.map(withoutOrganization) });
      },
    },
    {
      method: "POST",
      path: "/v1/deliveries/{id}/retry",
      policy: "key",
      summary: "Send a push notification again that was given up",
      handle: async (exchange) => {
        sendJson(exchange, withoutOrganization(await push.retry(callContext(exchange, "rest"), exchange.param("id"))));
      },
    },
  ];
}

function withoutOrganization({ orgId: _orgId, ...delivery }: { readonly orgId: string }): object {
  return delivery;
}

import { invalidParams } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import { readJson } from "../edge/read-body.ts";
import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";

export function cardKeyRoutes(edge: Edge): readonly PlatformRoute[] {
  const { cards } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/card-keys",
      policy: "card_key.manage",
      summary: "The key that signs agent cards, and replaced ones that are still published",
      handle: (exchange) => sendJson(exchange, { keys: cards.keys(exchange.principal) }),
    },
    {
      method: "POST",
      path: "/v1/card-keys/rotate",
      policy: "card_key.manage",
      summary:
        "Sign agent cards by a new key; the old public key stays published for 30 days, unless it is compromised",
      body: "application/json",
      handle: async (exchange) => {
        const options = parseRotation(await readJson(exchange, edge.limits));
        sendJson(exchange, { keys: await cards.rotate(exchange.principal, options) });
      },
    },
  ];
}

/** @throws INVALID_PARAMS */
function parseRotation(body: unknown): { readonly compromised: boolean } {
  const said: unknown = typeof body === "object" && body !== null && "compromised" in body ? body.compromised : false;
  if (typeof said === "boolean") return { compromised: said };
  throw invalidParams([{ field: "compromised", description: "must be true or false" }]);
}

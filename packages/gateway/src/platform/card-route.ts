import { PlatformError } from "@berth/protocol";
import { toV03Card } from "@berth/protocol/wire/v0_3";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { sendCached } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { agentAddress } from "./agent-address.ts";
import { choiceParameter } from "./page.ts";

const FORMS = ["1.0", "0.3", "hybrid", "upstream"] as const;
type Form = (typeof FORMS)[number];

/** An agent's card in every form that there is of it. */
export function cardRoute(edge: Edge): PlatformRoute {
  return {
    method: "GET",
    path: "/v1/agents/{name}/card",
    policy: "anyone",
    summary: "Its card, as published or to the letter as the agent gave it",
    query: [{ name: "form", description: `${FORMS.join(", ")}; default 1.0. upstream needs a credential.` }],
    handle: async (exchange) => {
      const form = choiceParameter(exchange, "form", FORMS) ?? "1.0";
      sendCached(exchange, await cardText(edge, exchange, form), {
        contentType: "application/json",
        cacheControl: "private, max-age=60",
        headers: { Vary: "Authorization" },
      });
    },
  };
}

/** @throws AGENT_NOT_FOUND, UNAUTHENTICATED, RELEASE_NOT_FOUND, VERSION_NOT_SUPPORTED */
async function cardText(edge: Edge, exchange: Exchange, form: Form): Promise<string> {
  const name = exchange.param("name");
  const { release } = await edge.control.registry.find(exchange.principal, name);
  if (form === "upstream") return upstreamText(exchange, release.upstreamCard);
  const { card, text, hybridText } = await edge.cards.public({ name, base: agentAddress(edge, name) });
  if (form === "0.3") return JSON.stringify(toV03Card(card));
  return form === "1.0" ? text : hybridText;
}

/** It has the hidden skills and the agent's inner addresses, so it is not for everybody. */
function upstreamText({ principal }: Exchange, text: string | undefined): string {
  if (principal.kind === "anonymous") {
    throw new PlatformError("UNAUTHENTICATED", "The agent's own card is for callers with a credential.", {
      hint: "Send Authorization: Bearer <API key>.",
    });
  }
  if (text !== undefined) return text;
  throw new PlatformError("RELEASE_NOT_FOUND", "This release was made before cards were kept as agents give them.", {
    hint: "Deploy the agent again.",
  });
}

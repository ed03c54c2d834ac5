import type { Edge } from "../edge/edge.ts";
import { sendCached } from "../edge/respond.ts";
import type { AgentRoute } from "../edge/routes.ts";
import { jwksRoute } from "./jwks.ts";
import { versionText } from "./version.ts";

export function agentCardRoutes(edge: Edge): readonly AgentRoute[] {
  return [
    jwksRoute(edge),
    ...["/.well-known/agent-card.json", "/.well-known/agent.json"].map((path): AgentRoute => ({
      method: "GET",
      path,
      policy: "none",
      summary: "The agent's card, signed by the platform; never starts the agent",
      handle: async (exchange, agent) => {
        const { text, hybridText, updatedAt } = await edge.cards.public(agent);
        const version = versionText(exchange);
        const readsV03 = version === "" || version === "0.3" || version.startsWith("0.3.");
        sendCached(exchange, readsV03 ? hybridText : text, {
          contentType: "application/json",
          cacheControl: "public, max-age=60",
          lastModified: new Date(updatedAt),
          headers: { Vary: "A2A-Version" },
        });
      },
    })),
  ];
}

import type { AgentCard, AgentInterface, AgentSkill } from "@berth/protocol";
import { toHybridCard } from "@berth/protocol/wire/v0_3";
import type { Edge } from "../edge/edge.ts";
import { sendCached } from "../edge/respond.ts";
import type { AgentRoute, AgentTarget } from "../edge/routes.ts";
import { versionText } from "./version.ts";

export function agentCardRoutes(edge: Edge): readonly AgentRoute[] {
  return ["/.well-known/agent-card.json", "/.well-known/agent.json"].map((path) => ({
    method: "GET",
    path,
    policy: "none",
    summary: "The agent's card; never starts the agent",
    handle: async (exchange, agent) => {
      const { card, updatedAt } = await publishedCard(edge, agent);
      const version = versionText(exchange);
      const isHybrid = version === "" || version === "0.3" || version.startsWith("0.3.");
      sendCached(exchange, JSON.stringify(isHybrid ? toHybridCard(card) : card), {
        contentType: "application/json",
        cacheControl: "public, max-age=60",
        lastModified: new Date(updatedAt),
        headers: { Vary: "A2A-Version" },
      });
    },
  }));
}

/** The card as this gateway offers the agent, under the address by which the caller found it. @throws AGENT_NOT_FOUND */
export async function publishedCard(
  edge: Edge,
  agent: AgentTarget,
): Promise<{ readonly card: AgentCard; readonly updatedAt: string }> {
  const { agent: record, release } = await edge.control.registry.findForCard(agent.name);
  const isPublic = release.config.visibility === "public";
  return { card: toPublishedCard(release.card, agent.base, { isPublic }), updatedAt: record.updatedAt };
}

/**
 * What the agent says of itself stays; what it says of how to reach it is ours to say: addresses, transports,
 * authentication. Its signature goes, because it covered those.
 */
export function toPublishedCard(
  card: AgentCard,
  base: string,
  { isPublic }: { readonly isPublic: boolean },
): AgentCard {
  const { signatures: _signatures, securitySchemes: _schemes, securityRequirements: _requirements, ...rest } = card;
  const { extensions } = card.capabilities;
  return {
    ...rest,
    supportedInterfaces: interfacesAt(base),
    capabilities: {
      streaming: true,
      pushNotifications: false,
      extendedAgentCard: false,
      ...(extensions === undefined ? {} : { extensions }),
    },
    ...(isPublic ? {} : CREDENTIALS),
    skills: card.skills.map(withoutRequirements),
  };
}

function interfacesAt(base: string): readonly AgentInterface[] {
  const rpc = `${base}/`;
  return [
    { url: rpc, protocolBinding: "JSONRPC", protocolVersion: "1.0" },
    { url: base, protocolBinding: "HTTP+JSON", protocolVersion: "1.0" },
    { url: rpc, protocolBinding: "JSONRPC", protocolVersion: "0.3" },
    { url: base, protocolBinding: "HTTP+JSON", protocolVersion: "0.3" },
  ];
}

const CREDENTIALS: Pick<AgentCard, "securitySchemes" | "securityRequirements"> = {
  securitySchemes: {
    bearer: { httpAuthSecurityScheme: { scheme: "Bearer", description: "An API key of this platform." } },
  },
  securityRequirements: [{ schemes: { bearer: { list: [] } } }],
};

/** They name schemes that are no longer on the card. */
function withoutRequirements({ securityRequirements: _requirements, ...skill }: AgentSkill): AgentSkill {
  return skill;
}

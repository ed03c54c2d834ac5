import type { AgentCard, AgentConfig, AgentInterface, AgentSkill, ProtocolVersion } from "@berth/protocol";
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
      const speaksV03 = card.supportedInterfaces.some(({ protocolVersion }) => protocolVersion === "0.3");
      const isHybrid = speaksV03 && (version === "" || version === "0.3" || version.startsWith("0.3."));
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
  return { card: toPublishedCard(release.card, agent.base, release.config), updatedAt: record.updatedAt };
}

/**
 * What the agent says of itself stays; what it says of how to reach it is ours to say: addresses, transports,
 * authentication. Its signature goes, because it covered those.
 */
export function toPublishedCard(
  card: AgentCard,
  base: string,
  { visibility, protocolVersions }: Pick<AgentConfig, "visibility" | "protocolVersions">,
): AgentCard {
  const { signatures: _signatures, securitySchemes: _schemes, securityRequirements: _requirements, ...rest } = card;
  const { extensions } = card.capabilities;
  return {
    ...rest,
    supportedInterfaces: protocolVersions.flatMap((version) => interfacesAt(base, version)),
    capabilities: {
      streaming: true,
      pushNotifications: false,
      extendedAgentCard: false,
      ...(extensions === undefined ? {} : { extensions }),
    },
    ...(visibility === "public" ? {} : CREDENTIALS),
    skills: card.skills.map(withoutRequirements),
  };
}

function interfacesAt(base: string, protocolVersion: ProtocolVersion): readonly AgentInterface[] {
  return [
    { url: `${base}/`, protocolBinding: "JSONRPC", protocolVersion },
    { url: base, protocolBinding: "HTTP+JSON", protocolVersion },
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

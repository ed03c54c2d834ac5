import type {
  AgentCard,
  AgentConfig,
  AgentExtension,
  AgentInterface,
  AgentSkill,
  ProtocolVersion,
} from "@berth/protocol";
import type { Offer } from "../edge/edge.ts";
import type { AgentTarget } from "../edge/routes.ts";
import { PLATFORM_EXTENSIONS } from "./platform-extensions.ts";
import { securityOf } from "./security-schemes.ts";
import type { Verifiers } from "./security-schemes.ts";

/** Where and how an agent is offered. */
export interface Publication {
  readonly agent: AgentTarget;
  readonly config: Pick<AgentConfig, "visibility" | "protocolVersions" | "hiddenSkills" | "auth">;
  readonly offer: Offer;
  readonly verifiers: Verifiers;
}

/**
 * What the agent says of itself stays; what it says of how to reach it is ours to say: addresses, transports,
 * authentication. Its signature goes, because it covered those.
 */
export function toPublishedCard(card: AgentCard, { agent, config, offer, verifiers }: Publication): AgentCard {
  const { signatures: _signatures, securitySchemes: _schemes, securityRequirements: _requirements, ...rest } = card;
  return {
    ...rest,
    supportedInterfaces: config.protocolVersions.flatMap((version) => interfacesAt(agent, version, offer)),
    capabilities: {
      streaming: true,
      pushNotifications: offer.pushNotifications,
      extendedAgentCard: (config.hiddenSkills ?? []).length > 0,
      extensions: [...ownExtensions(card), ...PLATFORM_EXTENSIONS],
    },
    ...securityOf(config, verifiers),
    skills: card.skills.map(withoutRequirements),
  };
}

function interfacesAt(agent: AgentTarget, protocolVersion: ProtocolVersion, offer: Offer): readonly AgentInterface[] {
  const { base } = agent;
  return [
    { url: `${base}/`, protocolBinding: "JSONRPC", protocolVersion },
    { url: base, protocolBinding: "HTTP+JSON", protocolVersion },
    ...grpcInterface(agent, protocolVersion, offer),
  ];
}

/**
 * One gRPC port serves every agent: the tenant says which one is meant, or the agent's own host does. 0.3 has no
 * tenants, so it is offered only by that host.
 */
function grpcInterface(
  { name, base }: AgentTarget,
  protocolVersion: ProtocolVersion,
  { grpcPort }: Offer,
): readonly AgentInterface[] {
  if (grpcPort === undefined) return [];
  const { hostname, pathname } = new URL(base);
  const common = { url: `${hostname}:${grpcPort}`, protocolBinding: "GRPC", protocolVersion };
  if (protocolVersion !== "0.3") return [{ ...common, tenant: name }];
  return pathname === "/" ? [common] : [];
}

/** What the platform declares is the platform's to describe. */
function ownExtensions({ capabilities }: AgentCard): readonly AgentExtension[] {
  return (capabilities.extensions ?? []).filter(({ uri }) => !PLATFORM_EXTENSIONS.some((ours) => ours.uri === uri));
}

/** They name schemes that are no longer on the card. */
function withoutRequirements({ securityRequirements: _requirements, ...skill }: AgentSkill): AgentSkill {
  return skill;
}

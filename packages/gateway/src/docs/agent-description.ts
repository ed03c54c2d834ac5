import type { AgentCard, AgentConfig, SkillSchemas } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { AgentTarget } from "../edge/routes.ts";

/** What an agent's generated documents are made of: what its public card says, and no more. */
export interface AgentDescription {
  readonly agent: AgentTarget;
  readonly card: AgentCard;
  readonly config: Pick<AgentConfig, "visibility" | "protocolVersions">;
  /** Also of skills that are not on the card. */
  readonly skillSchemas: readonly SkillSchemas[];
  readonly updatedAt: string;
}

/** Reads the store alone, so an agent that sleeps goes on sleeping. @throws AGENT_NOT_FOUND */
export async function describeAgent(edge: Edge, agent: AgentTarget): Promise<AgentDescription> {
  const { card, updatedAt } = await edge.cards.public(agent);
  const { release } = await edge.control.registry.findForCard(agent.name);
  return { agent, card, config: release.config, skillSchemas: release.skillSchemas, updatedAt };
}

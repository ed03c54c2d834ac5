import { isPlatformError } from "@berth/protocol";
import type { AgentCard } from "@berth/protocol";
import { releaseLabel } from "@berth/control";
import type { Edge } from "../edge/edge.ts";
import { agentAddress } from "./agent-address.ts";
import type { AgentView } from "./records.ts";

/** The release's card as it is published; its own, where it is published nowhere. */
export async function publishedCard(edge: Edge, { agent, release }: AgentView): Promise<AgentCard> {
  const { name } = agent;
  try {
    const { card } = await edge.cards.public({
      name,
      release: releaseLabel(release.releaseId),
      base: agentAddress(edge, name),
    });
    return card;
  } catch (error) {
    if (isPlatformError(error) && (error.reason === "AGENT_NOT_FOUND" || error.reason === "RELEASE_NOT_FOUND")) {
      return release.card;
    }
    throw error;
  }
}

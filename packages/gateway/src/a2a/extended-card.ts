import { PlatformError } from "@berth/protocol";
import type { AnyCall } from "./operations.ts";
import type { PublishedCard } from "./published-cards.ts";
import type { ProtocolVersion } from "./version.ts";

/**
 * The card with the hidden skills, for whoever shows a credential.
 * @throws UNAUTHENTICATED for nobody; without hidden skills UNSUPPORTED_OPERATION (A2A 1.0.1 §3.1.11), or
 * EXTENDED_AGENT_CARD_NOT_CONFIGURED, the error that 0.3 has for it (A2A 0.3 §8.2).
 */
export async function extendedCard(
  { edge, exchange, agent }: AnyCall,
  version: ProtocolVersion,
): Promise<PublishedCard> {
  const published = await edge.cards.extended(exchange.principal, agent);
  if (published !== undefined) return published;
  const reason = version === "1.0" ? "UNSUPPORTED_OPERATION" : "EXTENDED_AGENT_CARD_NOT_CONFIGURED";
  throw new PlatformError(reason, "This agent has no extended card.");
}

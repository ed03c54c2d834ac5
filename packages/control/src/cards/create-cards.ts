import { LedgerError } from "@berth/ledger";
import type { AgentCard } from "@berth/protocol";
import { canonicalCards } from "./canonical-card.ts";
import type { Cards } from "./cards.ts";
import { signJws } from "./jws.ts";
import type { SigningKeys } from "./signing-keys.ts";

export function createCards({ cards: signer, jwks }: SigningKeys): Cards {
  return {
    jwks,
    async sign(card: AgentCard, jku: string): Promise<AgentCard> {
      const header = { typ: "JOSE", jku };
      const payloads = payloadsOf(card).map((text) => new TextEncoder().encode(text));
      if (payloads.length === 0) return card;
      return { ...card, signatures: await Promise.all(payloads.map((payload) => signJws(signer, payload, header))) };
    },
  };
}

/** None for a card that has no canonical form: an agent whose name is half a surrogate pair is served all the same. */
function payloadsOf(card: AgentCard): readonly string[] {
  try {
    return canonicalCards(card);
  } catch (error) {
    if (error instanceof LedgerError) return [];
    throw error;
  }
}

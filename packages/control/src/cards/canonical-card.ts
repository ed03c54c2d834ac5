import { canonicalJson } from "@berth/ledger";
import { signedForms } from "@berth/protocol";
import type { AgentCard } from "@berth/protocol";

/**
 * The texts to sign, one or two: where both forms of a card are the same, so is their text.
 * @throws LedgerError `json` for what RFC 8785 has no form for, such as half of a surrogate pair.
 */
export function canonicalCards(card: AgentCard): readonly string[] {
  return [...new Set(signedForms(card).map((form) => canonicalJson(form)))];
}

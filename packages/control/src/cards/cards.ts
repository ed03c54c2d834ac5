import type { AgentCard } from "@berth/protocol";
import type { JwkSet } from "./signing-keys.ts";

/** What makes a card one that this platform stands behind (A2A 1.0.1 §8.4). */
export interface Cards {
  readonly jwks: JwkSet;
  /**
   * The card with our signature in place of any other; the same card always gets the same one. `jku` only hints at where
   * the keys are: which keys to trust is the reader's to decide.
   */
  sign(card: AgentCard, jku: string): Promise<AgentCard>;
}

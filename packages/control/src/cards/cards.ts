import type { AgentCard, Principal } from "@berth/protocol";
import type { JwkSet } from "./signing-keys.ts";

/** A key of this platform's cards, current or replaced. */
export interface CardKey {
  readonly kid: string;
  /** Both absent: it signs. */
  readonly retiredAt?: string;
  readonly publishedUntil?: string;
}

/** What makes a card one that this platform stands behind (A2A 1.0.1 §8.4). */
export interface Cards {
  /** As published now: the current key, and replaced ones until their time is over. */
  jwks(): JwkSet;
  /** Of the key that signs now; what another has signed is to be signed anew. */
  kid(): string;
  /**
   * The card with our signature in place of any other; under one key the same card always gets the same one. `jku` only
   * hints at where the keys are: which keys to trust is the reader's to decide.
   */
  sign(card: AgentCard, jku: string): Promise<AgentCard>;
  /** Needs `admin`. The current one, then the published others, the newest first. */
  keys(principal: Principal): readonly CardKey[];
  /**
   * Needs `admin`. Cards are signed by a new key from now on. The old public key stays published for 30 days, unless it
   * is `compromised`. Audited. @throws PlatformError PERMISSION_DENIED, RATE_LIMITED, HOME_UNWRITABLE
   */
  rotate(principal: Principal, options: { readonly compromised: boolean }): Promise<readonly CardKey[]>;
}

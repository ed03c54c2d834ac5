import type { Principal } from "@berth/protocol";
import type { AgentWithRelease } from "@berth/store";

export interface ImportRequest {
  /** Of the agent, its card, or the folder above `/.well-known/`. */
  readonly url: string;
  /** Default: the card's name made to fit. */
  readonly name?: string;
  /** Default: private. */
  readonly visibility?: "public" | "private";
  /** A bearer token or API key, as the card's security scheme says. Kept sealed. */
  readonly credential?: string;
}

/** What the card says now that it did not say when it was adopted. */
export interface CardDrift {
  readonly oldDigest: string;
  readonly newDigest: string;
  readonly skillsAdded: readonly string[];
  readonly skillsRemoved: readonly string[];
  /** Present when calls would go elsewhere or be spoken otherwise. */
  readonly interface?: { readonly from: string; readonly to: string };
}

/** What the last look at a remote agent's card found. Each platform process looks for itself. */
export interface RemoteStatus {
  readonly checkedAt: string;
  /** Why its card could not be read then. */
  readonly problem?: string;
  readonly drift?: CardDrift;
}

/**
 * Agents that run elsewhere. A card is adopted by a person's word only: at import and by `accept`; what it becomes in
 * between is shown as drift and changes nothing. All calls need `deploy`.
 */
export interface RemoteAgents {
  /**
   * Under the name of a remote agent that is here already it becomes that agent's new release.
   * @throws INVALID_PARAMS for an address we do not call, CARD_INVALID, CONFIG_INVALID, AGENT_UNRESPONSIVE,
   * STORE_CONFLICT when another kind of agent has the name
   */
  import(principal: Principal, request: ImportRequest): Promise<AgentWithRelease>;
  /** Looks at the card now. An agent that cannot be reached is a result, not an error. */
  refresh(principal: Principal, name: string): Promise<AgentWithRelease>;
  /**
   * Adopts the card that was last shown, or the one of `digest`.
   * @throws STORE_CONFLICT when the card is another one by now, CARD_INVALID, CONFIG_INVALID, AGENT_UNRESPONSIVE
   */
  accept(principal: Principal, name: string, digest?: string): Promise<AgentWithRelease>;
  /** By release, because a look that was under way while a card was adopted tells of the one before. Undefined until the first. */
  status(releaseId: string): RemoteStatus | undefined;
}

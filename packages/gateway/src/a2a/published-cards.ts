import type { Control } from "@berth/control";
import { PlatformError } from "@berth/protocol";
import type { AgentCard, Principal } from "@berth/protocol";
import { toHybridCard } from "@berth/protocol/wire/v0_3";
import { findAddressed } from "../edge/addressed-release.ts";
import type { Offer } from "../edge/edge.ts";
import type { OAuthServer } from "../edge/oauth-server.ts";
import type { AgentTarget } from "../edge/routes.ts";
import { toPublishedCard } from "./agent-card-publication.ts";
import type { Verifiers } from "./security-schemes.ts";

export const JWKS_PATH = "/.well-known/jwks.json";

/** One for each agent, address and audience; a Host header can make up ports, so there is a bound. */
const MAX_KEPT = 1_000;

export interface PublishedCard {
  /** Signed. */
  readonly card: AgentCard;
  /** The card in its 1.0 form. */
  readonly text: string;
  /** The 1.0 card with the fields of 0.3 beside, where the agent is offered in 0.3; else the 1.0 card. */
  readonly hybridText: string;
  readonly updatedAt: string;
}

type CardSources = Pick<Control, "registry" | "cards" | "identity">;
type Kept = Omit<PublishedCard, "updatedAt">;

/** The cards as this gateway offers the agents, each made and signed once for as long as nothing about it changes. */
export class PublishedCards {
  readonly #control: CardSources;
  readonly #offer: Offer;
  readonly #oauth: OAuthServer | undefined;
  readonly #kept = new Map<string, Promise<Kept>>();

  constructor(control: CardSources, offer: Offer, oauth?: OAuthServer) {
    this.#control = control;
    this.#offer = offer;
    this.#oauth = oauth;
  }

  /** For everybody, under the address by which the caller found the agent. @throws AGENT_NOT_FOUND, RELEASE_NOT_FOUND */
  async public(agent: AgentTarget): Promise<PublishedCard> {
    return await this.#card(await this.#control.registry.findForCard(agent.name, agent.release), agent, "public");
  }

  /**
   * For callers with a credential. Undefined when the agent hides nothing, so that there is nothing to extend.
   * @throws AGENT_NOT_FOUND, UNAUTHENTICATED
   */
  async extended(principal: Principal, agent: AgentTarget): Promise<PublishedCard | undefined> {
    const found = await findAddressed(this.#control, principal, agent);
    if ((found.release.config.hiddenSkills ?? []).length === 0) return undefined;
    if (principal.kind === "anonymous") {
      throw new PlatformError("UNAUTHENTICATED", "The extended card is for callers with a credential.", {
        hint: "Send Authorization: Bearer <API key>.",
      });
    }
    return await this.#card(found, agent, "extended");
  }

  async #card(
    { agent: record, release }: Awaited<ReturnType<Control["registry"]["find"]>>,
    agent: AgentTarget,
    audience: "public" | "extended",
  ): Promise<PublishedCard> {
    const { pushNotifications, grpcPort, mutualTls = false } = this.#offer;
    const issuers = await this.#control.identity.issuers.trusted(record.orgId);
    const key = JSON.stringify([
      release.releaseId,
      agent.base,
      audience,
      pushNotifications,
      grpcPort,
      issuers,
      this.#control.cards.kid(),
    ]);
    const known = this.#kept.get(key);
    const making = known ?? this.#make(release, agent, { oauth: this.#oauth, issuers, mutualTls });
    if (known === undefined) this.#keep(key, making);
    return { ...(await making), updatedAt: record.updatedAt };
  }

  async #make(
    { card, config }: Awaited<ReturnType<Control["registry"]["find"]>>["release"],
    agent: AgentTarget,
    verifiers: Verifiers,
  ): Promise<Kept> {
    const published = toPublishedCard(card, { agent, config, offer: this.#offer, verifiers });
    const signed = await this.#control.cards.sign(published, `${agent.base}${JWKS_PATH}`);
    return { card: signed, text: JSON.stringify(signed), hybridText: JSON.stringify(toHybridCard(signed)) };
  }

  #keep(key: string, making: Promise<Kept>): void {
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(key, making);
    // A failure is its callers' to see, and nobody else's.
    making.catch(() => this.#kept.delete(key));
  }
}

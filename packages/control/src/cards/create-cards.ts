import { LedgerError } from "@berth/ledger";
import type { AgentCard, Principal } from "@berth/protocol";
import type { Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import { canonicalCards } from "./canonical-card.ts";
import type { CardKey, Cards } from "./cards.ts";
import { signJws } from "./jws.ts";
import { toJwkSet } from "./signing-keys.ts";
import type { SigningKeys } from "./signing-keys.ts";

export interface CardsOptions {
  readonly keys: SigningKeys;
  readonly store: Pick<Store, "audit">;
  readonly now: () => Date;
}

export function createCards({ keys, store, now }: CardsOptions): Cards {
  const list = (): readonly CardKey[] => [
    { kid: keys.cards.current.kid },
    ...keys.cards.retired(now()).map(({ kid, retiredAt, publishedUntil }) => ({ kid, retiredAt, publishedUntil })),
  ];
  return {
    jwks: () => toJwkSet(keys, now()),
    kid: () => keys.cards.current.kid,
    async sign(card: AgentCard, jku: string): Promise<AgentCard> {
      const signer = keys.cards.current;
      const header = { typ: "JOSE", jku };
      const payloads = payloadsOf(card).map((text) => new TextEncoder().encode(text));
      if (payloads.length === 0) return card;
      return { ...card, signatures: await Promise.all(payloads.map((payload) => signJws(signer, payload, header))) };
    },
    keys(principal: Principal): readonly CardKey[] {
      authorize(principal, "card_key.manage");
      return list();
    },
    async rotate(principal: Principal, options: { readonly compromised: boolean }): Promise<readonly CardKey[]> {
      authorize(principal, "card_key.manage");
      const { orgId, id: actor } = principal;
      // The key that is retired: the new one has no name before it exists.
      const resource = keys.cards.current.kid;
      const entry = { orgId, at: now().toISOString(), actor, action: "card-key.rotate", resource } as const;
      await audited(store.audit, { ...entry, outcome: "ok", detail: { ...options } }, async () => {
        await keys.cards.rotate(now(), options);
      });
      return list();
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

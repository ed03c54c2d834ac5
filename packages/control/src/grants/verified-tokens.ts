import { parseAll } from "./caveat-list.ts";
import type { Caveat } from "./caveat.ts";
import type { GrantKeys } from "./grant-keys.ts";
import { MAX_TOKEN_LENGTH, verifyToken } from "./grant-token.ts";

export interface VerifiedToken {
  readonly grantId: string;
  readonly caveats: readonly Caveat[];
}

const MAX_KNOWN = 4_096;

/**
 * Tokens whose MAC was found right: a run shows the same one with every operation, and a dozen HMACs are most of what a
 * check costs. Only what never changes is kept; time, holder and record are looked at anew each time.
 */
export class VerifiedTokens {
  readonly #keys: GrantKeys;
  readonly #known = new Map<string, VerifiedToken>();

  constructor(keys: GrantKeys) {
    this.#keys = keys;
  }

  /** @returns undefined for what `verifyToken` refuses, and for a caveat that is not in the vocabulary. */
  verify(orgId: string, token: string): VerifiedToken | undefined {
    // Before it is hashed as a key.
    if (token.length > MAX_TOKEN_LENGTH) return undefined;
    // Another organization's key makes another MAC. The token has no space in it.
    const key = `${token} ${orgId}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const said = verifyToken(token, { orgId, keys: this.#keys });
    const caveats = said === undefined ? undefined : parseAll(said.caveats);
    if (said === undefined || caveats === undefined) return undefined;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    const verified = { grantId: said.grantId, caveats };
    this.#known.set(key, verified);
    return verified;
  }
}

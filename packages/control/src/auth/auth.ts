import type { Principal, Scope } from "@berth/protocol";
import type { ApiKeyRecord } from "@berth/store";

export interface CreatedKey {
  readonly record: ApiKeyRecord;
  /** Shown once. */
  readonly secret: string;
}

/** Credentials in, principal out. `secretHash` never leaves this folder's callers. */
export interface Auth {
  /** An API key or a session token. @throws UNAUTHENTICATED, the same for unknown, wrong, expired and revoked. */
  authenticate(credential: string): Promise<Principal>;
  /** Who the API key of this id is, without its secret: for what acts on its behalf later. @throws UNAUTHENTICATED as above */
  principalOf(principalId: string): Promise<Principal>;
  /** Nobody: sees public agents only. `local`: on this machine, where one may list what one did. */
  anonymous(options?: { readonly local: boolean }): Principal;
  /** Needs `admin`. Expires after 90 days unless said. */
  createKey(
    principal: Principal,
    request: { readonly name: string; readonly scopes: readonly Scope[]; readonly expiresInDays?: number },
  ): Promise<CreatedKey>;
  listKeys(principal: Principal): Promise<readonly ApiKeyRecord[]>;
  /** Takes effect at once. @throws KEY_NOT_FOUND */
  revokeKey(principal: Principal, keyId: string): Promise<void>;
  /** A code that signs one browser in, once, within 15 minutes. */
  createSignIn(principal: Principal): string;
  /** Trades a sign-in code for a session token (12 h idle, 7 d at most, in memory). @throws UNAUTHENTICATED */
  redeemSignIn(code: string): { readonly session: string; readonly principal: Principal };
  /** A session for who has shown another credential already. */
  openSession(principal: Principal): string;
  endSession(session: string): void;
}

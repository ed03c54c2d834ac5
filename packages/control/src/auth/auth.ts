import type { OrgRole, Principal, Scope } from "@berth/protocol";
import type { ApiKeyRecord, SessionRecord } from "@berth/store";

export interface CreatedKey {
  readonly record: ApiKeyRecord;
  /** Shown once. */
  readonly secret: string;
}

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresInDays?: number;
  /** Only these agents exist for the key. */
  readonly agents?: readonly string[];
  /** Networks from which it holds, `192.0.2.0/24`. */
  readonly cidrs?: readonly string[];
}

export interface OpenedSession {
  /** The token: for the cookie, and nowhere else. */
  readonly session: string;
  readonly principal: Principal;
}

/** Where a sign-in comes from. */
export interface SignInContext {
  /** The peer of the connection: what is said in headers anybody can say. */
  readonly remoteAddress?: string | undefined;
  readonly userAgent?: string | undefined;
  /** The browser's session until now; it ends. */
  readonly previous?: string | undefined;
}

export interface OwnMembership {
  readonly orgId: string;
  readonly name: string;
  /** For people. */
  readonly role?: OrgRole;
}

/** Credentials in, principal out. `secretHash` never leaves this folder's callers. */
export interface Auth {
  /**
   * An API key or a session token. Without the address, keys bound to networks do not hold.
   * @throws UNAUTHENTICATED, the same for unknown, wrong, expired, revoked, disabled and from the wrong network
   */
  authenticate(credential: string, context?: { readonly remoteAddress?: string | undefined }): Promise<Principal>;
  /** Who the API key of this id, or in this organization the user, is: for what acts on its behalf later. @throws UNAUTHENTICATED as above */
  principalOf(
    principalId: string,
    orgId?: string,
    /** Set: a key's networks count too. */
    from?: { readonly remoteAddress: string | undefined },
  ): Promise<Principal>;
  /** Nobody: sees public agents only. `local`: on this machine, where one may list what one did. */
  anonymous(options?: { readonly local: boolean }): Principal;
  /** Needs `admin`, and gives no more than the caller has. Expires after 90 days unless said. @throws INVALID_PARAMS, PERMISSION_DENIED */
  createKey(principal: Principal, request: NewKey): Promise<CreatedKey>;
  listKeys(principal: Principal): Promise<readonly ApiKeyRecord[]>;
  /** Takes effect at once. @throws KEY_NOT_FOUND */
  revokeKey(principal: Principal, keyId: string): Promise<void>;
  /** A code that signs one browser in as the caller, once, within 15 minutes. */
  createSignIn(principal: Principal): Promise<string>;
  /** Trades a sign-in code for a session (12 h idle, 7 d at most). A user may set a password with it. @throws UNAUTHENTICATED, INVALID_PARAMS */
  redeemSignIn(
    code: string,
    context?: SignInContext & { readonly password?: string | undefined },
  ): Promise<OpenedSession>;
  /** In the first organization where the user is active. @throws UNAUTHENTICATED, the same for unknown and wrong; RATE_LIMITED */
  signIn(login: { readonly email: string; readonly password: string }, context?: SignInContext): Promise<OpenedSession>;
  /** A session for who has shown another credential already. @throws PERMISSION_DENIED for who is neither a key nor a user */
  openSession(principal: Principal, context?: SignInContext): Promise<OpenedSession>;
  /** The same person in another of their organizations: a new session. @throws ORGANIZATION_NOT_FOUND, UNAUTHENTICATED */
  switchOrganization(session: string, orgId: string, context?: SignInContext): Promise<OpenedSession>;
  endSession(session: string): Promise<void>;
  /** The caller's own, newest first. */
  listSessions(principal: Principal): Promise<readonly SessionRecord[]>;
  /** One of the caller's own. @throws SESSION_NOT_FOUND */
  endSessionById(principal: Principal, sessionId: string): Promise<void>;
  /** Of the session's user, whose other sessions end. @throws UNAUTHENTICATED when `current` is wrong, INVALID_PARAMS, RATE_LIMITED */
  setPassword(
    principal: Principal,
    change: { readonly current?: string | undefined; readonly password: string },
    context?: SignInContext,
  ): Promise<OpenedSession>;
  /** The organizations of the caller, with their role. */
  memberships(principal: Principal): Promise<readonly OwnMembership[]>;
}

import type { OrgRole, Principal } from "@berth/protocol";
import type { OAuthStore } from "@berth/store";
import type { OpenedSession, SignInContext } from "../auth/auth.ts";
import type { TokenContext } from "../identity/identity.ts";
import type { AccessTokenRules } from "./access-token.ts";

/** To call agents, for the organization of whoever allowed it. */
export const INVOKE_SCOPE = "agents:invoke";
/** Whatever the person's role allows: for programs that act as the person, such as the CLI. */
export const PLATFORM_SCOPE = "platform";

/** A program that an administrator has made known. Others make themselves known, and may ask for INVOKE_SCOPE only. */
export interface OAuthClient {
  readonly clientId: string;
  readonly orgId: string;
  readonly name: string;
  /** None: it acts only for itself. */
  readonly redirectUris: readonly string[];
  readonly scopes: readonly string[];
  /** `confidential`: it can keep a secret. */
  readonly kind: "public" | "confidential";
  /** What it may do without a person; absent: nothing. */
  readonly role?: OrgRole;
  readonly createdAt: string;
}

export interface NewOAuthClient {
  readonly name: string;
  readonly redirectUris?: readonly string[];
  /** Default: INVOKE_SCOPE. */
  readonly scopes?: readonly string[];
  /** Default: public, or with a role confidential. */
  readonly kind?: OAuthClient["kind"];
  readonly role?: OrgRole;
}

export interface CreatedOAuthClient {
  readonly client: OAuthClient;
  /** Shown once. */
  readonly secret?: string;
}

/** Needs `client.manage`. */
export interface OAuthClients {
  /** Of the caller's organization, by id. */
  list(principal: Principal): Promise<readonly OAuthClient[]>;
  /** @throws INVALID_PARAMS, PERMISSION_DENIED for a role that the caller could not give */
  add(principal: Principal, request: NewOAuthClient): Promise<CreatedOAuthClient>;
  /** Its tokens end within a second. @throws CLIENT_NOT_FOUND */
  remove(principal: Principal, clientId: string): Promise<void>;
}

/** Somebody whom another OpenID provider has signed in. */
export interface UpstreamIdentity {
  readonly issuer: string;
  readonly subject: string;
  /** Only when the provider has verified it. */
  readonly email?: string;
  readonly name?: string;
}

/** What the authorization server knows and keeps. Its protocol is the gateway's. */
export interface OAuth {
  readonly records: OAuthStore;
  readonly clients: OAuthClients;
  /** Undefined for others than those an administrator has made. What changes is seen within a second. */
  findClient(clientId: string): Promise<OAuthClient | undefined>;
  /** Whether this is the secret of a client that has one. */
  isSecretOf(client: OAuthClient, secret: string): Promise<boolean>;
  /** Who a token's `sub` is now. Undefined for who is disabled, gone, or no subject at all. */
  subject(subject: string, from?: { readonly remoteAddress: string }): Promise<Principal | undefined>;
  /** Of a person or an API key. @throws PERMISSION_DENIED for others */
  subjectOf(principal: Principal): string;
  /** One of our access tokens, as long as its person, its client and what they agreed on last. @throws UNAUTHENTICATED */
  authenticate(token: string, rules: AccessTokenRules, context: TokenContext): Promise<Principal>;
  /** A person has agreed. */
  noteConsent(
    principal: Principal,
    consent: { readonly clientId: string; readonly scopes: string; readonly resource: string },
  ): Promise<void>;
  /**
   * By the identity, else by the verified email; with `autoRole` a new person becomes a member of the default
   * organization. @throws PERMISSION_DENIED for who is not known here
   */
  signInUpstream(
    identity: UpstreamIdentity,
    options: SignInContext & { readonly autoRole?: OrgRole | undefined },
  ): Promise<OpenedSession>;
}

import type { CryptoKey } from "jose";
import { PlatformError, ROLES, hasScope } from "@berth/protocol";
import type { Principal, Scope } from "@berth/protocol";
import type { TokenContext } from "../identity/identity.ts";
import { parseJwt } from "../identity/strict-jwt.ts";
import { verifyToken } from "../identity/verify-token.ts";
import { INVOKE_SCOPE, PLATFORM_SCOPE } from "./oauth.ts";
import type { OAuth, OAuthClient } from "./oauth.ts";

/** The one issuer and the one key of our tokens. */
export interface AccessTokenRules {
  readonly issuer: string;
  readonly kid: string;
  readonly publicKey: CryptoKey;
}

/** Of an access token: what the person has agreed to. Without it none is still good. */
export const GRANT_CLAIM = "grant";

export interface AccessTokenHouse extends Pick<OAuth, "findClient" | "subject"> {
  /** Whether the agreement still holds; remembered for a second at most. */
  hasGrant(grantId: string): Promise<boolean>;
  now(): Date;
}

/** @throws UNAUTHENTICATED */
export async function authenticateAccessToken(
  house: AccessTokenHouse,
  token: string,
  { issuer, kid, publicKey }: AccessTokenRules,
  { audiences, remoteAddress = "" }: TokenContext,
): Promise<Principal> {
  const keys = {
    find: async (_source: object, wanted: { kid?: string }) => (wanted.kid === kid ? publicKey : undefined),
  };
  const rules = { issuer, algorithms: ["ES256"], audiences };
  const claims = await verifyToken(token, rules, keys, house.now().getTime() / 1_000);
  // Bound to a key of the client's that we do not ask for.
  if (claims?.kind !== "access" || claims.certificate !== undefined || claims.clientId === undefined) throw invalid();
  const { subject, clientId, scopes } = claims;
  const authn = { scheme: "bearer", issuer, clientId, scopes } as const;
  if (subject === clientId) return { ...(await clientItself(house, clientId, scopes)), authn };
  const grantId = parseJwt(token)?.claims[GRANT_CLAIM];
  if (typeof grantId !== "string" || !(await house.hasGrant(grantId))) throw invalid();
  const principal = await house.subject(subject, { remoteAddress });
  if (principal === undefined) throw invalid();
  return { ...principal, scopes: within(principal, scopes), authn };
}

/** Client credentials: what the client's record says now, not what it said when the token was made. */
async function clientItself(house: AccessTokenHouse, clientId: string, scopes: readonly string[]): Promise<Principal> {
  const client: OAuthClient | undefined = await house.findClient(clientId);
  if (client?.role === undefined) throw invalid();
  const most = { scopes: ROLES[client.role] };
  return { kind: "external", id: clientId, orgId: client.orgId, name: client.name, scopes: within(most, scopes) };
}

/** The role's rights, as far as the token goes. */
function within(most: Pick<Principal, "scopes">, tokenScopes: readonly string[]): readonly Scope[] {
  if (tokenScopes.includes(PLATFORM_SCOPE)) return most.scopes;
  return tokenScopes.includes(INVOKE_SCOPE) && hasScope(most, "invoke") ? ["invoke"] : [];
}

function invalid(): PlatformError {
  return new PlatformError("UNAUTHENTICATED", "The token is not valid here.", {
    hint: "Sign in again, and ask for a token for this very address.",
    metadata: { error: "invalid_token" },
  });
}

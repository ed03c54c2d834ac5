import { hkdfSync } from "node:crypto";
import { GRANT_CLAIM, INVOKE_SCOPE, PLATFORM_SCOPE } from "@berth/control";
import type { Control, OAuthKey } from "@berth/control";
import type { Configuration, ResourceServer, errors } from "oidc-provider";
import type { Edge } from "../edge/edge.ts";
import { CLI_CLIENT, CLI_CLIENT_ID, CLI_SCOPES } from "./client-metadata.ts";
import { devicePages } from "./device-pages.ts";
import { pageHeaders } from "./html.ts";
import type { Fetch } from "./outbound-fetch.ts";
import { metadataFetch } from "./outbound-fetch.ts";
import { messagePage } from "./pages.ts";
import { MOUNT } from "./provider-request.ts";
import { RecordsAdapter } from "./records-adapter.ts";
import { scopesOf, toResource } from "./resources.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Nobody is asked again within it; what ends earlier is looked up at each use of a token, and seen within a second. */
const ACCESS_TOKEN_SECONDS = 10 * MINUTE;

export interface ProviderHouse {
  readonly edge: Edge;
  readonly key: OAuthKey;
  /** Signs cookies. */
  readonly secret: Uint8Array;
  readonly fetch: Fetch;
  readonly library: { readonly errors: typeof errors };
  readonly now: () => Date;
}

export function providerConfiguration(house: ProviderHouse): Configuration {
  const { edge, key, secret, fetch, library } = house;
  const { oauth } = edge.control;
  const cookie = { httpOnly: true, sameSite: "lax", signed: true, path: MOUNT } as const;
  const cookieKey = Buffer.from(hkdfSync("sha256", secret, "", "berth oauth cookies v1", 32)).toString("base64url");
  const usedBefore = (): Error => new library.errors.InvalidGrant("grant request is invalid");
  return {
    adapter: (kind: string) => new RecordsAdapter(kind, { oauth, usedBefore, now: house.now }),
    clients: [CLI_CLIENT],
    jwks: { keys: [{ ...key.privateJwk, kty: "EC" }] },
    routes: { authorization: "/auth", code_verification: "/device", device_authorization: "/device/auth" },
    cookies: {
      names: { session: "berth_oauth", interaction: "berth_oauth_step", resume: "berth_oauth_resume" },
      keys: [cookieKey],
      long: cookie,
      // The library sets the path of these itself, to the one interaction.
      short: { httpOnly: true, sameSite: "lax", signed: true },
    },
    clientAuthMethods: ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"],
    clientDefaults: { grant_types: ["authorization_code", "refresh_token"], id_token_signed_response_alg: "ES256" },
    responseTypes: ["code"],
    scopes: ["openid", "profile", "offline_access"],
    claims: { openid: ["sub"], profile: ["name"] },
    discovery: { scopes_supported: [INVOKE_SCOPE, PLATFORM_SCOPE, "openid", "profile", "offline_access"] },
    pkce: { required: () => true },
    // No cookie counts at these addresses, and a code is worth nothing without its verifier.
    clientBasedCORS: () => true,
    findAccount: async (_ctx, sub) => {
      const principal = await oauth.subject(sub);
      if (principal === undefined) return undefined;
      return { accountId: sub, claims: () => ({ sub, name: principal.name ?? principal.id }) };
    },
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    rotateRefreshToken: () => true,
    // Signing out of the console does not sign programs out; `a2a logout`, revocation and administrators do.
    expiresWithSession: async () => false,
    interactions: { url: (_ctx, interaction) => `${MOUNT}/interaction/${interaction.uid}` },
    ttl: {
      AccessToken: ACCESS_TOKEN_SECONDS,
      AuthorizationCode: MINUTE,
      ClientCredentials: ACCESS_TOKEN_SECONDS,
      DeviceCode: 10 * MINUTE,
      Grant: 90 * DAY,
      IdToken: 10 * MINUTE,
      Interaction: 10 * MINUTE,
      RefreshToken: 30 * DAY,
      Session: 12 * HOUR,
    },
    formats: { customizers: { jwt: (_ctx, token, parts) => describeToken(edge, token, parts) } },
    fetch: metadataFetch(fetch),
    renderError: (ctx, { error, error_description: said }) => {
      ctx.set({ ...pageHeaders() });
      ctx.body = messagePage(
        "This did not work",
        `${said ?? error}. Go back to the program that sent you, and begin again.`,
      );
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      dPoP: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => isConfidential(client) || token.clientId === client.clientId,
      },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
      registration: { enabled: true, initialAccessToken: false, issueRegistrationAccessToken: false },
      clientIdMetadataDocument: { enabled: true, ack: "draft-02" },
      deviceFlow: { enabled: true, charset: "base-20", mask: "****-****", ...devicePages() },
      resourceIndicators: {
        enabled: true,
        defaultResource: async (_ctx, _client, oneOf) => oneOf ?? `${new URL(edge.baseUrl()).origin}/mcp`,
        useGrantedResource: async () => true,
        getResourceServerInfo: async (_ctx, indicator, client) =>
          await resourceServer(house, indicator, client.clientId),
      },
    },
  };
}

/** @throws InvalidTarget for what is not ours */
async function resourceServer(
  { edge, library }: ProviderHouse,
  indicator: string,
  clientId: string,
): Promise<ResourceServer> {
  const resource = toResource(edge, indicator);
  if (resource === undefined) throw new library.errors.InvalidTarget();
  const scopes = await scopesOf(edge.control, resource, await allowedScopes(edge.control, clientId));
  return {
    scope: scopes.join(" "),
    audience: resource.mcpUrl,
    accessTokenTTL: ACCESS_TOKEN_SECONDS,
    accessTokenFormat: "jwt",
    jwt: { sign: { alg: "ES256" } },
  };
}

async function allowedScopes(
  { oauth }: Pick<Control, "oauth">,
  clientId: string,
): Promise<readonly string[] | undefined> {
  return clientId === CLI_CLIENT_ID ? CLI_SCOPES : (await oauth.findClient(clientId))?.scopes;
}

interface TokenParts {
  readonly payload?: Record<string, unknown>;
}

/** One token for all doors of the agent; and what has been agreed on, so that its end is the token's. */
function describeToken(
  edge: Edge,
  token: { readonly aud?: unknown; readonly grantId?: unknown },
  { payload }: TokenParts,
): void {
  const resource = typeof token.aud === "string" ? toResource(edge, token.aud) : undefined;
  if (payload === undefined) return;
  if (resource !== undefined) payload["aud"] = resource.audiences;
  if (typeof token.grantId === "string") payload[GRANT_CLAIM] = token.grantId;
}

export function isConfidential(client: { readonly clientAuthMethod?: unknown }): boolean {
  return client.clientAuthMethod !== "none";
}

import type { Control, OAuthKey, TokenContext } from "@berth/control";
import { INVOKE_SCOPE } from "@berth/control";
import type { JsonObject, Principal } from "@berth/protocol";
import type { OAuthServer } from "../edge/oauth-server.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import type { Edge } from "../edge/edge.ts";
import { outboundFetch } from "./outbound-fetch.ts";
import type { Outbound } from "./outbound-fetch.ts";
import { MOUNT } from "./provider-request.ts";
import { oauthRoutes } from "./routes.ts";
import type { UpstreamOptions } from "./upstream.ts";

export interface OAuthServerOptions {
  readonly control: Pick<Control, "oauth">;
  readonly key: OAuthKey;
  /** Signs cookies: the same on every node and after every restart. */
  readonly secret: Uint8Array;
  /** Where the platform is reached; asked when it listens. */
  readonly baseUrl: () => string;
  /** For clients' metadata documents and keys, and for the other provider. */
  readonly outbound: Outbound;
  /** Another OpenID provider that signs people in. */
  readonly upstream?: UpstreamOptions;
}

/** The platform's own authorization server. The library behind it is loaded by the first request that needs it. */
export function createOAuthServer({
  control,
  key,
  secret,
  baseUrl,
  outbound,
  upstream,
}: OAuthServerOptions): OAuthServer {
  const issuer = (): string => `${new URL(baseUrl()).origin}${MOUNT}`;
  return {
    issuer,
    flows: () => flowsOf(issuer()),
    async authenticate(token: string, context: TokenContext): Promise<Principal> {
      const { kid, publicKey } = key;
      return await control.oauth.authenticate(token, { issuer: issuer(), kid, publicKey }, context);
    },
    routes(edge: Edge): readonly PlatformRoute[] {
      return oauthRoutes({ edge, key, secret, issuer, upstream, fetch: outboundFetch(outbound) });
    },
  };
}

function flowsOf(issuer: string): JsonObject {
  return {
    authorizationCode: {
      authorizationUrl: `${issuer}/auth`,
      tokenUrl: `${issuer}/token`,
      refreshUrl: `${issuer}/token`,
      scopes: { [INVOKE_SCOPE]: "Call agents." },
      pkceRequired: true,
    },
  };
}

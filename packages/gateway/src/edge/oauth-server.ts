import type { TokenContext } from "@berth/control";
import type { JsonObject, Principal } from "@berth/protocol";
import type { Edge } from "./edge.ts";
import type { PlatformRoute } from "./routes.ts";

/** The platform's own authorization server, where there is one. */
export interface OAuthServer {
  /** As in `iss`, and where its metadata is found (RFC 8414). */
  issuer(): string;
  /** As the card's oauth2SecurityScheme has them; A2A 1.0 has room for one. */
  flows(): JsonObject;
  /** One of its access tokens, with `authn` naming the issuer, the client and the scopes. @throws UNAUTHENTICATED */
  authenticate(token: string, context: TokenContext): Promise<Principal>;
  /** Its own doors; absent: it is served elsewhere. */
  routes?(edge: Edge): readonly PlatformRoute[];
}

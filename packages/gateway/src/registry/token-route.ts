import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { TOKEN_PATH } from "./registry-challenge.ts";
import { TOKEN_SECONDS } from "./registry-tokens.ts";
import type { RegistryTokens } from "./registry-tokens.ts";
import { grantedScopes, parseScopes } from "./token-scope.ts";

/** docker's token specification: a key for a short-lived token that is good for what it was asked for. */
export function tokenRoute(tokens: RegistryTokens): PlatformRoute {
  return {
    method: "GET",
    path: TOKEN_PATH,
    policy: "key",
    summary: "A short-lived token for the image registry, as docker's clients ask for it",
    query: [
      { name: "service", description: "What the challenge named." },
      { name: "scope", description: "Such as repository:echo:pull,push.", repeats: true },
      { name: "account", description: "The user name; it says nothing here." },
    ],
    errors: "registry",
    basic: true,
    handle: (exchange) => {
      const nowMs = Date.now();
      const access = grantedScopes(exchange.principal, parseScopes(exchange.query.getAll("scope")));
      const token = tokens.issue(exchange.principal, access, nowMs);
      const issuedAt = new Date(nowMs).toISOString();
      sendJson(exchange, { token, access_token: token, expires_in: TOKEN_SECONDS, issued_at: issuedAt });
    },
  };
}

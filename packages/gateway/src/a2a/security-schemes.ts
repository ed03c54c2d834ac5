import { CERTIFICATE_ISSUER } from "@berth/control";
import type { AgentCard, AgentConfig, AuthScheme, SecurityScheme } from "@berth/protocol";
import { authConfigOf } from "../edge/agent-schemes.ts";
import type { OAuthServer } from "../edge/oauth-server.ts";

/** What this platform can check, beside its own keys. */
export interface Verifiers {
  readonly oauth?: OAuthServer | undefined;
  /** The issuers that the agent's organization trusts. */
  readonly issuers: readonly string[];
  readonly mutualTls: boolean;
}

type Security = Pick<AgentCard, "securitySchemes" | "securityRequirements">;
type NamedScheme = readonly [name: string, scheme: SecurityScheme];

/**
 * The ways to call this agent that the gateway accepts, each an alternative, in the order of `berth.json`. What is
 * listed there and cannot be checked here is left out. A public agent asks for nothing, so its schemes are only said
 * where somebody has chosen them.
 */
export function securityOf(config: Pick<AgentConfig, "auth" | "visibility">, verifiers: Verifiers): Security {
  if (config.visibility === "public" && config.auth === undefined) return {};
  const { schemes, requiredScopes = [] } = authConfigOf(config);
  const offered = schemes.flatMap((scheme) =>
    namedSchemes(scheme, verifiers).map(([name, said]) => ({ name, said, list: scopesOf(scheme, requiredScopes) })),
  );
  if (offered.length === 0) return {};
  return {
    securitySchemes: Object.fromEntries(offered.map(({ name, said }) => [name, said])),
    ...(config.visibility === "public"
      ? {}
      : { securityRequirements: offered.map(({ name, list }) => ({ schemes: { [name]: { list } } })) }),
  };
}

function scopesOf(scheme: AuthScheme, requiredScopes: readonly string[]): readonly string[] {
  return scheme === "oauth2" || scheme === "openIdConnect" ? requiredScopes : [];
}

function namedSchemes(scheme: AuthScheme, { oauth, issuers, mutualTls }: Verifiers): readonly NamedScheme[] {
  switch (scheme) {
    case "bearer":
      return [["bearer", http("Bearer", "An API key of this platform.")]];
    case "apiKey": {
      const description = "An API key of this platform.";
      return [["apiKey", { apiKeySecurityScheme: { location: "header", name: "X-API-Key", description } }]];
    }
    case "basic":
      return [["basic", http("Basic", "The id of an API key of this platform, and the key.")]];
    case "oauth2":
      return oauth === undefined ? [] : [["oauth2", { oauth2SecurityScheme: oauthScheme(oauth) }]];
    case "openIdConnect":
      return issuers.filter((issuer) => issuer !== CERTIFICATE_ISSUER).map(openIdScheme);
    case "mtls": {
      const description = "A client certificate that an administrator of this platform has bound.";
      return mutualTls && issuers.includes(CERTIFICATE_ISSUER)
        ? [["mtls", { mtlsSecurityScheme: { description } }]]
        : [];
    }
    default:
      return scheme satisfies never;
  }
}

function http(scheme: "Bearer" | "Basic", description: string): SecurityScheme {
  return { httpAuthSecurityScheme: { scheme, description } };
}

function oauthScheme(oauth: OAuthServer): SecurityScheme[string] {
  return {
    flows: oauth.flows(),
    oauth2MetadataUrl: wellKnown(oauth.issuer(), "oauth-authorization-server"),
  };
}

/** The audience of such a token is this agent's address, letter for letter. */
function openIdScheme(issuer: string, index: number): NamedScheme {
  const openIdConnectUrl = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const description = "A token of this issuer whose audience is the agent's address.";
  return [
    index === 0 ? "openIdConnect" : `openIdConnect${index + 1}`,
    { openIdConnectSecurityScheme: { openIdConnectUrl, description } },
  ];
}

/** RFC 8414 §3.1: between the host and the issuer's path. */
function wellKnown(issuer: string, name: string): string {
  const { origin, pathname } = new URL(issuer);
  return `${origin}/.well-known/${name}${pathname === "/" ? "" : pathname}`;
}

import { DEFAULT_AUTH_SCHEMES, PlatformError, isPlatformError } from "@berth/protocol";
import type { AgentAuthConfig, AgentConfig, AuthScheme, Principal } from "@berth/protocol";
import type { Edge } from "./edge.ts";

/** How callers of this agent may prove who they are. */
export function authConfigOf({ auth }: Pick<AgentConfig, "auth">): AgentAuthConfig {
  return auth ?? { schemes: DEFAULT_AUTH_SCHEMES };
}

/**
 * What the agent's card says holds at every door: a way to prove who one is that is not on it is refused. Nobody has
 * shown nothing, and the console's session is the platform's own. What the caller may not see is the use case's to answer.
 * @throws UNAUTHENTICATED; PERMISSION_DENIED for a token without a scope that the agent asks for.
 */
export async function assertScheme(
  edge: Pick<Edge, "control" | "oauth">,
  principal: Principal,
  agentName: string,
): Promise<void> {
  const shown = shownScheme(edge, principal);
  if (shown === undefined) return;
  const config = await configOf(edge, principal, agentName);
  if (config === undefined) return;
  const { schemes, requiredScopes = [] } = authConfigOf(config);
  if (!schemes.includes(shown)) {
    throw new PlatformError("UNAUTHENTICATED", `The agent "${agentName}" does not take ${IN_WORDS[shown]}.`, {
      hint: `It takes: ${schemes.map((scheme) => IN_WORDS[scheme]).join(", ")}.`,
    });
  }
  if (shown !== "oauth2" && shown !== "openIdConnect") return;
  const missing = requiredScopes.filter((scope) => principal.authn?.scopes?.includes(scope) !== true);
  if (missing.length === 0) return;
  throw new PlatformError("PERMISSION_DENIED", `The token lacks the scope ${missing.join(" ")}.`, {
    hint: "Ask the token's issuer for it.",
    metadata: { scope: requiredScopes.join(" ") },
  });
}

/** Routes of the platform take everything but passwords. @throws UNAUTHENTICATED */
export function assertPlatformScheme({ authn }: Principal): void {
  if (authn?.scheme !== "basic") return;
  throw new PlatformError("UNAUTHENTICATED", "HTTP Basic is only for agents that offer it.", {
    hint: "Send Authorization: Bearer <API key>.",
  });
}

const IN_WORDS: Readonly<Record<AuthScheme, string>> = {
  apiKey: "API keys in X-API-Key",
  bearer: "API keys as bearer tokens",
  basic: "HTTP Basic",
  oauth2: "OAuth tokens of this platform",
  openIdConnect: "tokens of other issuers",
  mtls: "client certificates",
};

function shownScheme({ oauth }: Pick<Edge, "oauth">, { authn }: Principal): AuthScheme | undefined {
  switch (authn?.scheme) {
    case "api_key":
      return "apiKey";
    case "basic":
    case "mtls":
      return authn.scheme;
    case "bearer":
      if (authn.issuer === undefined) return "bearer";
      return authn.issuer === oauth?.issuer() ? "oauth2" : "openIdConnect";
    default:
      return undefined;
  }
}

async function configOf(
  { control }: Pick<Edge, "control">,
  principal: Principal,
  agentName: string,
): Promise<AgentConfig | undefined> {
  try {
    return (await control.registry.find(principal, agentName)).release.config;
  } catch (error) {
    if (isPlatformError(error) && error.reason === "AGENT_NOT_FOUND") return undefined;
    throw error;
  }
}

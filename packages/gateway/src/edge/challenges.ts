import { DEFAULT_AUTH_SCHEMES, isPlatformError } from "@berth/protocol";
import type { AuthScheme, PlatformError } from "@berth/protocol";
import { authConfigOf } from "./agent-schemes.ts";
import type { Edge } from "./edge.ts";
import type { AgentTarget } from "./routes.ts";

/** How one may prove who one is at this address, for WWW-Authenticate (RFC 9110 §11.6.1). */
export interface Challenge {
  readonly schemes: readonly AuthScheme[];
  /** RFC 9728 §5.1; where tokens of an issuer are taken. */
  readonly resourceMetadata?: string;
  /** The whole header, where a protocol has one of its own. */
  readonly header?: string;
}

const REALM = `realm="berth"`;

/** One value per scheme. API keys in a header of their own and certificates have no challenge in HTTP. */
export function challengeHeader(
  error: PlatformError,
  { schemes, resourceMetadata, header }: Challenge,
): string | string[] {
  if (header !== undefined) return header;
  const denied = error.reason === "PERMISSION_DENIED";
  const { scope } = error.metadata;
  const bearer = [
    `Bearer ${REALM}`,
    ...(denied ? [`error="insufficient_scope"`] : []),
    // RFC 6750 §3.1: a client that hears it gets itself a new one.
    ...(error.metadata["error"] === "invalid_token" ? [`error="invalid_token"`] : []),
    ...(typeof scope === "string" ? [`scope="${scope}"`] : []),
    ...(resourceMetadata === undefined ? [] : [`resource_metadata="${resourceMetadata}"`]),
  ].join(", ");
  const takesBearer = schemes.some((scheme) => BEARERS.has(scheme));
  const challenges = [
    ...(takesBearer || denied ? [bearer] : []),
    ...(schemes.includes("basic") && !denied ? [`Basic ${REALM}, charset="UTF-8"`] : []),
  ];
  // 401 must have one: this names what is taken, in a scheme of our own.
  if (challenges.length === 0) return `${schemes.includes("apiKey") ? "ApiKey" : "MutualTLS"} ${REALM}`;
  const [only = ""] = challenges;
  return challenges.length === 1 ? only : challenges;
}

const BEARERS: ReadonlySet<AuthScheme> = new Set(["bearer", "oauth2", "openIdConnect"]);

export const RESOURCE_METADATA_PATH = "/.well-known/oauth-protected-resource";

/** For an agent, found or not: what the card says anybody may know. Undefined: nothing but the usual. */
export async function agentChallenge(
  { control, oauth }: Pick<Edge, "control" | "oauth">,
  agent: AgentTarget,
  path: string,
): Promise<Challenge | undefined> {
  try {
    const { release } = await control.registry.findForCard(agent.name);
    const { schemes } = authConfigOf(release.config);
    const takesTokens = schemes.includes("openIdConnect") || (oauth !== undefined && schemes.includes("oauth2"));
    return { schemes, ...(takesTokens ? { resourceMetadata: metadataUrl(agent.base, path) } : {}) };
  } catch (error) {
    if (isPlatformError(error)) return undefined;
    throw error;
  }
}

/** The MCP server of all agents. Elsewhere on the platform's host nobody is sent to the authorization server. */
export function platformChallenge({ oauth }: Pick<Edge, "oauth">, origin: string, path: string): Challenge | undefined {
  if (oauth === undefined || path !== "/mcp") return undefined;
  return { schemes: DEFAULT_AUTH_SCHEMES, resourceMetadata: metadataUrl(origin, path) };
}

/** RFC 9728 §3.1: the well-known part goes between the host and the resource's path. */
function metadataUrl(base: string, path: string): string {
  const { origin, pathname } = new URL(base);
  const resource = `${pathname === "/" ? "" : pathname}${path === "/mcp" ? "/mcp" : ""}`;
  return `${origin}${RESOURCE_METADATA_PATH}${resource}`;
}

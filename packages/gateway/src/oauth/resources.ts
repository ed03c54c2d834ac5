import { INVOKE_SCOPE, PLATFORM_SCOPE } from "@berth/control";
import type { Control } from "@berth/control";
import { isPlatformError } from "@berth/protocol";
import { authConfigOf } from "../edge/agent-schemes.ts";
import type { Edge } from "../edge/edge.ts";

/** What a token is for: all agents of an organization, or one. */
export interface Resource {
  /** The MCP server's address, which is how we name it. */
  readonly mcpUrl: string;
  /** RFC 9068 `aud`. */
  readonly audiences: readonly string[];
  readonly agent?: string;
}

type Place = Pick<Edge, "hosts" | "baseUrl">;

/**
 * What a client means by `resource` (RFC 8707). Clients say the MCP URL, the same with a slash, the agent's address, or
 * only the origin (research note mcp §5.1); each is the same to us. Undefined for what is not ours.
 */
export function toResource({ hosts, baseUrl }: Place, text: string): Resource | undefined {
  const url = text.length <= 1_000 ? URL.parse(text) : null;
  const base = new URL(baseUrl());
  if (url === null || url.protocol !== base.protocol || url.search !== "" || text.includes("#")) return undefined;
  if (url.username !== "" || url.password !== "") return undefined;
  const agentByHost = agentOf(hosts, url);
  if (agentByHost === null) return undefined;
  const path = url.pathname.replace(/\/$/, "").replace(/\/mcp$/, "");
  if (agentByHost !== undefined) {
    return path === "" ? resourceAt(url.origin, agentByHost) : undefined;
  }
  if (path === "") return { ...resourceAt(base.origin), audiences: both(base.origin, url.origin) };
  const [, agent] = /^\/agents\/([a-z0-9-]{1,100})$/.exec(path) ?? [];
  return agent === undefined ? undefined : resourceAt(`${url.origin}${path}`, agent);
}

function resourceAt(address: string, agent?: string): Resource {
  const named = agent === undefined ? {} : { agent };
  return { mcpUrl: `${address}/mcp`, audiences: [`${address}/mcp`, address], ...named };
}

function both(base: string, asked: string): readonly string[] {
  return [...new Set([`${base}/mcp`, base, `${asked}/mcp`, asked])];
}

/** Null for a host that is not ours. */
function agentOf(hosts: Place["hosts"], { host, protocol }: URL): string | null | undefined {
  try {
    return hosts.resolve(host, protocol).agent;
  } catch (error) {
    if (isPlatformError(error)) return null;
    throw error;
  }
}

/** What may be asked for at this resource by somebody whom an administrator has allowed these, or nothing. */
export async function scopesOf(
  { registry }: Pick<Control, "registry">,
  { agent }: Resource,
  allowed: readonly string[] | undefined,
): Promise<readonly string[]> {
  const own = agent === undefined ? [] : await requiredScopes(registry, agent);
  const mayAsk = [INVOKE_SCOPE, ...own].filter(
    (scope) => allowed === undefined || allowed.includes(scope) || own.includes(scope),
  );
  return allowed?.includes(PLATFORM_SCOPE) === true ? [...mayAsk, PLATFORM_SCOPE] : mayAsk;
}

async function requiredScopes(registry: Control["registry"], agent: string): Promise<readonly string[]> {
  try {
    return authConfigOf((await registry.findForCard(agent)).release.config).requiredScopes ?? [];
  } catch (error) {
    // Whether there is such an agent is not told here.
    if (isPlatformError(error)) return [];
    throw error;
  }
}

import type { Challenge } from "../edge/challenges.ts";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import type { RegistryAction, ScopeEntry } from "./token-scope.ts";

const SERVICE = "berth";
export const TOKEN_PATH = "/v2/token";

/** docker's token specification: where a token is to be had, and for what. */
export function registryChallenge(
  { baseUrl }: Pick<Edge, "baseUrl">,
  exchange: Exchange,
  scope: string | undefined,
  error?: "insufficient_scope",
): Challenge {
  const parts = [
    `realm="${originOf(baseUrl(), exchange)}${TOKEN_PATH}"`,
    `service="${SERVICE}"`,
    ...(scope === undefined ? [] : [`scope="${scope}"`]),
    ...(error === undefined ? [] : [`error="${error}"`]),
  ];
  return { schemes: ["bearer"], header: `Bearer ${parts.join(",")}` };
}

/** Where the caller found us: the port of a container's host may be another one. The name was checked before. */
function originOf(baseUrl: string, { target }: Exchange): string {
  return target.origin === "" ? baseUrl : target.origin;
}

/** As in a scope; for a name that cannot be quoted none is offered. */
export function scopeOf(name: string | undefined, actions: readonly RegistryAction[]): string | undefined {
  return name !== undefined && /^[a-z0-9._/-]{1,255}$/.test(name)
    ? `repository:${name}:${actions.join(",")}`
    : undefined;
}

export function covers(access: readonly ScopeEntry[], name: string, action: RegistryAction): boolean {
  return access.some((entry) => entry.type === "repository" && entry.name === name && entry.actions.includes(action));
}

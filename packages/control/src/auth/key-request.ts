import { SCOPES, hasScope, invalidParams, PlatformError } from "@berth/protocol";
import type { FieldViolation, Principal } from "@berth/protocol";
import type { NewKey } from "./auth.ts";
import { isNetwork, isNetworkWithin } from "./networks.ts";

export const DEFAULT_EXPIRY_DAYS = 90;
const MAX_EXPIRY_DAYS = 3_650;
const MAX_LISTED = 50;
const AGENT_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
/** They reach beyond agents, so a key of some agents only cannot have them. */
const ACROSS_AGENTS = ["owner", "admin", "audit"] as const;

/** @throws INVALID_PARAMS with every field that does not fit. */
export function assertKeyRequest({ name, scopes, expiresInDays, agents, cidrs }: NewKey): void {
  const violations: FieldViolation[] = [];
  const check = (ok: boolean, field: string, description: string): void => {
    if (!ok) violations.push({ field, description });
  };
  const known: readonly string[] = SCOPES;
  const days = expiresInDays ?? DEFAULT_EXPIRY_DAYS;
  check(name.trim() !== "" && name.length <= 100, "name", "1 to 100 characters");
  check(
    scopes.length > 0 && scopes.every((scope) => known.includes(scope)),
    "scopes",
    `one or more of ${SCOPES.join(", ")}`,
  );
  check(
    Number.isInteger(days) && days >= 1 && days <= MAX_EXPIRY_DAYS,
    "expiresInDays",
    `a whole number from 1 to ${MAX_EXPIRY_DAYS}`,
  );
  check(
    isList(agents, (agent) => AGENT_NAME.test(agent)),
    "agents",
    `1 to ${MAX_LISTED} names of agents`,
  );
  check(isList(cidrs, isNetwork), "cidrs", `1 to ${MAX_LISTED} networks such as 192.0.2.0/24 or 2001:db8::/32`);
  const wide = agents === undefined ? [] : ACROSS_AGENTS.filter((scope) => scopes.includes(scope));
  check(wide.length === 0, "scopes", `a key of some agents only cannot have ${ACROSS_AGENTS.join(", ")}`);
  if (violations.length > 0) throw invalidParams(violations);
}

/** What the creator's own key is bound to, if it is one. */
export interface Bounds {
  readonly cidrs?: readonly string[];
  readonly expiresAt?: string;
}

/** A key gives no more than its creator has: scopes, agents and networks. @throws PERMISSION_DENIED */
export function assertWithin(principal: Principal, request: NewKey, bounds: Bounds): void {
  const beyond = request.scopes.filter((scope) => !hasScope(principal, scope));
  if (beyond.length > 0) throw tooMuch(`the scope "${beyond.join(", ")}"`);
  if (principal.agents !== undefined) {
    const { agents } = principal;
    const inside = request.agents?.every((agent) => agents.includes(agent)) ?? false;
    if (!inside) throw tooMuch("other agents");
  }
  const networks = bounds.cidrs;
  const inside = networks === undefined || (request.cidrs ?? []).every((cidr) => isNetworkWithin(networks, cidr));
  if (!inside) throw tooMuch("other networks");
}

function tooMuch(what: string): PlatformError {
  return new PlatformError("PERMISSION_DENIED", `A key cannot be given ${what}: you do not have that yourself.`);
}

function isList(list: readonly string[] | undefined, fits: (item: string) => boolean): boolean {
  return list === undefined || (list.length >= 1 && list.length <= MAX_LISTED && list.every(fits));
}

/** A verified caller. Made only by the gateway's authentication; never read from a request. */
export interface Principal {
  readonly kind: "user" | "api_key" | "anonymous" | "system";
  /** Stable id: `usr_…`, `key_…`, "anonymous", "system". */
  readonly id: string;
  readonly orgId: string;
  readonly scopes: readonly Scope[];
  /** For people. */
  readonly name?: string;
}

/** `admin` implies the others. `invoke`: call agents and see one's own tasks. `deploy`: publish and remove agents. `read`: see every task of the organization. */
export const SCOPES = ["admin", "deploy", "invoke", "read"] as const;
export type Scope = (typeof SCOPES)[number];

export function hasScope(principal: Principal, scope: Scope): boolean {
  return principal.scopes.includes("admin") || principal.scopes.includes(scope);
}

/** The organization of a fresh installation. */
export const DEFAULT_ORG_ID = "org_default";

/** A verified caller. Made only by the platform's authentication; never read from a request. */
export interface Principal {
  readonly kind: "user" | "api_key" | "service_account" | "external" | "anonymous" | "system";
  /** Stable id: `usr_…`, `key_…`, an agent's SPIFFE id, `<issuer>#<subject>` for identities of other issuers, "anonymous", "system". */
  readonly id: string;
  readonly orgId: string;
  readonly scopes: readonly Scope[];
  /** For people. */
  readonly name?: string;
  /** For a key: the user who made it. Both are one person where two are needed. */
  readonly createdBy?: string;
  /** How the credential was verified. */
  readonly authn?: Authentication;
  /** Who acts for `id`, the nearest first: SPIFFE ids of agents that handed the call on (RFC 8693 §4.1). At most 8. */
  readonly actors?: readonly string[];
  /** Set: only these agents exist for this credential. */
  readonly agents?: readonly string[];
}

export interface Authentication {
  readonly scheme: "api_key" | "session" | "bearer" | "basic" | "mtls" | "service_account";
  /** Of a token. */
  readonly issuer?: string;
  /** OAuth client that the caller used. */
  readonly clientId?: string;
  /** OAuth scopes of the token, for agents that ask for some. */
  readonly scopes?: readonly string[];
}

/**
 * What a credential may do. `owner` implies all, `admin` all but `owner`. `deploy`: publish and remove agents.
 * `operate`: logs, instances, limits of agents. `invoke`: call agents and see one's own tasks. `read`: see every task
 * of the organization. `approve`: decide scope requests. `audit`: read the audit log and every receipt. `ingest`: send telemetry,
 * and nothing else.
 */
export const SCOPES = ["owner", "admin", "deploy", "operate", "invoke", "read", "approve", "audit", "ingest"] as const;
export type Scope = (typeof SCOPES)[number];

export function hasScope(principal: Pick<Principal, "scopes">, scope: Scope): boolean {
  const { scopes } = principal;
  return scopes.includes(scope) || scopes.includes("owner") || (scope !== "owner" && scopes.includes("admin"));
}

/** A member's role in an organization, and the scopes it stands for. */
export const ROLES = {
  owner: ["owner"],
  admin: ["admin"],
  developer: ["deploy", "operate", "invoke", "read"],
  operator: ["operate", "invoke", "read"],
  approver: ["approve", "invoke", "read"],
  auditor: ["audit", "read"],
  viewer: ["read"],
  invoker: ["invoke"],
} as const;
export type OrgRole = keyof typeof ROLES;

/** The organization of a fresh installation. */
export const DEFAULT_ORG_ID = "org_default";

/** Parts of `berth.json` that say who may call an agent and what the agent may do. */

export interface AgentAuthConfig {
  /** Ways to call that the card announces and the gateway accepts; default: DEFAULT_AUTH_SCHEMES. */
  readonly schemes: readonly AuthScheme[];
  /** OAuth scopes that a token must have beside its caller's right to call; empty: none. */
  readonly requiredScopes?: readonly string[];
}
export const AUTH_SCHEMES = ["apiKey", "bearer", "basic", "oauth2", "openIdConnect", "mtls"] as const;
export type AuthScheme = (typeof AUTH_SCHEMES)[number];

/** The order is the card's, and most clients take the first that they know. */
export const DEFAULT_AUTH_SCHEMES: readonly AuthScheme[] = ["bearer", "apiKey", "oauth2"];

export interface AgentWorkspaceConfig {
  /** Globs of the organization's files that every run may read; default: none. */
  readonly read: readonly string[];
  /** Whether runs may write below `outputs/<run>/`; default: true. */
  readonly write: boolean;
}

/** Also of releases from before there were workspaces. */
export const DEFAULT_WORKSPACE_CONFIG: AgentWorkspaceConfig = { read: [], write: true };

/** Requests without TLS to one host; what is not given is free. A connection through CONNECT shows neither, so it is read as HTTP too. */
export interface HttpEgressRule {
  /** `host`, `host:port`, `*.host`; default port 80. */
  readonly host: string;
  readonly methods?: readonly string[];
  /** `/v1/*`, `/v1/**`: see `urlPathObjection`. */
  readonly paths?: readonly string[];
}

/** A text: every connection to `host`, `host:port` or `*.host`, default port 443. */
export type EgressRule = string | HttpEgressRule;

/** An HTTP service the agent calls as `http://<name>.berth.internal/…`; headers are put in outside the sandbox. */
export interface UpstreamConfig {
  /** `https://host[:port][/base]`. */
  readonly url: string;
  /** `{secret:NAME}` stands for a secret's value. */
  readonly headers: { readonly [name: string]: string };
  /** Absent: every method and path. */
  readonly allow?: readonly { readonly methods: readonly string[]; readonly path: string }[];
}

export interface AgentLimitsConfig {
  /** Calls per minute of one principal. */
  readonly callsPerMinute?: number;
  /** Calls at once of one principal. */
  readonly concurrentCalls?: number;
  /** Decimal text, in US dollars; a run that costs more ends with BUDGET_EXCEEDED. */
  readonly maxCostPerTask?: string;
  readonly maxTokensPerTask?: number;
  /** Calls to other agents of one run. */
  readonly maxCallsPerTask?: number;
}

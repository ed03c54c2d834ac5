import type { OrgRole } from "@berth/protocol";
import type { CallOptions } from "./call-options.ts";
import type { HttpRequest } from "./http.ts";

/** Who an identity of another issuer is here: either `subject`, exact or `*`, or `email`. */
export interface IssuerBindingInfo {
  readonly subject?: string;
  readonly email?: string;
  readonly role: OrgRole;
  /** Only these agents. */
  readonly agents?: readonly string[];
}

export interface NewIssuerInfo {
  /** `iss` of its tokens, or `mtls` for client certificates. */
  readonly issuer: string;
  readonly audiences?: readonly string[];
  readonly jwksUri?: string;
  readonly algorithms?: readonly string[];
  readonly bindings: readonly IssuerBindingInfo[];
  /** Each token is taken once; those without a `jti` never. */
  readonly singleUse?: boolean;
}

export interface IssuerInfo extends Required<Omit<NewIssuerInfo, "jwksUri">> {
  readonly id: string;
  readonly jwksUri: string | null;
  readonly createdAt: string;
}

/** Whose identities the organization trusts. Needs `admin`. */
export interface IssuersClient {
  list(options?: CallOptions): Promise<readonly IssuerInfo[]>;
  add(issuer: NewIssuerInfo, options?: CallOptions): Promise<IssuerInfo>;
  remove(issuerId: string, options?: CallOptions): Promise<void>;
}

export function createIssuersClient(
  request: <T>(request: HttpRequest, options?: CallOptions) => Promise<T>,
): IssuersClient {
  return {
    async list(options) {
      const { issuers } = await request<{ readonly issuers: readonly IssuerInfo[] }>(
        { method: "GET", path: "v1/issuers" },
        options,
      );
      return issuers;
    },
    add: async (issuer, options) => await request({ method: "POST", path: "v1/issuers", json: issuer }, options),
    remove: async (issuerId, options) =>
      await request({ method: "DELETE", path: `v1/issuers/${encodeURIComponent(issuerId)}` }, options),
  };
}

import type { Principal } from "@berth/protocol";
import type { IssuerBinding, IssuerRecord } from "@berth/store";

/** Stands in for `iss` where callers show a TLS client certificate. */
export const CERTIFICATE_ISSUER = "mtls";

export const GOOGLE_ISSUER = "https://accounts.google.com";

export interface NewIssuer {
  /** `iss` of its tokens, or CERTIFICATE_ISSUER. */
  readonly issuer: string;
  /** Beside the addresses of the platform and of the agent that is called. */
  readonly audiences?: readonly string[];
  /** Default: by OpenID discovery. */
  readonly jwksUri?: string;
  /** Default: RS256, PS256, ES256 and EdDSA. */
  readonly algorithms?: readonly string[];
  readonly bindings: readonly IssuerBinding[];
  /** Each token is taken once; those without a `jti` never. Not for certificates. */
  readonly singleUse?: boolean;
}

/** Whose identities an organization trusts, and who they are here. Needs `admin`. */
export interface Issuers {
  list(principal: Principal): Promise<readonly IssuerRecord[]>;
  /** Takes effect at once. @throws INVALID_PARAMS, PERMISSION_DENIED */
  add(principal: Principal, issuer: NewIssuer): Promise<IssuerRecord>;
  /** Its identities are refused at once. @throws ISSUER_NOT_FOUND */
  remove(principal: Principal, issuerId: string): Promise<void>;
  /** What cards may say: the issuers of an organization whose tokens are taken. For whoever has asked for the right already, or nobody. */
  trusted(orgId: string): Promise<readonly string[]>;
}

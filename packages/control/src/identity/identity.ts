import type { Principal } from "@berth/protocol";
import type { Issuers } from "./issuers.ts";
import type { MintPrincipalToken } from "./principal-token.ts";
import type { AgentIdentity } from "./spiffe-id.ts";
import type { Workload } from "./workload.ts";

/** A certificate that whoever is at the other end of the TLS connection has the key of. */
export interface ClientCertificate {
  /** SHA-256 of its DER form, base64url (RFC 8705 §3.1). */
  readonly thumbprint: string;
  /** It chains to a certificate authority of the platform's configuration and is within its time. */
  readonly trusted: boolean;
  /** What it says, the most telling first: `URI:…`, `DNS:…`, `email:…`, `CN=…`, `sha256:<hex>`. */
  readonly names: readonly string[];
}

/** What a request has beside its token. */
export interface TokenContext {
  /** What the token may be meant for: the addresses of what is called. */
  readonly audiences: readonly string[];
  readonly certificate?: ClientCertificate;
  /** Where the call comes from: keys of certain networks hold nowhere else. */
  readonly remoteAddress?: string;
}

/** Identities of other issuers on the way in, and ours on the way out. */
export interface Identity {
  readonly issuers: Issuers;
  readonly workload: Workload;
  readonly mintPrincipalToken: MintPrincipalToken;
  /** A JWT of an issuer that an organization trusts. @throws UNAUTHENTICATED, whatever is wrong with it */
  authenticateToken(token: string, context: TokenContext): Promise<Principal>;
  /** @throws UNAUTHENTICATED for one that is not trusted or that nobody has bound */
  authenticateCertificate(certificate: ClientCertificate): Promise<Principal>;
  /** Undefined unless it reads as a JWT: for telling issuers apart, proves nothing. */
  claimedIssuer(token: string): string | undefined;
  spiffeId(agent: AgentIdentity): string;
}

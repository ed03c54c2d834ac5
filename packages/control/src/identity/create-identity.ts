import { createHash } from "node:crypto";
import { PlatformError, ROLES, invalidParams } from "@berth/protocol";
import type { IdGenerator, Principal } from "@berth/protocol";
import { OutboundError } from "@berth/runtime";
import type { OutboundHttp } from "@berth/runtime";
import type { IssuerBinding, IssuerRecord, Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import type { SigningKeys } from "../cards/signing-keys.ts";
import { RecentReads } from "../recent-reads.ts";
import type { ClientCertificate, Identity, TokenContext } from "./identity.ts";
import { IssuerKeys } from "./issuer-keys.ts";
import { CERTIFICATE_ISSUER, GOOGLE_ISSUER } from "./issuers.ts";
import type { Issuers, NewIssuer } from "./issuers.ts";
import { toIssuerRules } from "./parse-new-issuer.ts";
import { createPrincipalTokens } from "./principal-token.ts";
import { agentSpiffeId } from "./spiffe-id.ts";
import { claimedIssuer, verifyToken } from "./verify-token.ts";
import type { TokenClaims } from "./verify-token.ts";
import { createWorkload } from "./workload.ts";

const MAX_ISSUERS_PER_ORG = 50;
const ALL = "all";
const FORGET_EVERY_MS = 600_000;

export interface IdentityOptions {
  readonly store: Pick<Store, "identity" | "audit">;
  readonly outbound: Pick<OutboundHttp, "assertUrl" | "request">;
  readonly signingKeys: Pick<SigningKeys, "transactions" | "workload">;
  /** SPIFFE trust domain. */
  readonly domain: string;
  readonly publicUrl: () => string;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly log?: (line: string) => void;
}

export function createIdentity(options: IdentityOptions): Identity {
  const { signingKeys, domain, publicUrl, ids, now } = options;
  const trust = new TrustedIssuers(options);
  return {
    issuers: trust,
    workload: createWorkload({
      key: signingKeys.workload,
      domain,
      publicUrl,
      now,
      randomId: () => ids("transaction"),
    }),
    mintPrincipalToken: createPrincipalTokens({
      signer: { ...signingKeys.transactions, alg: "EdDSA" },
      domain,
      publicUrl,
      now,
      transactionId: () => ids("transaction"),
    }),
    authenticateToken: async (token, context) => await trust.authenticateToken(token, context),
    authenticateCertificate: async (certificate) => await trust.authenticateCertificate(certificate),
    claimedIssuer,
    spiffeId: (agent) => agentSpiffeId(domain, agent),
  };
}

class TrustedIssuers implements Issuers {
  readonly #options: IdentityOptions;
  readonly #keys: IssuerKeys;
  readonly #known: RecentReads<readonly IssuerRecord[]>;
  #forgotAt = 0;

  constructor(options: IdentityOptions) {
    this.#options = options;
    this.#keys = new IssuerKeys(options);
    this.#known = new RecentReads(options.now);
  }

  async list(principal: Principal): Promise<readonly IssuerRecord[]> {
    authorize(principal, "issuer.manage");
    return await this.#options.store.identity.issuers(principal.orgId);
  }

  async add(principal: Principal, request: NewIssuer): Promise<IssuerRecord> {
    authorize(principal, "issuer.manage");
    const rules = toIssuerRules(request);
    if (rules.bindings.some(({ role }) => role === "owner")) authorize(principal, "owner.manage");
    await this.#assertReachable(rules);
    const { store, ids, now } = this.#options;
    const { orgId } = principal;
    const others = await store.identity.issuers(orgId);
    if (others.some(({ issuer }) => issuer === rules.issuer))
      throw wrong("issuer", "is trusted already; remove it first");
    if (others.length >= MAX_ISSUERS_PER_ORG) throw wrong("issuer", `there are ${MAX_ISSUERS_PER_ORG} already`);
    const record = { ...rules, orgId, issuerId: ids("issuer"), createdAt: now().toISOString() };
    await this.#audited(principal, "issuer.add", `${record.issuerId} ${record.issuer}`, async () => {
      await store.identity.insertIssuer(record);
    });
    this.#known.forget(ALL);
    return record;
  }

  async remove(principal: Principal, issuerId: string): Promise<void> {
    authorize(principal, "issuer.manage");
    const { identity } = this.#options.store;
    const known = (await identity.issuers(principal.orgId)).some((issuer) => issuer.issuerId === issuerId);
    if (!known) throw new PlatformError("ISSUER_NOT_FOUND", "There is no issuer with this id.");
    await this.#audited(principal, "issuer.remove", issuerId, async () => {
      await identity.removeIssuer(principal.orgId, issuerId);
    });
    this.#known.forget(ALL);
  }

  async trusted(orgId: string): Promise<readonly string[]> {
    const all = await this.#all();
    return all.filter((record) => record.orgId === orgId).map(({ issuer }) => issuer);
  }

  async authenticateToken(token: string, { audiences, certificate }: TokenContext): Promise<Principal> {
    const said = claimedIssuer(token);
    const issuer = said === "accounts.google.com" ? GOOGLE_ISSUER : said;
    for (const record of issuer === undefined ? [] : await this.#of(issuer)) {
      const rules = { ...record, aliases: aliasesOf(record), audiences: [...record.audiences, ...audiences] };
      const claims = await verifyToken(token, rules, this.#keys, this.#options.now().getTime() / 1_000);
      if (claims === undefined || !isHolder(claims, certificate)) continue;
      const binding = bindingOf(record.bindings, [claims.subject], claims.email);
      if (binding === undefined) continue;
      if (record.singleUse === true) await this.#use(record, claims);
      return toPrincipal(record, binding, claims);
    }
    throw unauthenticated(
      "The token is not valid here.",
      "It must come from a trusted issuer and name this address as its audience.",
    );
  }

  /** By issuer and `jti`: one token has many spellings, so never by its text. @throws UNAUTHENTICATED */
  async #use({ orgId, issuer }: IssuerRecord, { tokenId, holdsUntil }: TokenClaims): Promise<void> {
    if (tokenId === undefined) {
      throw unauthenticated(
        "The token has no `jti`.",
        "This issuer's tokens are taken once each, so each needs its own.",
      );
    }
    const tokenHash = createHash("sha256")
      .update(JSON.stringify([orgId, issuer, tokenId]))
      .digest("base64url");
    const expiresAt = new Date(holdsUntil * 1_000).toISOString();
    const { identity } = this.#options.store;
    await this.#forgetUsed();
    if (await identity.useToken(tokenHash, expiresAt)) return;
    throw unauthenticated(
      "The token was used before.",
      "This issuer's tokens are taken once each: ask it for a new one.",
    );
  }

  /** Those that hold no longer, now and then: they are refused for that already. */
  async #forgetUsed(): Promise<void> {
    const at = this.#options.now();
    if (at.getTime() - this.#forgotAt < FORGET_EVERY_MS) return;
    this.#forgotAt = at.getTime();
    await this.#options.store.identity.forgetUsedTokens(at.toISOString());
  }

  async authenticateCertificate({ trusted, names }: ClientCertificate): Promise<Principal> {
    const [first] = names;
    for (const record of trusted && first !== undefined ? await this.#of(CERTIFICATE_ISSUER) : []) {
      const binding = bindingOf(record.bindings, names, undefined);
      if (binding === undefined) continue;
      const { subject = "*", role, agents } = binding;
      return {
        kind: "external",
        id: `${CERTIFICATE_ISSUER}#${subject === "*" ? first : subject}`,
        orgId: record.orgId,
        scopes: ROLES[role],
        authn: { scheme: "mtls" },
        ...(agents === undefined ? {} : { agents }),
      };
    }
    throw unauthenticated(
      "The client certificate is not one that is trusted here.",
      "An administrator can bind it: `a2a issuers add mtls`.",
    );
  }

  /** Oldest first: whoever trusts an issuer later cannot draw its identities over from others. */
  async #of(issuer: string): Promise<readonly IssuerRecord[]> {
    const all = await this.#all();
    return all.filter((record) => record.issuer === issuer).toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  }

  async #all(): Promise<readonly IssuerRecord[]> {
    return await this.#known.read(ALL, async () => await this.#options.store.identity.issuers());
  }

  /** @throws INVALID_PARAMS for what the platform would refuse to ask for keys. */
  async #assertReachable({ issuer, jwksUri }: Pick<IssuerRecord, "issuer" | "jwksUri">): Promise<void> {
    if (issuer === CERTIFICATE_ISSUER) return;
    try {
      await this.#options.outbound.assertUrl(jwksUri ?? issuer);
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      throw wrong(jwksUri === undefined ? "issuer" : "jwksUri", error.message);
    }
  }

  async #audited<T>({ orgId, id }: Principal, action: string, resource: string, act: () => Promise<T>): Promise<T> {
    const { store, now } = this.#options;
    const entry = { orgId, at: now().toISOString(), actor: id, action, resource, outcome: "ok" } as const;
    return await audited(store.audit, entry, act);
  }
}

/** Google's older tokens leave the scheme out (OpenID Connect at Google, "Validating an ID token"). */
function aliasesOf({ issuer }: IssuerRecord): readonly string[] {
  return issuer === GOOGLE_ISSUER ? ["accounts.google.com"] : [];
}

/** RFC 8705 §3: a token for a certificate's holder is worth nothing to others. */
function isHolder({ certificate: wanted }: TokenClaims, certificate: ClientCertificate | undefined): boolean {
  return wanted === undefined || wanted === certificate?.thumbprint;
}

/** The most exact one: a subject, then a verified email, then everybody of this issuer. */
function bindingOf(
  bindings: readonly IssuerBinding[],
  subjects: readonly string[],
  email: string | undefined,
): IssuerBinding | undefined {
  return (
    bindings.find(({ subject }) => subject !== undefined && subject !== "*" && subjects.includes(subject)) ??
    bindings.find((binding) => email !== undefined && binding.email === email) ??
    bindings.find(({ subject }) => subject === "*")
  );
}

function toPrincipal(
  { orgId, issuer }: IssuerRecord,
  { role, agents }: IssuerBinding,
  { subject, email, clientId, scopes }: TokenClaims,
): Principal {
  return {
    kind: "external",
    id: `${issuer}#${subject}`,
    orgId,
    scopes: ROLES[role],
    ...(email === undefined ? {} : { name: email }),
    authn: { scheme: "bearer", issuer, scopes, ...(clientId === undefined ? {} : { clientId }) },
    ...(agents === undefined ? {} : { agents }),
  };
}

function unauthenticated(message: string, hint: string): PlatformError {
  return new PlatformError("UNAUTHENTICATED", message, { hint });
}

function wrong(field: string, description: string): PlatformError {
  return invalidParams([{ field, description }]);
}

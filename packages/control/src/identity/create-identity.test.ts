import { createPublicKey, randomBytes, verify } from "node:crypto";
import { DEFAULT_ORG_ID, createIdGenerator } from "@berth/protocol";
import type { OrgRole, Principal } from "@berth/protocol";
import { OutboundError } from "@berth/runtime";
import type { IssuerBinding } from "@berth/store";
import { createInMemoryStore } from "@berth/store/memory";
import { temporaryFolder } from "@berth/testing";
import { jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadSigningKeys, toJwkSet } from "../cards/signing-keys.ts";
import type { SigningKeys } from "../cards/signing-keys.ts";
import { MAX_ACTORS, actAs } from "./act-as.ts";
import { createIdentity } from "./create-identity.ts";
import type { ClientCertificate } from "./identity.ts";
import { AUDIENCE, NOW_SECONDS, TestWeb, createTestIssuer } from "./issuer.fixture.ts";

const admin: Principal = { kind: "user", id: "usr_1", orgId: DEFAULT_ORG_ID, scopes: ["admin"] };
const issuer = createTestIssuer();
const google = createTestIssuer("https://accounts.google.com");
const now = (): Date => new Date(NOW_SECONDS * 1_000);
const context = { audiences: [AUDIENCE] };
const thumbprint = "A".repeat(43);
const certificate: ClientCertificate = {
  thumbprint,
  trusted: true,
  names: ["URI:spiffe://x.example.com/job", "CN=job", "sha256:00ff"],
};
const refused = { reason: "UNAUTHENTICATED" };

const folder = temporaryFolder("berth-identity");
let signingKeys: SigningKeys;
beforeAll(async () => {
  signingKeys = await loadSigningKeys(folder.path);
});
afterAll(() => folder[Symbol.dispose]());

function open() {
  const store = createInMemoryStore();
  const web = new TestWeb().serve(issuer).serve(google);
  const ids = createIdGenerator({ now: Date.now, randomBytes });
  const publicUrl = (): string => "https://berth.example.com";
  const identity = createIdentity({ store, outbound: web, signingKeys, domain: "Example.com", publicUrl, ids, now });
  const trust = async (bindings: readonly IssuerBinding[], change: object = {}, by = admin) =>
    await identity.issuers.add(by, { issuer: issuer.issuer, bindings, ...change });
  return { store, web, identity, trust };
}

const everybody = (role: OrgRole = "invoker"): IssuerBinding[] => [{ subject: "*", role }];

describe("a trusted issuer", () => {
  it("makes its subjects principals of the organization, with the role and the agents of their binding", async () => {
    const { identity, trust } = open();
    await trust([
      { subject: "*", role: "viewer" },
      { email: "Ada@example.com", role: "invoker", agents: ["echo"] },
      { subject: "root", role: "admin" },
    ]);
    const authn = { scheme: "bearer", issuer: issuer.issuer, scopes: [] };
    const common = { kind: "external", orgId: DEFAULT_ORG_ID, authn };
    expect(await identity.authenticateToken(issuer.token({ sub: "bob" }), context)).toEqual({
      ...common,
      id: `${issuer.issuer}#bob`,
      scopes: ["read"],
    });
    const token = issuer.token({ email: "ada@example.com", email_verified: true });
    expect(await identity.authenticateToken(token, context)).toEqual({
      ...common,
      id: `${issuer.issuer}#ada`,
      name: "ada@example.com",
      scopes: ["invoke"],
      agents: ["echo"],
    });
    expect(await identity.authenticateToken(issuer.token({ sub: "root" }), context)).toMatchObject({
      scopes: ["admin"],
    });
    const unverified = issuer.token({ email: "ada@example.com" });
    expect(await identity.authenticateToken(unverified, context)).toMatchObject({ scopes: ["read"] });
  });

  it("is trusted by nobody before it was added and after it was removed, and no key of it is fetched then", async () => {
    const { identity, trust, web } = open();
    await expect(identity.authenticateToken(issuer.token(), context)).rejects.toMatchObject(refused);
    expect(web.asked).toEqual([]);
    const { issuerId } = await trust(everybody());
    await identity.authenticateToken(issuer.token(), context);
    await identity.issuers.remove(admin, issuerId);
    await expect(identity.authenticateToken(issuer.token(), context)).rejects.toMatchObject(refused);
    await expect(identity.issuers.remove(admin, issuerId)).rejects.toMatchObject({ reason: "ISSUER_NOT_FOUND" });
  });

  it("has no say about subjects that nobody has bound", async () => {
    const { identity, trust } = open();
    await trust([{ subject: "ada", role: "invoker" }]);
    await expect(identity.authenticateToken(issuer.token({ sub: "bob" }), context)).rejects.toMatchObject(refused);
  });

  it("takes the audiences of its own beside the address that is called", async () => {
    const { identity, trust } = open();
    await trust(everybody(), { audiences: ["urn:berth"] });
    expect(await identity.authenticateToken(issuer.token({ aud: "urn:berth" }), context)).toBeDefined();
    await expect(identity.authenticateToken(issuer.token({ aud: "urn:x" }), context)).rejects.toMatchObject(refused);
  });

  it("belongs to the organization that trusted it first, whoever trusts it later", async () => {
    const { identity, store } = open();
    const base = { issuer: issuer.issuer, audiences: [], algorithms: ["RS256"], bindings: everybody("admin") };
    await store.identity.insertIssuer({
      ...base,
      orgId: "org_b",
      issuerId: "iss_b",
      createdAt: "2026-02-01T00:00:00Z",
    });
    await store.identity.insertIssuer({
      ...base,
      orgId: "org_a",
      issuerId: "iss_a",
      createdAt: "2026-01-01T00:00:00Z",
    });
    expect(await identity.authenticateToken(issuer.token(), context)).toMatchObject({ orgId: "org_a" });
  });

  it("takes Google's identity tokens under both spellings of the issuer, for people who were named", async () => {
    const { identity, trust } = open();
    await expect(trust(everybody(), { issuer: "accounts.google.com" })).rejects.toMatchObject({
      reason: "INVALID_PARAMS",
    });
    await trust([{ email: "ada@example.com", role: "invoker" }], { issuer: "accounts.google.com" });
    const claims = { email: "ada@example.com", email_verified: true };
    for (const iss of ["accounts.google.com", "https://accounts.google.com"]) {
      const principal = await identity.authenticateToken(google.token({ ...claims, iss }), context);
      expect(principal.id).toBe("https://accounts.google.com#ada");
    }
    for (const change of [{ aud: "https://x.run.app" }, { email_verified: false }, { email: "eve@example.com" }]) {
      const token = google.token({ ...claims, ...change });
      await expect(identity.authenticateToken(token, context)).rejects.toMatchObject(refused);
    }
  });

  it("binds a token to the certificate that it names (RFC 8705)", async () => {
    const { identity, trust } = open();
    await trust(everybody());
    const token = issuer.token({ cnf: { "x5t#S256": thumbprint } });
    expect(await identity.authenticateToken(token, { ...context, certificate })).toBeDefined();
    const other = { ...certificate, thumbprint: "B".repeat(43) };
    for (const wrong of [context, { ...context, certificate: other }]) {
      await expect(identity.authenticateToken(token, wrong)).rejects.toMatchObject(refused);
    }
  });

  it("is added and removed by administrators only, and only an owner makes owners", async () => {
    const { identity, trust, store } = open();
    const developer: Principal = { ...admin, scopes: ["deploy", "operate", "invoke", "read"] };
    await expect(trust(everybody(), {}, developer)).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
    await expect(identity.issuers.list(developer)).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
    await expect(trust(everybody("owner"))).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
    const { issuerId } = await trust(everybody("owner"), {}, { ...admin, scopes: ["owner"] });
    await expect(trust(everybody())).rejects.toThrow("trusted already");
    const stranger: Principal = { ...admin, orgId: "org_other" };
    await expect(identity.issuers.remove(stranger, issuerId)).rejects.toMatchObject({ reason: "ISSUER_NOT_FOUND" });
    expect(await identity.issuers.list(stranger)).toEqual([]);
    await identity.issuers.remove(admin, issuerId);
    const actions = (await store.audit.list(DEFAULT_ORG_ID, 10)).map(({ action }) => action);
    expect(actions.toSorted()).toEqual(["issuer.add", "issuer.remove"]);
  });

  it.each([
    ["issuer", { issuer: "http://issuer.example.com" }],
    ["issuer", { issuer: "https://user:pass@issuer.example.com" }],
    ["issuer", { issuer: "https://issuer.example.com?x=1" }],
    ["issuer", { issuer: "file:///etc/passwd" }],
    ["jwksUri", { jwksUri: "http://169.254.169.254/" }],
    ["algorithms", { algorithms: ["HS256"] }],
    ["algorithms", { algorithms: ["none"] }],
    ["bindings", { bindings: [] }],
    ["bindings[0]", { bindings: [{ role: "invoker" }] }],
    ["bindings[0]", { bindings: [{ subject: "a", email: "a@example.com", role: "invoker" }] }],
    ["bindings[0]", { bindings: [{ subject: "a", role: "constructor" }] }],
    ["bindings[0]", { bindings: [{ subject: "a", role: "invoker", agents: ["../x"] }] }],
    ["bindings[0]", { bindings: [{ email: "*@example.com x", role: "invoker" }] }],
  ])("is refused with a wrong %s: %j", async (field, change) => {
    const { trust } = open();
    await expect(trust(everybody(), change)).rejects.toMatchObject({
      reason: "INVALID_PARAMS",
      violations: [expect.objectContaining({ field })],
    });
  });

  it("is refused where the platform may not look for its keys", async () => {
    const { identity, web } = open();
    web.assertUrl = async () => {
      throw new OutboundError("refused", "must not lead to a private address");
    };
    await expect(
      identity.issuers.add(admin, { issuer: "https://internal.example.com", bindings: everybody() }),
    ).rejects.toThrow("private address");
  });
});

describe("a client certificate", () => {
  const bound = (subject: string): object => ({ issuer: "mtls", bindings: [{ subject, role: "invoker" }] });

  it.each(["URI:spiffe://x.example.com/job", "CN=job", "sha256:00ff"])("is who %s is bound to", async (subject) => {
    const { identity, trust } = open();
    await trust([], bound(subject));
    expect(await identity.authenticateCertificate(certificate)).toEqual({
      kind: "external",
      id: `mtls#${subject}`,
      orgId: DEFAULT_ORG_ID,
      scopes: ["invoke"],
      authn: { scheme: "mtls" },
    });
  });

  it("is nobody when its authority is unknown, or it is not bound", async () => {
    const { identity, trust } = open();
    await expect(identity.authenticateCertificate(certificate)).rejects.toMatchObject(refused);
    await trust([], bound("CN=other"));
    await expect(identity.authenticateCertificate(certificate)).rejects.toMatchObject(refused);
    await identity.issuers.remove(admin, (await identity.issuers.list(admin))[0]?.issuerId ?? "");
    await trust([], bound("*"));
    await expect(identity.authenticateCertificate({ ...certificate, trusted: false })).rejects.toMatchObject(refused);
    expect((await identity.authenticateCertificate(certificate)).id).toBe("mtls#URI:spiffe://x.example.com/job");
  });

  it("is never asked for by a token that says it comes from there", async () => {
    const { identity, trust } = open();
    await trust([], bound("*"));
    await expect(identity.authenticateToken(issuer.token({ iss: "mtls" }), context)).rejects.toMatchObject(refused);
  });
});

describe("a principal token", () => {
  it("tells one agent for a minute who calls, from where, and through whom", async () => {
    const { identity } = open();
    const principal: Principal = {
      kind: "external",
      id: "https://x#ada",
      orgId: DEFAULT_ORG_ID,
      scopes: ["invoke"],
      authn: { scheme: "bearer", issuer: "https://x", clientId: "cli" },
      actors: ["spiffe://example.com/org/o/agent/b", "spiffe://example.com/org/o/agent/a"],
    };
    const agent = { orgId: DEFAULT_ORG_ID, agentName: "echo" };
    const token = await identity.mintPrincipalToken({ principal, agent, taskId: "task_1", ip: "203.0.113.7" });
    const [header = "", claims = "", signature = ""] = token.split(".");
    const { kid, ...rest } = JSON.parse(Buffer.from(header, "base64url").toString());
    expect(rest).toEqual({ alg: "EdDSA", typ: "txntoken+jwt" });
    const jwk = toJwkSet(signingKeys, new Date()).keys.find((key) => key.kid === kid);
    expect(kid).toMatch(/^txn:/);
    const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
    expect(verify(null, Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, "base64url"))).toBe(true);
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toEqual({
      iss: "https://berth.example.com",
      aud: `spiffe://example.com/org/${DEFAULT_ORG_ID}/agent/echo`,
      sub: "https://x#ada",
      txn: expect.stringMatching(/^txn_/),
      iat: NOW_SECONDS,
      exp: NOW_SECONDS + 60,
      scope: "invoke",
      req_wl: "spiffe://example.com/platform",
      tctx: {
        org: DEFAULT_ORG_ID,
        task: "task_1",
        kind: "external",
        authn: { scheme: "bearer", iss: "https://x", client_id: "cli" },
      },
      rctx: { ip: "203.0.113.7" },
      act: { sub: "spiffe://example.com/org/o/agent/b", act: { sub: "spiffe://example.com/org/o/agent/a" } },
    });
  });
});

describe("a workload's identity token", () => {
  it("is the agent's own, verifies with the published keys and nothing else, and holds for 15 minutes", async () => {
    const { identity } = open();
    const { workload } = identity;
    const peer = { orgId: DEFAULT_ORG_ID, agentName: "echo" };
    const token = await workload.identityToken(peer, "https://sts.example.com");
    const [jwk] = workload.jwks.keys;
    const { payload, protectedHeader } = await jwtVerify(token, { ...jwk, kty: "EC" }, { currentDate: now() });
    expect(protectedHeader).toMatchObject({ alg: "ES256", kid: expect.stringMatching(/^workload:/) });
    expect(payload).toMatchObject({
      iss: "https://berth.example.com/workload",
      sub: `spiffe://example.com/org/${DEFAULT_ORG_ID}/agent/echo`,
      aud: "https://sts.example.com",
      exp: NOW_SECONDS + 900,
    });
    expect(workload.discovery()).toMatchObject({ issuer: payload.iss, jwks_uri: `${payload.iss}/jwks.json` });
    expect(JSON.stringify(workload.jwks)).not.toContain('"d"');
  });

  it.each(["", "two words", "a\nb", "x".repeat(513), "Ä"])("is not made for the audience %j", async (audience) => {
    const { identity } = open();
    const made = identity.workload.identityToken({ orgId: "o", agentName: "a" }, audience);
    await expect(made).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
  });
});

describe("actAs", () => {
  const caller: Principal = { kind: "user", id: "usr_1", orgId: "org_1", scopes: ["admin"], agents: ["a", "b"] };

  it("keeps the subject, puts the agent in front, and leaves no right but to call", () => {
    const once = actAs(caller, "spiffe://x/org/o/agent/a");
    expect(once).toEqual({ ...caller, scopes: ["invoke"], actors: ["spiffe://x/org/o/agent/a"] });
    expect(actAs(once, "spiffe://x/org/o/agent/b").actors).toEqual([
      "spiffe://x/org/o/agent/b",
      "spiffe://x/org/o/agent/a",
    ]);
    expect(actAs({ ...caller, scopes: ["read"] }, "spiffe://x/org/o/agent/a").scopes).toEqual([]);
  });

  it("ends a circle of agents", () => {
    let principal = caller;
    for (let i = 0; i < MAX_ACTORS; i += 1)
      principal = actAs(principal, `spiffe://x/org/o/agent/${i % 2 === 0 ? "a" : "b"}`);
    expect(() => actAs(principal, "spiffe://x/org/o/agent/a")).toThrow("at most 8 deep");
  });
});

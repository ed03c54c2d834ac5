import { randomBytes } from "node:crypto";
import { DEFAULT_ORG_ID, createIdGenerator } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { IssuerBinding, Store } from "@berth/store";
import { createInMemoryStore } from "@berth/store/memory";
import { temporaryFolder } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadSigningKeys } from "../cards/signing-keys.ts";
import type { SigningKeys } from "../cards/signing-keys.ts";
import { createIdentity } from "./create-identity.ts";
import type { Identity } from "./identity.ts";
import { AUDIENCE, NOW_SECONDS, TestWeb, createTestIssuer } from "./issuer.fixture.ts";

const admin: Principal = { kind: "user", id: "usr_1", orgId: DEFAULT_ORG_ID, scopes: ["admin"] };
const issuer = createTestIssuer();
const now = (): Date => new Date(NOW_SECONDS * 1_000);
const context = { audiences: [AUDIENCE] };
const everybody: readonly IssuerBinding[] = [{ subject: "*", role: "invoker" }];
const refused = { reason: "UNAUTHENTICATED" };

const folder = temporaryFolder("berth-single-use");
let signingKeys: SigningKeys;
beforeAll(async () => {
  signingKeys = await loadSigningKeys(folder.path);
});
afterAll(() => folder[Symbol.dispose]());

function open(store: Pick<Store, "identity" | "audit"> = createInMemoryStore()) {
  const identity: Identity = createIdentity({
    store,
    outbound: new TestWeb().serve(issuer),
    signingKeys,
    domain: "example.com",
    publicUrl: () => "https://berth.example.com",
    ids: createIdGenerator({ now: Date.now, randomBytes }),
    now,
  });
  const trust = async (bindings: readonly IssuerBinding[]): Promise<{ readonly issuerId: string }> =>
    await identity.issuers.add(admin, { issuer: issuer.issuer, bindings, singleUse: true });
  const show = async (claims: Record<string, unknown>): Promise<Principal> =>
    await identity.authenticateToken(issuer.token(claims), context);
  return { store, identity, trust, show };
}

describe("a token of a single-use issuer", () => {
  it("is taken once, however it is spelled, and only with a jti", async () => {
    const { trust, show } = open();
    await trust(everybody);
    expect(await show({ jti: "1" })).toMatchObject({ id: `${issuer.issuer}#ada` });
    await expect(show({ jti: "1" })).rejects.toMatchObject({ ...refused, message: "The token was used before." });
    await expect(show({ jti: "1", extra: true })).rejects.toMatchObject(refused);
    await expect(show({})).rejects.toMatchObject({ ...refused, message: "The token has no `jti`." });
  });

  it("is taken by one of those who show it at the same time", async () => {
    const { trust, show } = open();
    await trust(everybody);
    const together = await Promise.allSettled(Array.from({ length: 5 }, async () => await show({ jti: "1" })));
    expect(together.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("is used for every process over the same store, and after a restart", async () => {
    const { trust, show, store } = open();
    await trust(everybody);
    await show({ jti: "1" });
    const other = open(store);
    await expect(other.show({ jti: "1" })).rejects.toMatchObject(refused);
    expect(await other.show({ jti: "2" })).toBeDefined();
  });

  it("is not used up where it binds nobody", async () => {
    const { identity, trust, show } = open();
    const { issuerId } = await trust([{ subject: "bob", role: "invoker" }]);
    await expect(show({ jti: "1" })).rejects.toMatchObject({ message: "The token is not valid here." });
    await identity.issuers.remove(admin, issuerId);
    await trust(everybody);
    expect(await show({ jti: "1" })).toBeDefined();
  });

  it("is not what a certificate is", async () => {
    const { identity } = open();
    const certificates = { issuer: "mtls", bindings: everybody, singleUse: true };
    await expect(identity.issuers.add(admin, certificates)).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
  });
});

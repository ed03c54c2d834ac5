import { randomBytes } from "node:crypto";
import { DEFAULT_ORG_ID, createIdGenerator } from "@berth/protocol";
import type { Principal, Scope } from "@berth/protocol";
import { createInMemoryStore } from "@berth/store/memory";
import { describe, expect, test } from "vitest";
import { API_KEY_PATTERN, parseApiKey } from "./api-key.ts";
import { createAuth } from "./create-auth.ts";

const admin: Principal = { kind: "system", id: "system", orgId: DEFAULT_ORG_ID, scopes: ["admin"] };
const START = Date.parse("2026-11-29T12:00:00.000Z");

function house() {
  const clock = { at: START };
  const store = createInMemoryStore();
  const ids = createIdGenerator({ now: () => clock.at, randomBytes });
  const auth = createAuth({ store, ids, pepper: randomBytes(32), now: () => new Date(clock.at), randomBytes });
  return { auth, store, clock };
}

const unauthenticated = { reason: "UNAUTHENTICATED", message: "The credential is not valid." };

describe("an API key", () => {
  test("signs in as its principal with its scopes, and is stored without its secret", async () => {
    const { auth, store } = house();
    const { record, secret } = await auth.createKey(admin, { name: "ci", scopes: ["invoke"] });
    expect(secret).toMatch(API_KEY_PATTERN);
    expect(await auth.authenticate(secret)).toEqual({
      kind: "api_key",
      id: `key_${record.keyId}`,
      orgId: DEFAULT_ORG_ID,
      scopes: ["invoke"],
      name: "ci",
      authn: { scheme: "api_key" },
    });
    expect(JSON.stringify(await store.apiKeys.list(DEFAULT_ORG_ID))).not.toContain(secret.slice(20, 52));
  });

  test("unknown, mistyped, of another installation, expired and revoked all look the same", async () => {
    const { auth, clock } = house();
    const other = house();
    const { secret: foreign } = await other.auth.createKey(admin, { name: "x", scopes: ["invoke"] });
    const { record, secret } = await auth.createKey(admin, { name: "x", scopes: ["invoke"], expiresInDays: 1 });
    const { secret: short } = await auth.createKey(admin, { name: "y", scopes: ["invoke"], expiresInDays: 1 });
    await auth.revokeKey(admin, record.keyId);
    const mistyped = `${secret.slice(0, -1)}${secret.endsWith("0") ? "1" : "0"}`;
    for (const credential of ["", "x", mistyped, foreign, secret]) {
      await expect(auth.authenticate(credential)).rejects.toMatchObject(unauthenticated);
    }
    clock.at += 24 * 3_600_000;
    await expect(auth.authenticate(short)).rejects.toMatchObject(unauthenticated);
  });

  test("can be asked for by its id for as long as it holds", async () => {
    const { auth, clock } = house();
    const { record, secret } = await auth.createKey(admin, { name: "x", scopes: ["invoke"], expiresInDays: 1 });
    const { id } = await auth.authenticate(secret);
    expect(await auth.principalOf(id)).toEqual(await auth.authenticate(secret));
    for (const other of ["", record.keyId, "key_none", "system"]) {
      await expect(auth.principalOf(other)).rejects.toMatchObject(unauthenticated);
    }
    const { record: revoked } = await auth.createKey(admin, { name: "y", scopes: ["invoke"] });
    await auth.revokeKey(admin, revoked.keyId);
    await expect(auth.principalOf(`key_${revoked.keyId}`)).rejects.toMatchObject(unauthenticated);
    clock.at += 24 * 3_600_000;
    await expect(auth.principalOf(id)).rejects.toMatchObject(unauthenticated);
  });

  test("with a right id and a wrong secret of right checksum is refused", async () => {
    const { auth } = house();
    const one = await auth.createKey(admin, { name: "one", scopes: ["admin"] });
    const two = await auth.createKey(admin, { name: "two", scopes: ["invoke"] });
    const parsed = parseApiKey(two.secret);
    expect(parsed).toBeDefined();
    const mixed = one.secret.replace(one.secret.slice(20, 52), parsed?.secret ?? "");
    expect(parseApiKey(mixed)).toBeUndefined();
    await expect(auth.authenticate(mixed)).rejects.toMatchObject(unauthenticated);
  });

  test("is made and revoked by administrators only, and both are on the audit record", async () => {
    const { auth, store } = house();
    const caller: Principal = { ...admin, kind: "api_key", id: "key_x", scopes: ["invoke", "deploy", "read"] };
    await expect(auth.createKey(caller, { name: "x", scopes: ["admin"] })).rejects.toMatchObject({
      reason: "PERMISSION_DENIED",
    });
    await expect(auth.listKeys(caller)).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
    await expect(auth.revokeKey(admin, "none")).rejects.toMatchObject({ reason: "KEY_NOT_FOUND" });
    const { record } = await auth.createKey(admin, { name: "x", scopes: ["read"] });
    await auth.revokeKey(admin, record.keyId);
    const audit = await store.audit.list(DEFAULT_ORG_ID, 10);
    expect(audit.map(({ action }) => action)).toEqual(["key.revoke", "key.create"]);
  });

  test("with nonsense asked for is refused field by field", async () => {
    const { auth } = house();
    const wrong = { name: " ", scopes: ["fly" as "read"], expiresInDays: 0.5 };
    await expect(auth.createKey(admin, wrong)).rejects.toMatchObject({
      reason: "INVALID_PARAMS",
      violations: [{ field: "name" }, { field: "scopes" }, { field: "expiresInDays" }],
    });
  });
});

describe("what a key cannot be given", () => {
  test("is a scope, an agent, a network or a time that its creator does not have", async () => {
    const { auth } = house();
    const make = async (scopes: readonly Scope[], cidrs?: readonly string[]): Promise<Principal> => {
      const request = { name: "maker", scopes, expiresInDays: 10, ...(cidrs === undefined ? {} : { cidrs }) };
      return await auth.authenticate((await auth.createKey(admin, request)).secret, { remoteAddress: "192.0.2.9" });
    };
    const denied = { reason: "PERMISSION_DENIED" };
    const maker = await make(["admin"], ["192.0.2.0/24"]);
    await expect(auth.createKey(maker, { name: "x", scopes: ["owner"] })).rejects.toMatchObject(denied);
    for (const cidr of ["192.0.0.0/16", "198.51.100.0/24", "::/0", "0.0.0.0/0"]) {
      await expect(auth.createKey(maker, { name: "x", scopes: ["read"], cidrs: [cidr] }), cidr).rejects.toMatchObject(
        denied,
      );
    }
    const { record } = await auth.createKey(maker, { name: "x", scopes: ["read"], expiresInDays: 3_000 });
    expect(record).toMatchObject({ cidrs: ["192.0.2.0/24"] });
    expect(Date.parse(record.expiresAt ?? "")).toBe(START + 10 * 24 * 3_600_000);
  });

  test("is the whole house together with some agents only", async () => {
    const { auth } = house();
    for (const scope of ["admin", "audit", "owner"] as const) {
      await expect(
        auth.createKey({ ...admin, scopes: ["owner"] }, { name: "x", scopes: [scope], agents: ["echo"] }),
      ).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
    }
    const { secret } = await auth.createKey(admin, { name: "x", scopes: ["invoke"], agents: ["echo"] });
    expect((await auth.authenticate(secret)).agents).toEqual(["echo"]);
  });
});

test("a key of some networks holds from there only, whatever the clothes of the address, its session too", async () => {
  const { auth } = house();
  const { secret } = await auth.createKey(admin, {
    name: "x",
    scopes: ["invoke"],
    cidrs: ["192.0.2.0/24", "2001:db8::/32"],
  });
  for (const remoteAddress of ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1"]) {
    const principal = await auth.authenticate(secret, { remoteAddress });
    const { session } = await auth.openSession(principal);
    await expect(auth.authenticate(session, { remoteAddress: "192.0.3.1" })).rejects.toMatchObject(unauthenticated);
    expect(await auth.authenticate(session, { remoteAddress })).toMatchObject({ id: principal.id });
  }
  for (const remoteAddress of [undefined, "", "192.0.3.7", "::1", "2001:db9::1", "::ffff:c000:207x", "localhost"]) {
    await expect(auth.authenticate(secret, { remoteAddress }), remoteAddress).rejects.toMatchObject(unauthenticated);
  }
  for (const cidr of ["192.0.2.0/33", "192.0.2", "x/8", "::ffff:192.0.2.0/120", "1.2.3.4/-1", " 10.0.0.0/8"]) {
    await expect(auth.createKey(admin, { name: "x", scopes: ["invoke"], cidrs: [cidr] }), cidr).rejects.toMatchObject({
      reason: "INVALID_PARAMS",
    });
  }
});

describe("a session", () => {
  const keyHouse = async (): Promise<ReturnType<typeof house> & { readonly principal: Principal }> => {
    const found = house();
    const { secret } = await found.auth.createKey(admin, { name: "x", scopes: ["admin"] });
    return { ...found, principal: await found.auth.authenticate(secret) };
  };

  test("is opened by a sign-in code, once, even by two at the same time", async () => {
    const { auth, principal } = await keyHouse();
    const code = await auth.createSignIn(principal);
    await expect(auth.authenticate(code)).rejects.toMatchObject(unauthenticated);
    const outcomes = await Promise.allSettled([auth.redeemSignIn(code), auth.redeemSignIn(code)]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    await expect(auth.redeemSignIn(code)).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
  });

  test("acts as who opened it until it is ended, and is no code", async () => {
    const { auth, principal } = await keyHouse();
    const { session } = await auth.openSession(principal);
    expect(await auth.authenticate(session)).toEqual({ ...principal, authn: { scheme: "session" } });
    await expect(auth.redeemSignIn(session)).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
    await auth.endSession(session);
    await expect(auth.authenticate(session)).rejects.toMatchObject(unauthenticated);
  });

  test("outlives a restart, and the store has no token of it", async () => {
    const { auth, principal, store, clock } = await keyHouse();
    const { session } = await auth.openSession(principal);
    const ids = createIdGenerator({ now: () => clock.at, randomBytes });
    const restarted = createAuth({ store, ids, pepper: randomBytes(32), now: () => new Date(clock.at), randomBytes });
    expect(await restarted.authenticate(session)).toMatchObject({ id: principal.id });
    expect(JSON.stringify(await store.identity.sessions(principal.id))).not.toContain(session);
  });

  test("ends with the key that opened it", async () => {
    const { auth, principal } = await keyHouse();
    const { session } = await auth.openSession(principal);
    await auth.revokeKey(admin, principal.id.slice(4));
    await expect(auth.authenticate(session)).rejects.toMatchObject(unauthenticated);
  });

  test("is a new one at every sign-in: the browser's earlier one ends", async () => {
    const { auth, principal } = await keyHouse();
    const { session: previous } = await auth.openSession(principal);
    const { session } = await auth.openSession(principal, { previous });
    await expect(auth.authenticate(previous)).rejects.toMatchObject(unauthenticated);
    expect(await auth.authenticate(session)).toMatchObject({ id: principal.id });
  });

  test("is listed and ended by its id, one's own only", async () => {
    const { auth, principal } = await keyHouse();
    const { session } = await auth.openSession(principal, { userAgent: "Fire\u202efox" });
    const [listed] = await auth.listSessions(principal);
    expect(listed).toMatchObject({ userAgent: "Firefox" });
    const other: Principal = { ...principal, id: "key_other" };
    const id = listed?.sessionId ?? "";
    await expect(auth.endSessionById(other, id)).rejects.toMatchObject({ reason: "SESSION_NOT_FOUND" });
    await auth.endSessionById(principal, id);
    await expect(auth.authenticate(session)).rejects.toMatchObject(unauthenticated);
  });

  test("expires after 12 idle hours or 7 days, its code after 15 minutes", async () => {
    const { auth, principal, clock } = await keyHouse();
    const late = await auth.createSignIn(principal);
    const { session: idle } = await auth.openSession(principal);
    const { session: busy } = await auth.openSession(principal);
    clock.at += 15 * 60_000 + 1;
    await expect(auth.redeemSignIn(late)).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
    clock.at -= 15 * 60_000 + 1;
    for (let hour = 0; hour < 7 * 24; hour += 6) {
      expect(await auth.authenticate(busy), `after ${hour} h`).toMatchObject({ id: principal.id });
      clock.at += 6 * 3_600_000;
    }
    await expect(auth.authenticate(idle)).rejects.toMatchObject(unauthenticated);
    await expect(auth.authenticate(busy)).rejects.toMatchObject(unauthenticated);
  });

  test("is one of at most 50 of its principal: the oldest ends", async () => {
    const { auth, principal, clock } = await keyHouse();
    const { session: first } = await auth.openSession(principal);
    for (let i = 0; i < 50; i++) {
      clock.at += 1;
      await auth.openSession(principal);
    }
    await expect(auth.authenticate(first)).rejects.toMatchObject(unauthenticated);
    expect(await auth.listSessions(principal)).toHaveLength(50);
  });

  test("is for people and keys, not for the platform itself", async () => {
    const { auth } = house();
    await expect(auth.openSession(admin)).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
  });
});

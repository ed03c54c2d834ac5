import { randomBytes } from "node:crypto";
import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { createInMemoryStore } from "@berth/store/memory";
import { describe, expect, test } from "vitest";
import { API_KEY_PATTERN, parseApiKey } from "./api-key.ts";
import { createAuth } from "./create-auth.ts";

const admin: Principal = { kind: "system", id: "system", orgId: DEFAULT_ORG_ID, scopes: ["admin"] };
const START = Date.parse("2026-11-29T12:00:00.000Z");

function house() {
  const clock = { at: START };
  const store = createInMemoryStore();
  const auth = createAuth({ store, pepper: randomBytes(32), now: () => new Date(clock.at), randomBytes });
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

describe("a sign-in code", () => {
  test("opens one session, once", async () => {
    const { auth } = house();
    const code = auth.createSignIn(admin);
    const { session } = auth.redeemSignIn(code);
    expect(await auth.authenticate(session)).toEqual(admin);
    expect(() => auth.redeemSignIn(code)).toThrow(expect.objectContaining({ reason: "UNAUTHENTICATED" }));
    auth.endSession(session);
    await expect(auth.authenticate(session)).rejects.toMatchObject(unauthenticated);
  });

  test("expires after 15 minutes, its session after 12 idle hours or 7 days", async () => {
    const { auth, clock } = house();
    const late = auth.createSignIn(admin);
    const { session: idle } = auth.redeemSignIn(auth.createSignIn(admin));
    const { session: busy } = auth.redeemSignIn(auth.createSignIn(admin));
    clock.at += 15 * 60_000 + 1;
    expect(() => auth.redeemSignIn(late)).toThrow(expect.objectContaining({ reason: "UNAUTHENTICATED" }));
    for (let hour = 0; hour < 7 * 24; hour += 6) {
      expect(await auth.authenticate(busy)).toEqual(admin);
      clock.at += 6 * 3_600_000;
    }
    await expect(auth.authenticate(idle)).rejects.toMatchObject(unauthenticated);
    await expect(auth.authenticate(busy)).rejects.toMatchObject(unauthenticated);
  });
});

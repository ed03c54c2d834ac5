import { randomBytes } from "node:crypto";
import { DEFAULT_ORG_ID, createIdGenerator } from "@berth/protocol";
import type { OrgRole, Principal } from "@berth/protocol";
import { createInMemoryStore } from "@berth/store/memory";
import { describe, expect, test } from "vitest";
import { createAuth } from "../auth/create-auth.ts";
import { Members } from "../auth/members.ts";
import { Sessions } from "../auth/sessions.ts";
import { createOrganizations } from "./create-organizations.ts";
import { createUsers } from "./create-users.ts";

const system: Principal = { kind: "system", id: "system", orgId: DEFAULT_ORG_ID, scopes: ["owner"] };
const PASSWORD = "correct horse battery";

function house() {
  const clock = { at: Date.parse("2026-11-29T12:00:00.000Z") };
  const store = createInMemoryStore();
  const now = () => new Date(clock.at);
  const shared = { store, now, ids: createIdGenerator({ now: () => clock.at, randomBytes }), randomBytes };
  const members = new Members(shared);
  const sessions = new Sessions(shared);
  const auth = createAuth({ ...shared, members, sessions, pepper: randomBytes(32) });
  const users = createUsers({ ...shared, members, sessions });
  const organizations = createOrganizations({ ...shared, auth, users });
  const join = async (name: string, role: OrgRole, by = system) => {
    const { user, code = "" } = await users.add(by, { email: `${name}@example.com`, role });
    return { ...(await auth.redeemSignIn(code, { password: PASSWORD })), userId: user.userId };
  };
  return { store, clock, auth, users, organizations, join };
}

const denied = { reason: "PERMISSION_DENIED" };
const unauthenticated = { reason: "UNAUTHENTICATED" };

describe("a user", () => {
  test("comes in with their code, and is what their role says", async () => {
    const { join, auth } = house();
    const { session, userId } = await join("ada", "developer");
    expect(await auth.authenticate(session)).toEqual({
      kind: "user",
      id: userId,
      orgId: DEFAULT_ORG_ID,
      name: "ada@example.com",
      scopes: ["deploy", "operate", "invoke", "read"],
      authn: { scheme: "session" },
    });
    expect(await auth.memberships(await auth.authenticate(session))).toEqual([
      { orgId: DEFAULT_ORG_ID, name: "Default", role: "developer" },
    ]);
  });

  test("signs in with email and password, in any spelling of the email, and into another session", async () => {
    const { join, auth, store } = house();
    const { session, userId } = await join("ada", "viewer");
    const again = await auth.signIn({ email: " ADA@Example.com ", password: PASSWORD });
    expect(again.principal.id).toBe(userId);
    expect(again.session).not.toBe(session);
    expect((await store.identity.user(userId))?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  test.each([
    ["another role", async ({ users }: House, id: string) => void (await users.setRole(system, id, "viewer"))],
    ["being disabled", async ({ users }: House, id: string) => void (await users.setDisabled(system, id, true))],
    ["being removed", async ({ users }: House, id: string) => await users.remove(system, id)],
  ])("loses their sessions by %s, at once", async (_what, change) => {
    const all = house();
    const { session, userId } = await all.join("ada", "admin");
    await all.auth.authenticate(session);
    await change(all, userId);
    await expect(all.auth.authenticate(session)).rejects.toMatchObject(unauthenticated);
  });

  test("who is disabled elsewhere in a cluster is out within a second", async () => {
    const { join, auth, store, clock } = house();
    const { session, userId } = await join("ada", "admin");
    await auth.authenticate(session);
    const membership = await store.identity.membership(DEFAULT_ORG_ID, userId);
    if (membership === undefined) throw new Error("ada is a member");
    await store.identity.setMembership({ ...membership, disabledAt: new Date(clock.at).toISOString() });
    clock.at += 1_000;
    await expect(auth.authenticate(session)).rejects.toMatchObject(unauthenticated);
  });

  test("takes their keys with them: they never have more than whoever made them", async () => {
    const { join, auth, users } = house();
    const { principal, userId } = await join("ada", "admin");
    const { secret } = await auth.createKey(principal, { name: "ci", scopes: ["admin", "invoke"] });
    const child = await auth.createKey(await auth.authenticate(secret), { name: "child", scopes: ["invoke"] });
    await users.setRole(system, userId, "invoker");
    expect((await auth.authenticate(secret)).scopes).toEqual(["invoke"]);
    await users.setDisabled(system, userId, true);
    await expect(auth.authenticate(secret)).rejects.toMatchObject(unauthenticated);
    await expect(auth.authenticate(child.secret)).rejects.toMatchObject(unauthenticated);
    await users.setDisabled(system, userId, false);
    expect((await auth.authenticate(secret)).scopes).toEqual(["invoke"]);
  });

  test("is added once, with a proper email, a known role and a code that only works once", async () => {
    const { users, auth, join } = house();
    await join("ada", "viewer");
    await expect(users.add(system, { email: "ADA@example.com", role: "viewer" })).rejects.toMatchObject({
      reason: "STORE_CONFLICT",
    });
    for (const email of ["", "x", "a@b@c", "a b@c", "a@", "<a@b.c>", `${"x".repeat(300)}@b.c`, "a\u202e@b.c"]) {
      await expect(users.add(system, { email, role: "viewer" }), email).rejects.toMatchObject({
        reason: "INVALID_PARAMS",
      });
    }
    const { code = "" } = await users.add(system, { email: "bob@example.com", role: "viewer" });
    await expect(auth.redeemSignIn(code, { password: "short" })).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
    await auth.redeemSignIn(code);
    await expect(auth.redeemSignIn(code)).rejects.toMatchObject(unauthenticated);
  });
});

describe("owners", () => {
  test("are made, demoted, disabled, removed and signed in by owners only", async () => {
    const { join, users } = house();
    const owner = await join("owner", "owner");
    const admin = await join("admin", "admin");
    const boss = admin.principal;
    await expect(users.add(boss, { email: "x@example.com", role: "owner" })).rejects.toMatchObject(denied);
    await expect(users.setRole(boss, admin.userId, "owner")).rejects.toMatchObject(denied);
    await expect(users.setRole(boss, owner.userId, "viewer")).rejects.toMatchObject(denied);
    await expect(users.setDisabled(boss, owner.userId, true)).rejects.toMatchObject(denied);
    await expect(users.remove(boss, owner.userId)).rejects.toMatchObject(denied);
    await expect(users.createCode(boss, owner.userId)).rejects.toMatchObject(denied);
  });

  test("are never none: the last one stays what they are", async () => {
    const { join, users } = house();
    const { principal, userId } = await join("owner", "owner");
    const conflict = { reason: "STORE_CONFLICT" };
    await expect(users.setRole(principal, userId, "admin")).rejects.toMatchObject(conflict);
    await expect(users.setDisabled(principal, userId, true)).rejects.toMatchObject(conflict);
    await expect(users.remove(principal, userId)).rejects.toMatchObject(conflict);
    await join("second", "owner");
    expect(await users.setRole(principal, userId, "admin")).toMatchObject({ role: "admin" });
  });
});

describe("several organizations", () => {
  test("are made by owners of the default one, each with an owner, and know nothing of each other", async () => {
    const { join, organizations, users } = house();
    const { principal } = await join("root", "owner");
    const { organization, owner } = await organizations.create(principal, { name: "Acme", owner: "o@acme.example" });
    const acme: Principal = { ...system, orgId: organization.orgId };
    await expect(users.setRole(principal, owner.user.userId, "viewer")).rejects.toMatchObject({
      reason: "USER_NOT_FOUND",
    });
    await expect(organizations.rename(principal, organization.orgId, "x")).rejects.toMatchObject({
      reason: "ORGANIZATION_NOT_FOUND",
    });
    await expect(
      organizations.create({ ...acme, kind: "user", id: owner.user.userId }, { name: "B" }),
    ).rejects.toMatchObject(denied);
    expect((await users.list(acme)).map(({ email }) => email)).toEqual(["o@acme.example"]);
  });

  test("of one person are changed between with a new session; the old one ends", async () => {
    const { join, organizations, auth } = house();
    const { principal, session } = await join("root", "owner");
    const { organization, owner } = await organizations.create(principal, { name: "Acme" });
    expect(owner.code).toBeUndefined();
    const there = await auth.switchOrganization(session, organization.orgId);
    expect(there.principal).toMatchObject({ id: principal.id, orgId: organization.orgId });
    await expect(auth.authenticate(session)).rejects.toMatchObject(unauthenticated);
    await expect(auth.switchOrganization(there.session, "org_none")).rejects.toMatchObject({
      reason: "ORGANIZATION_NOT_FOUND",
    });
  });

  test("cannot be entered over an email or a code that somebody else's administrator has", async () => {
    const { join, organizations, users, auth } = house();
    const root = await join("root", "owner");
    const { organization } = await organizations.create(root.principal, { name: "Acme", owner: "o@acme.example" });
    const acme: Principal = { kind: "api_key", id: "key_acme", orgId: organization.orgId, scopes: ["owner"] };
    await expect(users.add(acme, { email: "root@example.com", role: "viewer" })).rejects.toMatchObject({
      reason: "STORE_CONFLICT",
    });
    // Acme's administrator makes an account and keeps its code; then the person also joins the default organization.
    const { user, code = "" } = await users.add(acme, { email: "eve@example.com", role: "viewer" });
    await users.add(root.principal, { email: "eve@example.com", role: "admin" });
    await expect(auth.redeemSignIn(code)).rejects.toMatchObject(unauthenticated);
    await expect(users.createCode(acme, user.userId)).rejects.toMatchObject(denied);
    await users.setDisabled(acme, user.userId, true);
    expect(await auth.principalOf(user.userId, DEFAULT_ORG_ID)).toMatchObject({ scopes: ["admin"] });
  });
});

describe("a password", () => {
  test("that is wrong, of nobody, of a user without one and of a disabled one answer alike", async () => {
    const { join, auth, users } = house();
    await join("ada", "viewer");
    await users.add(system, { email: "nopass@example.com", role: "viewer" });
    const { userId } = await join("out", "viewer");
    await users.setDisabled(system, userId, true);
    const answers = [];
    for (const email of ["ada@example.com", "nobody@example.com", "nopass@example.com", "out@example.com"]) {
      const password = email.startsWith("out") ? PASSWORD : "not the password";
      answers.push(await auth.signIn({ email, password }).catch((error: unknown) => error));
    }
    for (const answer of answers)
      expect(answer).toMatchObject({ ...unauthenticated, message: "Email or password is wrong." });
  });

  test("may be tried ten times per email, then every minute, whether there is such a user or not", async () => {
    const { join, auth, clock } = house();
    await join("ada", "viewer");
    for (const email of ["ada@example.com", "nobody@example.com"]) {
      const tries = await Promise.allSettled(
        Array.from(
          { length: 14 },
          async (_, i) => await auth.signIn({ email, password: "not the password" }, { remoteAddress: `192.0.2.${i}` }),
        ),
      );
      const reasons = tries.map((each) => (each.status === "rejected" ? each.reason.reason : "in"));
      expect(reasons.filter((reason) => reason === "UNAUTHENTICATED")).toHaveLength(10);
      expect(reasons.filter((reason) => reason === "RATE_LIMITED")).toHaveLength(4);
    }
    await expect(auth.signIn({ email: "ada@example.com", password: PASSWORD })).rejects.toMatchObject({
      reason: "RATE_LIMITED",
    });
    clock.at += 60_000;
    await auth.signIn({ email: "ada@example.com", password: PASSWORD });
  });

  test("may be tried thirty times from one network, an IPv6 /64 as a whole", async () => {
    const { auth } = house();
    let limited = 0;
    for (let i = 0; i < 34; i++) {
      const remoteAddress = `2001:db8:0:1::${i.toString(16)}`;
      const tried = auth.signIn({ email: `x${i}@example.com`, password: "not the password" }, { remoteAddress });
      await tried.catch((error: { reason?: string }) => (limited += error.reason === "RATE_LIMITED" ? 1 : 0));
    }
    expect(limited).toBe(4);
    const elsewhere = { remoteAddress: "2001:db8:0:2::1" };
    await expect(auth.signIn({ email: "y@example.com", password: "no" }, elsewhere)).rejects.toMatchObject(
      unauthenticated,
    );
  });

  test("is changed by who knows it, and every other session ends", async () => {
    const { join, auth } = house();
    const { principal, session } = await join("ada", "viewer");
    const password = "another long password";
    await expect(auth.setPassword(principal, { password })).rejects.toMatchObject(denied);
    await expect(auth.setPassword(principal, { current: "wrong", password })).rejects.toMatchObject(denied);
    const { session: next } = await auth.setPassword(principal, { current: PASSWORD, password });
    await expect(auth.authenticate(session)).rejects.toMatchObject(unauthenticated);
    expect(await auth.authenticate(next)).toMatchObject({ id: principal.id });
    await auth.signIn({ email: "ada@example.com", password });
  });
});

type House = ReturnType<typeof house>;

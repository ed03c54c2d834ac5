import { DEFAULT_ORG_ID } from "@berth/protocol";
import { expect, it } from "vitest";
import { AT, atMs } from "./contract-samples.ts";
import type { MembershipRecord, SessionRecord, UserRecord } from "./identity-store.ts";
import type { Store } from "./store.ts";

/** Tests share one store: each uses ids of its own. */
export function identityStoreContract(store: () => Store): void {
  const identity = (): Store["identity"] => store().identity;
  const userOf = (id: string, changes: Partial<UserRecord> = {}): UserRecord => ({
    userId: `usr_${id}`,
    email: `${id}@example.com`,
    name: id,
    identities: [],
    createdAt: AT,
    ...changes,
  });
  const memberOf = (orgId: string, id: string, changes: Partial<MembershipRecord> = {}): MembershipRecord => ({
    orgId,
    userId: `usr_${id}`,
    role: "viewer",
    createdAt: AT,
    ...changes,
  });
  const sessionOf = (id: string, changes: Partial<SessionRecord> = {}): SessionRecord => ({
    purpose: "session",
    sessionId: `ses_${id}`,
    tokenHash: `hash_${id}`,
    orgId: DEFAULT_ORG_ID,
    principalId: `usr_${id}`,
    createdAt: AT,
    lastUsedAt: AT,
    expiresAt: atMs(10_000),
    ...changes,
  });
  const organizationOf = async (orgId: string): Promise<void> =>
    await identity().insertOrganization({ orgId, name: orgId, createdAt: AT });
  const people = async (orgId: string, ...ids: readonly string[]): Promise<void> => {
    await organizationOf(orgId);
    for (const id of ids) await identity().insertUser(userOf(id));
  };

  it("begins with the default organization, keeps others and renames them", async () => {
    expect(await identity().organization(DEFAULT_ORG_ID)).toMatchObject({ name: "Default" });
    await organizationOf("org_named");
    await expect(organizationOf("org_named")).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    expect(await identity().renameOrganization("org_named", "Acme")).toBe(true);
    expect(await identity().renameOrganization("org_none", "Acme")).toBe(false);
    expect(await identity().organization("org_named")).toEqual({ orgId: "org_named", name: "Acme", createdAt: AT });
    expect(await identity().organization("nul \u0000")).toBeUndefined();
    expect((await identity().organizations()).map(({ orgId }) => orgId)).toEqual(
      expect.arrayContaining([DEFAULT_ORG_ID, "org_named"]),
    );
  });

  it("finds a user by id, email and identity, each of which is one user's only", async () => {
    const user = userOf("ann", { passwordHash: "$argon2id$x", identities: ["https://idp#1", "https://idp#2"] });
    await identity().insertUser(user);
    expect(await identity().user("usr_ann")).toEqual(user);
    expect(await identity().userByEmail("ann@example.com")).toEqual(user);
    expect(await identity().userByIdentity("https://idp#2")).toEqual(user);
    expect(await identity().userByIdentity("https://idp#3")).toBeUndefined();
    for (const wrong of [
      userOf("ann2", { email: "ann@example.com" }),
      userOf("ann2", { identities: ["https://idp#1"] }),
      userOf("ann"),
    ]) {
      await expect(identity().insertUser(wrong)).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    }
    expect(await identity().user("usr_ann2")).toBeUndefined();
  });

  it("replaces a user, and frees what they no longer have", async () => {
    await identity().insertUser(userOf("bob", { identities: ["https://idp#bob"] }));
    await identity().updateUser(userOf("bob", { email: "robert@example.com", passwordHash: "$argon2id$y" }));
    expect(await identity().userByEmail("bob@example.com")).toBeUndefined();
    expect(await identity().userByEmail("robert@example.com")).toMatchObject({ passwordHash: "$argon2id$y" });
    await identity().insertUser(userOf("bob2", { identities: ["https://idp#bob"] }));
    await expect(identity().updateUser(userOf("bob", { identities: ["https://idp#bob"] }))).rejects.toMatchObject({
      reason: "STORE_CONFLICT",
    });
    await expect(identity().updateUser(userOf("nobody"))).rejects.toMatchObject({ reason: "USER_NOT_FOUND" });
  });

  it("lists the members of one organization by email, and the organizations of one user", async () => {
    await people("org_listed", "zoe", "carl");
    await organizationOf("org_listed2");
    await identity().setMembership(memberOf("org_listed", "zoe"));
    await identity().setMembership(memberOf("org_listed", "carl", { role: "admin", disabledAt: atMs(5) }));
    await identity().setMembership(memberOf("org_listed2", "zoe", { createdAt: atMs(1) }));
    expect(await identity().members("org_listed")).toEqual([
      { ...memberOf("org_listed", "carl", { role: "admin", disabledAt: atMs(5) }), user: userOf("carl") },
      { ...memberOf("org_listed", "zoe"), user: userOf("zoe") },
    ]);
    expect((await identity().memberships("usr_zoe")).map(({ orgId }) => orgId)).toEqual(["org_listed", "org_listed2"]);
    expect(await identity().membership("org_listed2", "usr_zoe")).toMatchObject({ role: "viewer" });
    expect(await identity().membership("org_listed2", "usr_carl")).toBeUndefined();
    expect(await identity().removeUser("usr_zoe")).toBe(false);
    expect(await identity().removeMembership("org_listed", "usr_zoe")).toBe(true);
    expect(await identity().removeMembership("org_listed", "usr_zoe")).toBe(false);
    expect(await identity().removeMembership("org_listed2", "usr_zoe")).toBe(true);
    expect(await identity().removeUser("usr_zoe")).toBe(true);
    expect(await identity().userByEmail("zoe@example.com")).toBeUndefined();
  });

  it("keeps the last owner who is not disabled: not demoted, not disabled, not removed", async () => {
    await people("org_owned", "own1", "own2");
    await identity().setMembership(memberOf("org_owned", "own1", { role: "owner" }));
    await identity().setMembership(memberOf("org_owned", "own2", { role: "owner", disabledAt: AT }));
    const conflict = { reason: "STORE_CONFLICT" };
    await expect(identity().setMembership(memberOf("org_owned", "own1", { role: "admin" }))).rejects.toMatchObject(
      conflict,
    );
    const disabled = memberOf("org_owned", "own1", { role: "owner", disabledAt: AT });
    await expect(identity().setMembership(disabled)).rejects.toMatchObject(conflict);
    await expect(identity().removeMembership("org_owned", "usr_own1")).rejects.toMatchObject(conflict);
    await identity().setMembership(memberOf("org_owned", "own2", { role: "owner" }));
    await identity().setMembership(memberOf("org_owned", "own1", { role: "admin" }));
    expect(await identity().membership("org_owned", "usr_own1")).toMatchObject({ role: "admin" });
  });

  it("keeps one owner when two demote each other at once", async () => {
    await people("org_race", "race1", "race2");
    for (const id of ["race1", "race2"]) await identity().setMembership(memberOf("org_race", id, { role: "owner" }));
    const outcomes = await Promise.allSettled(
      ["race1", "race2"].map(async (id) => await identity().setMembership(memberOf("org_race", id))),
    );
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });

  it("keeps a session by its token's hash, and its last use in whatever order uses are told", async () => {
    const session = sessionOf("s1", { userAgent: "Firefox" });
    await identity().insertSession(session);
    await expect(identity().insertSession(session)).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    expect(await identity().session("hash_s1")).toEqual(session);
    expect(await identity().session("hash_none")).toBeUndefined();
    for (const ms of [3, 9, 5]) await identity().touchSession("ses_s1", atMs(ms));
    expect(await identity().session("hash_s1")).toEqual({ ...session, lastUsedAt: atMs(9) });
  });

  it("keeps where an app's session holds and what it lives by", async () => {
    const app = sessionOf("app", { purpose: "app", app: { agent: "echo", parentHash: "hash_s1" } });
    const preview = sessionOf("pre", {
      purpose: "app",
      app: { agent: "echo", release: "0abc", parentHash: "hash_s1" },
    });
    for (const session of [app, preview]) {
      await identity().insertSession(session);
      expect(await identity().session(session.tokenHash)).toEqual(session);
    }
  });

  it("ends a session once, all of a principal, or those in one organization", async () => {
    const principalId = "usr_many";
    await identity().insertSession(sessionOf("m1", { principalId, createdAt: atMs(1) }));
    await identity().insertSession(sessionOf("m2", { principalId, createdAt: atMs(2), orgId: "org_m" }));
    await identity().insertSession(sessionOf("m3", { principalId, createdAt: atMs(3), purpose: "sign_in" }));
    expect((await identity().sessions(principalId)).map(({ sessionId }) => sessionId)).toEqual([
      "ses_m3",
      "ses_m2",
      "ses_m1",
    ]);
    const removed = await Promise.all([identity().removeSession("ses_m3"), identity().removeSession("ses_m3")]);
    expect(removed.filter(Boolean)).toHaveLength(1);
    expect(await identity().removeSessionsOf(principalId, "org_m")).toEqual(["hash_m2"]);
    expect(await identity().removeSessionsOf(principalId)).toEqual(["hash_m1"]);
    expect(await identity().sessions(principalId)).toEqual([]);
  });

  it("forgets sessions that have expired", async () => {
    await identity().insertSession(sessionOf("old", { expiresAt: atMs(-1) }));
    await identity().insertSession(sessionOf("new", { expiresAt: atMs(1) }));
    expect(await identity().removeExpiredSessions(AT)).toBe(1);
    expect(await identity().session("hash_old")).toBeUndefined();
    expect(await identity().session("hash_new")).toBeDefined();
  });

  it("lets a token be used by exactly one of those who show it, until it is forgotten", async () => {
    const at = (minute: number): string => `2026-11-29T12:${String(minute).padStart(2, "0")}:00.000Z`;
    const uses = await Promise.all(Array.from({ length: 8 }, async () => await identity().useToken("token_a", at(5))));
    expect(uses.filter(Boolean)).toHaveLength(1);
    expect(await identity().useToken("token_b", at(6))).toBe(true);
    expect(await identity().forgetUsedTokens(at(5))).toBe(1);
    expect(await identity().useToken("token_b", at(6))).toBe(false);
    expect(await identity().useToken("token_a", at(7))).toBe(true);
    expect(await identity().forgetUsedTokens(at(7))).toBe(2);
  });

  it("keeps issuers, of one organization or of all", async () => {
    const issuer = {
      orgId: "org_iss",
      issuerId: "iss_1",
      issuer: "https://accounts.google.com",
      audiences: ["https://berth.example"],
      algorithms: ["RS256"],
      bindings: [{ subject: "*", role: "invoker" }],
      createdAt: AT,
    } as const;
    await identity().insertIssuer(issuer);
    await expect(identity().insertIssuer(issuer)).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    await identity().insertIssuer({ ...issuer, orgId: "org_iss2", issuerId: "iss_2" });
    expect(await identity().issuers("org_iss")).toEqual([issuer]);
    expect((await identity().issuers()).map(({ issuerId }) => issuerId)).toEqual(["iss_1", "iss_2"]);
    expect(await identity().removeIssuer("org_other", "iss_1")).toBe(false);
    expect(await identity().removeIssuer("org_iss", "iss_1")).toBe(true);
    expect(await identity().issuers("org_iss")).toEqual([]);
  });
}

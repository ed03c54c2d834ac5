import { createHash, randomBytes } from "node:crypto";
import { DEFAULT_ORG_ID, createIdGenerator } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { createInMemoryStore } from "@berth/store/memory";
import { expect, test } from "vitest";
import { AppCodes } from "./app-code.ts";
import { isAppPath } from "./app-sessions.ts";
import { createAppSessions } from "./create-app-sessions.ts";
import { createAuth } from "./create-auth.ts";
import { Sessions } from "./sessions.ts";

const admin: Principal = { kind: "system", id: "system", orgId: DEFAULT_ORG_ID, scopes: ["admin"] };
const HOUR = 3_600_000;
const unauthenticated = { reason: "UNAUTHENTICATED" };

async function house(scopes: Principal["scopes"] = ["admin"], agents?: readonly string[]) {
  const clock = { at: Date.parse("2026-11-29T12:00:00.000Z") };
  const store = createInMemoryStore();
  const now = (): Date => new Date(clock.at);
  const ids = createIdGenerator({ now: () => clock.at, randomBytes });
  const shared = { store, ids, now, randomBytes, pepper: randomBytes(32) };
  const sessions = new Sessions(shared);
  const auth = createAuth({ ...shared, sessions });
  // Every agent is there: who sees which is the registry's to test.
  const found = async (): Promise<never> => await Promise.resolve(undefined as never);
  const apps = createAppSessions({ ...shared, sessions, auth, registry: { find: found, findRelease: found } });
  const { secret } = await auth.createKey(admin, { name: "x", scopes, ...(agents === undefined ? {} : { agents }) });
  const { session } = await auth.openSession(await auth.authenticate(secret));
  const verifier = randomBytes(32).toString("base64url");
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const code = async (place: { readonly agent: string; readonly release?: string } = { agent: "desk" }) =>
    await apps.createCode(session, { ...place, challenge, to: "/app/" }, {});
  return { clock, auth, apps, session, verifier, code };
}

test("a code is good for a minute", async () => {
  const { clock, apps, verifier, code } = await house();
  const [early, late] = [await code(), await code()];
  clock.at += 59_999;
  await apps.redeem(early, { agent: "desk", verifier }, {});
  clock.at += 1;
  await expect(apps.redeem(late, { agent: "desk", verifier }, {})).rejects.toMatchObject(unauthenticated);
});

test("every letter of a code counts", async () => {
  const { apps, verifier, code } = await house();
  const good = await code();
  for (let at = 0; at < good.length; at += 7) {
    const changed = good.slice(0, at) + (good[at] === "A" ? "B" : "A") + good.slice(at + 1);
    await expect(apps.redeem(changed, { agent: "desk", verifier }, {}), String(at)).rejects.toMatchObject(
      unauthenticated,
    );
  }
  const other = new AppCodes(randomBytes(32));
  expect(other.read(good)).toBeUndefined();
  for (const text of ["", ".", "a.b", `${good}A`, ` ${good}`, "x".repeat(9_000)])
    expect(other.read(text)).toBeUndefined();
});

test("a session ends with the console's, though it was used itself", async () => {
  const { clock, auth, apps, session, verifier, code } = await house();
  const app = await apps.redeem(await code(), { agent: "desk", verifier }, {});
  const use = async () => await apps.authenticate(app.session, { agent: "desk" }, {});
  for (let time = 0; time < 2; time++) {
    clock.at += 5 * HOUR;
    await use();
  }
  clock.at += 3 * HOUR;
  // Used all the time, but the console's session was not.
  await expect(use()).rejects.toMatchObject(unauthenticated);
  expect(await apps.expiresAt(app.session, { agent: "desk" })).toBeUndefined();
  await expect(auth.authenticate(session)).rejects.toMatchObject(unauthenticated);
});

test("what it allows is what calling takes, of what the credential has", async () => {
  const scopesAt = async (
    scopes: Principal["scopes"],
    place: { readonly agent: string; readonly release?: string },
  ) => {
    const { apps, verifier, code } = await house(scopes);
    const { session } = await apps.redeem(await code(place), { ...place, verifier }, {});
    const { scopes: given, agents, authn } = await apps.authenticate(session, place, {});
    expect([agents, authn]).toEqual([["desk"], { scheme: "session" }]);
    for (const other of [{ agent: "other" }, { agent: "desk", release: "0zzz" }]) {
      await expect(apps.authenticate(session, other, {})).rejects.toMatchObject(unauthenticated);
    }
    return given;
  };
  expect(await scopesAt(["admin"], { agent: "desk" })).toEqual(["invoke"]);
  expect(await scopesAt(["read", "audit"], { agent: "desk" })).toEqual([]);
  expect(await scopesAt(["admin"], { agent: "desk", release: "0abc" })).toEqual(["invoke", "deploy"]);
  expect(await scopesAt(["invoke"], { agent: "desk", release: "0abc" })).toEqual(["invoke"]);
});

test("a key that is for other agents sees none here either", async () => {
  const { apps, verifier, code } = await house(["invoke"], ["other"]);
  const { session } = await apps.redeem(await code(), { agent: "desk", verifier }, {});
  expect((await apps.authenticate(session, { agent: "desk" }, {})).agents).toEqual([]);
});

test("only paths below /app are gone to", () => {
  for (const path of ["/app", "/app/", "/app/a/b?c=d&e=%2F", "/app?x"]) expect(isAppPath(path), path).toBe(true);
  for (const path of [
    "",
    "/",
    "/application",
    "//app/",
    "/app\\",
    "/app/ x",
    "/app/\n",
    "app/",
    "/app/\u00e4",
    `/app/${"x".repeat(2_000)}`,
  ]) {
    expect(isAppPath(path), path).toBe(false);
  }
});

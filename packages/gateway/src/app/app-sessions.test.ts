import { releaseLabel } from "@berth/control";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHouse, textMessage } from "../gateway.fixture.ts";
import type { House } from "../gateway.fixture.ts";
import { Browser, PAGE, PASSWORD, addPerson, publishApp } from "./app.fixture.ts";

// How a session at an agent's origin comes about, what it can do, and everything that must not get one.

let house: House;

beforeAll(async () => {
  house = await openHouse();
  for (const name of ["desk", "other"]) await publishApp(house, name);
});
afterAll(async () => await house[Symbol.asyncDispose]());

async function signedIn(): Promise<Browser> {
  const browser = new Browser(house);
  await browser.signIn();
  return browser;
}

/** Signed in at the console and at the agent's app. */
async function atDesk(): Promise<Browser> {
  const browser = await signedIn();
  const page = await browser.open(browser.agent("desk"), "/app/");
  expect(page.status, page.text).toBe(200);
  return browser;
}

/** Up to the code, which has not been used. */
async function codeFor(browser: Browser, name = "desk"): Promise<URL> {
  const start = await browser.fetch(browser.agent(name), "/app/", { headers: PAGE });
  const asked = new URL(start.headers.location ?? "");
  const answer = await browser.fetch(browser.platform(), asked.pathname + asked.search, { headers: PAGE });
  return new URL(answer.headers.location ?? "");
}

const own = (host: string): { readonly origin: string; readonly "sec-fetch-site": string } => ({
  origin: `http://${host}`,
  "sec-fetch-site": "same-origin",
});

const send = async (browser: Browser, headers: Readonly<Record<string, string>>, name = "desk"): Promise<number> => {
  const body = textMessage("x");
  return (await browser.fetch(browser.agent(name), "/message:send", { body, headers })).status;
};

test("whoever is signed in at the console is signed in at the app, where they wanted to go", async () => {
  const browser = await signedIn();
  const desk = browser.agent("desk");
  const page = await browser.open(desk, "/app/reports/3?month=2");
  expect([page.status, page.at]).toEqual([200, `http://${desk}/app/reports/3?month=2`]);
  expect([...(browser.jar.get(desk)?.keys() ?? [])]).toEqual(["berth_app"]);
  const session = await browser.fetch(desk, "/auth/session");
  expect(session.json).toMatchObject({
    user: { kind: "api_key" },
    organization: { id: "org_default", name: "Default" },
    agent: "desk",
    scopes: ["invoke"],
  });
  expect(Date.parse(session.json.expiresAt)).toBeGreaterThan(Date.now());
  expect(await send(browser, own(desk))).toBe(200);
  const tasks = await browser.fetch(desk, "/tasks");
  expect(tasks.json.tasks.length).toBeGreaterThan(0);
});

test("its cookie is for this host alone, and no script reads it", async () => {
  const browser = await signedIn();
  const callback = await codeFor(browser);
  const answer = await browser.fetch(callback.host, callback.pathname + callback.search, { headers: PAGE });
  const cookie = answer.headers["set-cookie"]?.find((each) => each.startsWith("berth_app=")) ?? "";
  expect(cookie).toContain("HttpOnly; SameSite=Lax");
  expect(cookie).not.toMatch(/Domain/i);
  expect(answer.headers["referrer-policy"]).toBe("no-referrer");
});

test("who is not signed in sees the console's form first, which leads back", async () => {
  const browser = new Browser(house);
  const form = await browser.fetch(browser.platform(), "/v1/app-sessions/start?agent=desk&to=/app/&challenge=x");
  const to = new URL(form.headers.location ?? "", `http://${browser.platform()}`);
  expect([form.status, to.host, to.pathname]).toEqual([302, browser.platform(), "/"]);
  expect(to.searchParams.get("continue")).toMatch(/^\/v1\/app-sessions\/start\?agent=desk&/);
});

test("a code is good once, for a minute, in the browser that asked, at the host it is for", async () => {
  const browser = await signedIn();
  const callback = await codeFor(browser);
  const path = callback.pathname + callback.search;
  const stranger = new Browser(house);
  expect((await stranger.fetch(callback.host, path, { headers: PAGE })).status, "another browser").toBe(400);
  await stranger.fetch(stranger.agent("desk"), "/app/", { headers: PAGE });
  expect((await stranger.fetch(callback.host, path, { headers: PAGE })).status, "that asked itself").toBe(400);
  const start = browser.jar.get(callback.host)?.get("berth_app_start") ?? "";
  const elsewhere = { headers: { ...PAGE, cookie: `berth_app_start=${start}` } };
  expect((await browser.fetch(browser.agent("other"), path, elsewhere)).status, "another agent").toBe(400);
  for (const changed of [
    path.replace(/.$/, "A"),
    path.replace(/.$/, "B"),
    "/auth/callback",
    "/auth/callback?code=a.b",
  ]) {
    if (changed === path) continue;
    expect((await browser.fetch(callback.host, changed, { headers: PAGE })).status, changed).toBe(400);
  }
  const framed = { headers: { ...PAGE, "sec-fetch-dest": "iframe" } };
  expect((await browser.fetch(callback.host, path, framed)).status, "in a frame").toBe(403);
  expect((await browser.fetch(callback.host, path, { headers: PAGE })).status).toBe(302);
  const again = { headers: { ...PAGE, cookie: `berth_app_start=${start}` } };
  expect((await browser.fetch(callback.host, path, again)).status, "again").toBe(400);
});

test("of two who use a code at once, one gets in", async () => {
  const browser = await signedIn();
  const callback = await codeFor(browser);
  const start = browser.jar.get(callback.host)?.get("berth_app_start") ?? "";
  const use = async (): Promise<number> => {
    const cookie = `berth_app_start=${start}`;
    const options = { headers: { ...PAGE, cookie } };
    return (await browser.fetch(callback.host, callback.pathname + callback.search, options)).status;
  };
  expect(new Set(await Promise.all([use(), use()]))).toEqual(new Set([302, 400]));
});

test("the platform sends nobody anywhere else", async () => {
  const browser = await signedIn();
  const challenge = "c".repeat(43);
  const start = async (
    agent: string,
    to: string,
    headers: Readonly<Record<string, string>> = PAGE,
  ): Promise<string> => {
    const query = new URLSearchParams({ agent, to, challenge }).toString();
    const { status, headers: seen } = await browser.fetch(browser.platform(), `/v1/app-sessions/start?${query}`, {
      headers,
    });
    return seen.location === undefined ? String(status) : new URL(seen.location).host;
  };
  expect(await start("desk", "/app/")).toBe(browser.agent("desk"));
  for (const to of [
    "//evil.example",
    "https://evil.example/",
    "/\\evil.example",
    "/v1/x",
    "/application",
    "/app\\x",
    "/app/\r\nx",
  ]) {
    expect(await start("desk", to), to).toBe("400");
  }
  for (const agent of [
    "evil.example/",
    "desk.evil",
    "evil.example#",
    "desk@evil.example",
    "nosuch",
    "DESK",
    "0abc--desk",
  ]) {
    expect(await start(agent, "/app/"), agent).toBe("404");
  }
  expect(await start("desk", "/app/", { "sec-fetch-dest": "empty" }), "by fetch").toBe("403");
  const out = await new Browser(house).fetch(browser.agent("desk"), "/auth/sign-in?to=https://evil.example", {});
  expect(new URL(out.headers.location ?? "").searchParams.get("to")).toBe("/app/");
});

test("the session is worth nothing elsewhere: not at another agent, not at the platform, not as a bearer token", async () => {
  const browser = await atDesk();
  const token = browser.jar.get(browser.agent("desk"))?.get("berth_app") ?? "";
  const cookie = `berth_app=${token}`;
  for (const [host, path] of [
    [browser.agent("other"), "/auth/session"],
    [browser.platform(), "/v1/whoami"],
    [browser.platform(), "/agents/desk/tasks"],
    [browser.platform(), "/v1/sessions"],
  ] as const) {
    expect((await new Browser(house).fetch(host, path, { headers: { cookie } })).status, host + path).toBe(401);
  }
  for (const name of ["berth_session", "berth_app"]) {
    const headers = { cookie: `${name}=${token}` };
    expect((await new Browser(house).fetch(browser.platform(), "/v1/whoami", { headers })).status).toBe(401);
  }
  const bearer = { authorization: `Bearer ${token}` };
  expect((await new Browser(house).fetch(browser.agent("desk"), "/auth/session", { headers: bearer })).status).toBe(
    401,
  );
  const console = browser.jar.get(browser.platform())?.get("berth_session") ?? "";
  for (const name of ["berth_session", "berth_app"]) {
    const headers = { cookie: `${name}=${console}` };
    expect((await new Browser(house).fetch(browser.agent("desk"), "/auth/session", { headers })).status, name).toBe(
      401,
    );
  }
});

test("pages of neighbours and strangers neither write nor read with it", async () => {
  const browser = await atDesk();
  const desk = browser.agent("desk");
  const foreign: readonly Readonly<Record<string, string>>[] = [
    {},
    { origin: `http://${browser.agent("other")}`, "sec-fetch-site": "same-site" },
    { origin: `http://${browser.platform()}`, "sec-fetch-site": "cross-site" },
    { origin: "null" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "none" },
  ];
  for (const headers of foreign) {
    expect(await send(browser, headers), JSON.stringify(headers)).toBe(403);
    expect((await browser.fetch(desk, "/auth/sign-out", { method: "POST", headers })).status).toBe(403);
  }
  for (const path of ["/tasks", "/auth/session", "/app/config.json"]) {
    for (const headers of foreign.filter((each) => each["sec-fetch-site"]?.endsWith("-site") === true)) {
      expect((await browser.fetch(desk, path, { headers })).status, path + JSON.stringify(headers)).toBe(403);
    }
    expect((await browser.fetch(desk, path, { headers: { "sec-fetch-site": "none" } })).status, path).toBe(200);
  }
  // A link from elsewhere opens the app, as a link should.
  const link = await browser.fetch(desk, "/app/", { headers: { ...PAGE, "sec-fetch-site": "cross-site" } });
  expect(link.status).toBe(200);
});

test("a cookie that a neighbour has planted is not taken, and by HTTPS cannot be", async () => {
  const browser = await atDesk();
  const desk = browser.agent("desk");
  const mine = browser.jar.get(desk)?.get("berth_app") ?? "";
  const theirs = (await atDesk()).jar.get(desk)?.get("berth_app") ?? "";
  for (const cookie of [`berth_app=${mine}; berth_app=${theirs}`, `berth_app=${theirs}; berth_app=${mine}`]) {
    expect((await browser.fetch(desk, "/auth/session", { headers: { cookie } })).status).toBe(401);
  }
  await using secure = await openHouse({
    gateway: { baseUrl: () => "https://berth.example", domain: "berth.example" },
  });
  await publishApp(secure, "desk");
  const start = await new Browser(secure).fetch("desk.berth.example", "/app/", { headers: PAGE });
  const [cookie = ""] = start.headers["set-cookie"] ?? [];
  expect(cookie).toMatch(/^__Host-berth_app_start=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600; Secure$/);
  const { secret } = await secure.control.auth.createKey(
    { kind: "system", id: "system", orgId: "org_default", scopes: ["admin"] },
    { name: "x", scopes: ["admin"] },
  );
  const opened = await secure.control.auth.openSession(await secure.control.auth.authenticate(secret));
  const to = new URL(start.headers.location ?? "");
  const verifier = /=([\w-]+)/.exec(cookie)?.[1] ?? "";
  const challenge = to.searchParams.get("challenge") ?? "";
  const code = await secure.control.appSessions.createCode(
    opened.session,
    { agent: "desk", challenge, to: "/app/" },
    {},
  );
  const { session } = await secure.control.appSessions.redeem(code, { agent: "desk", verifier }, {});
  const ask = async (name: string): Promise<number> =>
    (
      await new Browser(secure).fetch("desk.berth.example", "/auth/session", {
        headers: { cookie: `${name}=${session}` },
      })
    ).status;
  expect([await ask("berth_app"), await ask("__Host-berth_app")]).toEqual([401, 200]);
});

test("signing out of the app leaves the console, signing out of the console ends the app", async () => {
  const browser = await atDesk();
  const desk = browser.agent("desk");
  const token = browser.jar.get(desk)?.get("berth_app") ?? "";
  const out = await browser.fetch(desk, "/auth/sign-out", { method: "POST", headers: own(desk) });
  expect(out.status).toBe(204);
  const stale = await browser.fetch(desk, "/auth/session", { headers: { cookie: `berth_app=${token}` } });
  expect([stale.status, stale.headers["set-cookie"]?.[0]]).toEqual([
    401,
    expect.stringMatching(/^berth_app=; .*Max-Age=0/),
  ]);
  expect((await browser.fetch(browser.platform(), "/v1/whoami")).status).toBe(200);
  await browser.open(desk, "/app/");
  expect((await browser.fetch(desk, "/auth/session")).status).toBe(200);
  await browser.fetch(browser.platform(), "/v1/sessions", { method: "DELETE" });
  expect((await browser.fetch(desk, "/auth/session")).status).toBe(401);
  const page = await browser.fetch(desk, "/app/", { headers: PAGE });
  expect(page.status).toBe(302);
});

test("it is on the list of sessions, and can be ended there", async () => {
  const browser = await atDesk();
  const platform = browser.platform();
  const { json } = await browser.fetch(platform, "/v1/sessions");
  const [newest] = json.sessions as readonly { readonly id: string; readonly app: string | null }[];
  expect(newest?.app).toBe("desk");
  const headers = own(platform);
  expect((await browser.fetch(platform, `/v1/sessions/${newest?.id}`, { method: "DELETE", headers })).status).toBe(204);
  expect((await browser.fetch(browser.agent("desk"), "/auth/session")).status).toBe(401);
});

test("many apps do not sign anybody out of the console", async () => {
  const browser = await signedIn();
  const desk = browser.agent("desk");
  for (let n = 0; n < 60; n++) {
    browser.jar.delete(desk);
    await browser.open(desk, "/app/");
  }
  expect((await browser.fetch(browser.platform(), "/v1/whoami")).status).toBe(200);
  const { json } = await browser.fetch(browser.platform(), "/v1/sessions");
  expect(json.sessions.filter(({ app }: { readonly app: string | null }) => app === "desk").length).toBeLessThanOrEqual(
    50,
  );
});

test("it allows what the person may, and no more than calling; a changed password, role or lock counts at once", async () => {
  const browser = new Browser(house);
  const id = await addPerson(house, browser, "viewer");
  const desk = browser.agent("desk");
  const admin = { token: house.admin, method: "POST" } as const;
  await browser.open(desk, "/app/");
  expect((await browser.fetch(desk, "/auth/session")).json).toMatchObject({ user: { name: "viewer" }, scopes: [] });
  expect(await send(browser, own(desk))).toBe(403);
  await house.call(`/v1/users/${id}/role`, { ...admin, body: { role: "invoker" } });
  await signInAgain(browser);
  expect((await browser.fetch(desk, "/auth/session")).json.scopes).toEqual(["invoke"]);
  expect(await send(browser, own(desk))).toBe(200);
  const platform = browser.platform();
  const change = { current: PASSWORD, password: `${PASSWORD}!` };
  const changed = await browser.fetch(platform, "/v1/password", { body: change, headers: own(platform) });
  expect(changed.status, changed.text).toBe(200);
  expect((await browser.fetch(desk, "/auth/session")).status, "another password").toBe(401);
  await browser.open(desk, "/app/");
  expect((await browser.fetch(desk, "/auth/session")).status).toBe(200);
  await house.call(`/v1/users/${id}/disable`, admin);
  expect((await browser.fetch(desk, "/auth/session")).status, "disabled").toBe(401);
});

/** Changing a role ends sessions. */
async function signInAgain(browser: Browser): Promise<void> {
  const login = { email: "viewer@example.com", password: PASSWORD };
  await browser.fetch(browser.platform(), "/v1/sessions", { body: login });
  await browser.open(browser.agent("desk"), "/app/");
}

test("another organization is another session: the old app's ends with the switch", async () => {
  const browser = new Browser(house);
  const userId = await addPerson(house, browser, "invoker");
  const platform = browser.platform();
  const createdAt = new Date().toISOString();
  await house.store.identity.insertOrganization({ orgId: "org_second", name: "Second", createdAt });
  await house.store.identity.setMembership({ orgId: "org_second", userId, role: "invoker", createdAt });
  const desk = browser.agent("desk");
  await browser.open(desk, "/app/");
  expect((await browser.fetch(desk, "/auth/session")).status).toBe(200);
  const body = { orgId: "org_second" };
  const switched = await browser.fetch(platform, "/v1/sessions/organization", { body, headers: own(platform) });
  expect(switched.status, switched.text).toBe(200);
  expect((await browser.fetch(desk, "/auth/session")).status).toBe(401);
});

test("a code does not outlive the console's session", async () => {
  const browser = await signedIn();
  const callback = await codeFor(browser);
  await browser.fetch(browser.platform(), "/v1/sessions", { method: "DELETE" });
  expect((await browser.fetch(callback.host, callback.pathname + callback.search, { headers: PAGE })).status).toBe(400);
});

test("a release at its own address has its own app and its own session, which the agent's own does not take", async () => {
  await publishApp(house, "lab");
  const files = { "index.html": "<title>Preview</title>" };
  await publishApp(house, "lab", { files, digest: "c", releaseId: "rel_01lab2" });
  const preview = `${releaseLabel("rel_01lab2")}--lab`;
  const browser = await signedIn();
  const host = browser.agent(preview);
  const page = await browser.open(host, "/app/");
  expect([page.status, page.at, page.text]).toEqual([200, `http://${host}/app/`, "<title>Preview</title>"]);
  expect((await browser.fetch(host, "/auth/session")).json.scopes).toEqual(["invoke", "deploy"]);
  expect(await send(browser, own(host), preview)).toBe(200);
  const cookie = `berth_app=${browser.jar.get(host)?.get("berth_app")}`;
  const elsewhere = await new Browser(house).fetch(browser.agent("lab"), "/auth/session", { headers: { cookie } });
  expect(elsewhere.status).toBe(401);
});

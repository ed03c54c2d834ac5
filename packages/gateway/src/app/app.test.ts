import { afterAll, beforeAll, expect, test } from "vitest";
import { openHouse, publish } from "../gateway.fixture.ts";
import type { House } from "../gateway.fixture.ts";
import { Browser, publishApp } from "./app.fixture.ts";

// What the app's addresses answer. How sessions come to them is in app-sessions.test.ts.

let house: House;
let nobody: Browser;

beforeAll(async () => {
  house = await openHouse();
  nobody = new Browser(house);
  await publishApp(house, "desk");
  await publishApp(house, "shop", { visibility: "public" });
});
afterAll(async () => await house[Symbol.asyncDispose]());

test("a public agent's app is for everybody: the page, its files, and its own views", async () => {
  const shop = nobody.agent("shop");
  const bare = await nobody.fetch(shop, "/app?x=1");
  expect([bare.status, bare.headers.location]).toEqual([308, "/app/?x=1"]);
  for (const path of ["/app/", "/app/reports/7", "/app/index.html"]) {
    const page = await nobody.fetch(shop, path);
    expect([path, page.status, page.headers["content-type"], page.headers["cache-control"]]).toEqual([
      path,
      200,
      "text/html; charset=utf-8",
      "no-cache",
    ]);
    expect(page.text).toContain("<title>App</title>");
  }
  const script = await nobody.fetch(shop, "/app/_build/main-ABCDEFGH.js");
  expect(script.headers).toMatchObject({
    "cache-control": "public, max-age=31536000, immutable",
    "content-type": "text/javascript; charset=utf-8",
  });
  expect((await nobody.fetch(shop, "/app/gone.js")).status).toBe(404);
  const worker = { headers: { "service-worker": "script" } };
  expect((await nobody.fetch(shop, "/app/_build/main-ABCDEFGH.js", worker)).status).toBe(404);
  expect((await nobody.fetch(shop, "/app/", { method: "HEAD" })).text).toBe("");
  expect((await nobody.fetch(shop, "/app/", { method: "POST" })).status).toBe(405);
});

test("files come compressed, once: whoever has them already is told so", async () => {
  const shop = nobody.agent("shop");
  const path = "/app/_build/main-ABCDEFGH.js";
  const small = await nobody.fetch(shop, path, { headers: { "accept-encoding": "gzip, br" } });
  expect([small.headers["content-encoding"], small.headers.vary]).toEqual(["br", "Accept-Encoding"]);
  expect(small.text.length).toBeLessThan(500);
  const etag = small.headers.etag ?? "";
  const again = await nobody.fetch(shop, path, { headers: { "accept-encoding": "br", "if-none-match": etag } });
  expect(again.status).toBe(304);
});

test("every answer of an app says what its pages may do", async () => {
  const shop = nobody.agent("shop");
  for (const path of ["/app", "/app/", "/app/plain.txt", "/app/config.json"]) {
    const { headers } = await nobody.fetch(shop, path);
    expect(headers["content-security-policy"], path).toContain("default-src 'self'");
    expect(headers["content-security-policy"], path).toContain("frame-ancestors 'none'");
    expect(headers["cross-origin-opener-policy"], path).toBe("same-origin");
    expect(headers["cross-origin-resource-policy"], path).toBe("same-origin");
  }
  expect((await nobody.fetch(shop, "/app/")).headers["x-content-type-options"]).toBe("nosniff");
});

test("the app is told where its agent is and what it takes", async () => {
  const shop = nobody.agent("shop");
  const { json } = await nobody.fetch(shop, "/app/config.json");
  expect(json).toMatchObject({
    agent: { name: "shop" },
    release: "rel_shop",
    protocolVersions: ["1.0", "0.3"],
    endpoints: { a2a: `http://${shop}/`, mcp: `http://${shop}/mcp`, invoke: `http://${shop}/invoke/{skill}` },
  });
  expect(json.skills.length).toBeGreaterThan(0);
  const session = await nobody.fetch(shop, "/auth/session");
  expect([session.status, session.json.reason]).toEqual([401, "UNAUTHENTICATED"]);
});

test("a private agent's app sends people to sign in, whether there is such an agent or not, and programs away", async () => {
  for (const name of ["desk", "nosuch"]) {
    const host = nobody.agent(name);
    const page = await new Browser(house).fetch(host, "/app/x?y=1", { headers: { accept: "text/html" } });
    const to = new URL(page.headers.location ?? "");
    expect([page.status, to.host, to.pathname]).toEqual([302, nobody.platform(), "/v1/app-sessions/start"]);
    expect(Object.fromEntries(to.searchParams)).toMatchObject({ agent: name, to: "/app/x?y=1" });
    for (const path of ["/app/_build/main-ABCDEFGH.js", "/app/config.json", "/auth/session"]) {
      expect((await nobody.fetch(host, path)).status, path).toBe(401);
    }
    const framed = await nobody.fetch(host, "/app/", { headers: { accept: "text/html", "sec-fetch-dest": "iframe" } });
    expect(framed.status).toBe(401);
  }
  const byKey = await nobody.fetch(nobody.agent("desk"), "/app/", {
    headers: { authorization: `Bearer ${house.admin}` },
  });
  expect([byKey.status, byKey.headers["cache-control"]]).toEqual([200, "private, no-cache"]);
});

test("an app is nowhere but at its agent's own host", async () => {
  for (const path of ["/app", "/app/", "/app/config.json", "/auth/sign-in", "/auth/callback", "/auth/session"]) {
    const headers = { authorization: `Bearer ${house.admin}` };
    for (const alias of ["/agents/shop", "/a2a/shop"]) {
      expect((await house.call(`${alias}${path}`, { headers })).status, alias + path).toBe(404);
    }
    expect((await nobody.fetch(nobody.agent("shop"), `/shop${path}`, { headers })).status, path).toBe(404);
  }
});

test("no path leads out of the app", async () => {
  const shop = nobody.agent("shop");
  for (const path of [
    "/app/../../agent.mjs",
    "/app/..%2f..%2fagent.mjs",
    "/app/%2e%2e/%2e%2e/agent.mjs",
    "/app/_build/..%5c..%5cx.js",
    "/app//etc/hostname.x",
    "/app/plain.txt%00.html",
    "/app/_build/",
    `/app/${"x".repeat(600)}.js`,
  ]) {
    const { status, text } = await nobody.fetch(shop, path);
    expect(status === 404 || text.includes("<title>App</title>"), `${path}: ${status} ${text}`).toBe(true);
  }
});

test("agents without an app say so, and nothing of all this has started one", async () => {
  const { status, json } = await nobody.fetch(nobody.agent("scripted"), "/app/");
  expect([status, json.detail]).toEqual([404, 'The agent "scripted" has no app.']);
  expect(house.connector.turns).toEqual([]);
});

test("another release brings its own app, and going back brings back the old one", async () => {
  const files = { "index.html": "<title>Second</title>" };
  await publishApp(house, "shop", { visibility: "public", files, digest: "b", releaseId: "rel_second" });
  const shop = nobody.agent("shop");
  const shown = async (): Promise<string> => (await nobody.fetch(shop, "/app/")).text;
  await expect.poll(shown).toContain("Second");
  const admin = { token: house.admin };
  const back = await house.call("/v1/agents/shop/rollback", {
    ...admin,
    method: "POST",
    body: { release: "rel_shop" },
  });
  expect(back.status, back.text).toBeLessThan(300);
  await expect.poll(shown).toContain("<title>App</title>");
});

test("a new release of an agent may have no app any more", async () => {
  await publishApp(house, "brief", { visibility: "public" });
  await publish(house.store, "brief", { releaseId: "rel_brief2" });
  await expect
    .poll(async () => (await nobody.fetch(nobody.agent("brief"), "/app/", { headers: AS_ADMIN() })).json?.detail)
    .toBe('The agent "brief" has no app.');
});

const AS_ADMIN = (): { readonly authorization: string } => ({ authorization: `Bearer ${house.admin}` });

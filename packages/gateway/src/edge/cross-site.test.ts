import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse } from "../gateway.fixture.ts";
import type { Answer, House } from "../gateway.fixture.ts";
import type { Route } from "./routes.ts";

// What a page elsewhere can make a signed-in browser send, against every route that changes something.

let house: House;
let cookie: string;
let writes: readonly { readonly route: Route; readonly path: string }[];

beforeAll(async () => {
  house = await openHouse();
  const system: Principal = { kind: "system", id: "system", orgId: DEFAULT_ORG_ID, scopes: ["owner"] };
  const { secret: key } = await house.control.auth.createKey(system, { name: "owner", scopes: ["owner"] });
  const opened = await house.call("/v1/sessions", { body: { key }, headers: own() });
  cookie = (opened.headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "";
  const { platform, agent } = house.gateway.routes;
  const fill = (path: string): string => path.replaceAll(/\{[^}]+\}/g, "some");
  writes = [
    ...platform.map((route) => ({ route, path: fill(route.path) })),
    ...agent.map((route) => ({ route, path: `/agents/hidden${fill(route.path)}` })),
  ].filter(({ route }) => route.method !== "GET");
});

afterAll(async () => await house[Symbol.asyncDispose]());

type Headers = Readonly<Record<string, string>>;

const own = (): Headers => ({ origin: `http://127.0.0.1:${house.port}` });

/** Who sends: forms, fetches, beacons, sandboxed frames, agents' own pages, other ports, extensions' and old browsers. */
const senders = (): readonly Headers[] => [
  { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
  { origin: "https://evil.example" },
  { origin: "null", "sec-fetch-site": "cross-site" },
  { origin: "null" },
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
  { "sec-fetch-site": "none" },
  { referer: `http://127.0.0.1:${house.port}/` },
  { origin: `http://hidden.localhost:${house.port}`, "sec-fetch-site": "same-site" },
  { origin: `http://localhost:${house.port}`, "sec-fetch-site": "cross-site" },
  { origin: `http://127.0.0.1:${house.port + 1}`, "sec-fetch-site": "same-site" },
  { origin: `https://127.0.0.1:${house.port}` },
  { origin: `http://127.0.0.1:${house.port}.evil.example` },
  { origin: `http://127.0.0.1:${house.port}@evil.example` },
  {},
];

/** The first three need no asking before (CORS), so a form or a beacon can send them. */
const TYPES = [
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/json",
  "text/plain; application/json",
];

const refused = ({ status, text }: Answer): boolean => status === 403 && text.includes("ORIGIN_NOT_ALLOWED");

test("no write that rests on the cookie is accepted from any page but our own", async () => {
  expect(writes.length).toBeGreaterThan(40);
  const accepted: string[] = [];
  let sent = 0;
  for (const { route, path } of writes.filter(({ route: { policy } }) => policy !== "none")) {
    for (const sender of senders()) {
      for (const type of TYPES) {
        const headers = { ...sender, cookie, "content-type": type };
        const answer = await house.call(path, { method: route.method, body: "{}", headers });
        sent += 1;
        if (!refused(answer)) accepted.push(`${route.method} ${path} ${JSON.stringify(headers)}: ${answer.text}`);
      }
    }
  }
  expect(accepted).toEqual([]);
  expect(sent).toBeGreaterThan(3_000);
});

test("the same writes are let in from our own page", async () => {
  const kept: string[] = [];
  for (const sender of [own(), { "sec-fetch-site": "same-origin" }, { ...own(), "sec-fetch-site": "same-origin" }]) {
    const answer = await house.call("/v1/keys", {
      body: { name: "x", scopes: ["read"] },
      headers: { ...sender, cookie },
    });
    if (answer.status !== 201) kept.push(answer.text);
  }
  expect(kept).toEqual([]);
});

test("nobody is signed in or out by a page elsewhere", async () => {
  for (const sender of senders().filter((each) => "origin" in each || "sec-fetch-site" in each)) {
    for (const type of TYPES) {
      const headers = { ...sender, "content-type": type };
      const body = JSON.stringify({ key: house.admin });
      const signedIn = await house.call("/v1/sessions", { method: "POST", body, headers });
      expect(refused(signedIn), JSON.stringify(headers)).toBe(true);
      expect(signedIn.headers["set-cookie"]).toBeUndefined();
      const signedOut = await house.call("/v1/sessions", { method: "DELETE", headers: { ...headers, cookie } });
      expect(refused(signedOut), JSON.stringify(headers)).toBe(true);
    }
  }
  expect((await house.call("/v1/whoami", { headers: { cookie } })).status).toBe(200);
});

test("a body in a form's clothes is no sign-in, even without a browser", async () => {
  for (const type of TYPES.filter((each) => each !== "application/json")) {
    const body = JSON.stringify({ key: house.admin });
    const answer = await house.call("/v1/sessions", { method: "POST", body, headers: { "content-type": type } });
    expect(answer.headers["set-cookie"], type).toBeUndefined();
  }
});

test("no page elsewhere may read what the cookie shows", async () => {
  for (const path of ["/v1/whoami", "/v1/keys", "/v1/users", "/v1/sessions"]) {
    const answer = await house.call(path, { headers: { cookie, origin: "https://evil.example" } });
    expect(answer.headers["access-control-allow-origin"], path).toBeUndefined();
    expect(answer.headers["access-control-allow-credentials"], path).toBeUndefined();
  }
});

describe("a name that somebody else made resolve to us", () => {
  const NAMES = [
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "127.0.0.2",
    "0.0.0.0",
    "[::ffff:7f00:1]",
  ];

  test("reaches no route but the probes, with the cookie, a key or neither", async () => {
    const reached: string[] = [];
    const all = [...house.gateway.routes.platform].filter(({ anyHost }) => anyHost !== true);
    for (const name of NAMES) {
      const host = `${name}:${house.port}`;
      for (const route of all) {
        const path = route.path.replaceAll(/\{[^}]+\}/g, "some");
        for (const shown of [{}, { cookie }, { authorization: `Bearer ${house.admin}` }]) {
          const headers = { ...shown, host, origin: `http://${host}` };
          const answer = await house.call(path, { method: route.method, headers });
          if (!answer.text.includes("HOST_NOT_ALLOWED")) reached.push(`${route.method} ${path} at ${host}`);
        }
      }
    }
    expect(reached).toEqual([]);
  });
});

describe("a browser's session", () => {
  const signIn = async (body: object, headers: Headers = {}): Promise<Answer> =>
    await house.call("/v1/sessions", { body, headers: { ...own(), ...headers } });
  const cookieOf = (answer: Answer): string => (answer.headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "";

  test("begins with a code and a password, goes on with email and password, and is another each time", async () => {
    const added = await house.call("/v1/users", {
      token: house.admin,
      body: { email: "ada@example.com", role: "viewer" },
    });
    expect(added.status).toBe(201);
    const password = "correct horse battery";
    const first = await signIn({ code: added.json.code, password });
    expect([first.status, first.json.scopes]).toEqual([200, ["read"]]);
    const second = await signIn({ email: "ada@example.com", password }, { cookie: cookieOf(first) });
    expect(second.status).toBe(200);
    expect((await house.call("/v1/whoami", { headers: { cookie: cookieOf(first) } })).status).toBe(401);
    const whoami = await house.call("/v1/whoami", { headers: { cookie: cookieOf(second) } });
    expect(whoami.json).toMatchObject({ kind: "user", organizations: [{ orgId: "org_default", role: "viewer" }] });
    const wrong = await signIn({ email: "ada@example.com", password: "wrong password" });
    const nobody = await signIn({ email: "bob@example.com", password: "wrong password" });
    const { requestId: _a, ...one } = wrong.json;
    const { requestId: _b, ...other } = nobody.json;
    expect([wrong.status, one]).toEqual([nobody.status, other]);
  });

  test("is listed and ended by its id; its cookie is cleared when it comes again", async () => {
    const opened = await signIn({ key: await house.key("invoke") });
    const headers = { cookie: cookieOf(opened) };
    const { json } = await house.call("/v1/sessions", { headers });
    expect(json.sessions).toHaveLength(1);
    expect(JSON.stringify(json)).not.toContain(headers.cookie.split("=")[1]);
    const path = `/v1/sessions/${json.sessions[0].id}`;
    expect((await house.call(path, { method: "DELETE", headers: { ...headers, ...own() } })).status).toBe(204);
    const after = await house.call("/v1/whoami", { headers });
    expect([after.status, after.headers["set-cookie"]?.[0]]).toEqual([401, expect.stringContaining("Max-Age=0")]);
  });
});

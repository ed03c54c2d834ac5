import { createServer } from "node:http";
import { request as httpRequest } from "node:http";
import type { Server } from "node:http";
import { generateKeyPairSync } from "node:crypto";
import { text } from "node:stream/consumers";
import { Provider } from "oidc-provider";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Browser } from "@berth/testing";
import type { Visit } from "@berth/testing";
import { CALLBACK, SYSTEM, openOAuthHouse } from "./oauth.fixture.ts";
import type { OAuthHouse } from "./oauth.fixture.ts";
import type { Outbound } from "./outbound-fetch.ts";

// The other provider is a second instance of the library, with a server and a key of its own.

/** Its people, by subject. */
const PEOPLE: Record<string, { readonly email: string; readonly email_verified: boolean; readonly name: string }> = {
  "sub-ada": { email: "ada@example.com", email_verified: true, name: "Ada" },
  "sub-eve": { email: "ada@example.com", email_verified: false, name: "Eve" },
  "sub-twin": { email: "ada@example.com", email_verified: true, name: "Twin" },
  "sub-new": { email: "new@example.com", email_verified: true, name: "New" },
};

let server: Server;
let upstream = "";
let house: OAuthHouse;
let open: OAuthHouse;

const web: Outbound = {
  request: async ({ method, url, headers = {}, body }) =>
    await new Promise((resolve, reject) => {
      const req = httpRequest(url, { method, headers, agent: false }, (res) => {
        text(res).then(
          (said) =>
            resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.from(said), truncated: false }),
          reject,
        );
      });
      req.on("error", reject);
      req.end(body);
    }),
};

beforeAll(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  upstream = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const about = { issuer: upstream, clientId: "berth", clientSecret: "a secret between the two" };
  house = await openOAuthHouse({ web, upstream: () => about });
  open = await openOAuthHouse({ web, upstream: () => ({ ...about, autoRole: "viewer" }) });
  server.on("request", createUpstream([house.base, open.base]).callback());
});

afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await open[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});

/** Signs in whoever `login_hint` of its page says, without a question. */
function createUpstream(bases: readonly string[]): Provider {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const provider = new Provider(upstream, {
    clients: [
      {
        client_id: "berth",
        client_secret: "a secret between the two",
        redirect_uris: bases.map((base) => `${base}/oauth/upstream/callback`),
        id_token_signed_response_alg: "ES256",
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kty: "EC", alg: "ES256", use: "sig", kid: "up" }] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    conformIdTokenClaims: false,
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub, ...PEOPLE[sub] }) }),
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ["x"] },
  });
  return provider;
}

/** From our login page to whatever comes after the other provider. */
async function signIn(at: OAuthHouse, sub: string, browser: Browser = new Browser()): Promise<Visit> {
  const { client_id } = (await at.register()).json;
  const asked = new URLSearchParams({
    client_id,
    response_type: "code",
    redirect_uri: CALLBACK,
    code_challenge: "x".repeat(43),
    code_challenge_method: "S256",
  });
  const page = await browser.open(`${at.base}/oauth/auth?${asked}`, CALLBACK);
  const [, href = ""] = /href="(\/oauth\/upstream[^"]*)"/.exec(page.text) ?? [];
  let visit = await browser.open(new URL(href, at.base).href, CALLBACK);
  expect(visit.url.origin).toBe(upstream);
  visit = await browser.submit(visit, visit.url.pathname, { prompt: "login", login: sub, password: "any" }, CALLBACK);
  if (visit.url.origin === upstream)
    visit = await browser.submit(visit, visit.url.pathname, { prompt: "consent" }, CALLBACK);
  return visit;
}

describe("signing in with another provider", () => {
  test("finds a person by verified email the first time, and by identity from then on", async () => {
    const userId = await house.person("ada@example.com");
    const browser = new Browser();
    const back = await signIn(house, "sub-ada", browser);
    expect(back.text).toContain("Go on as ada@example.com");
    const allow = await browser.submit(back, `${back.url.pathname}/login`, { use: "session" }, CALLBACK);
    const done = await browser.submit(allow, `${allow.url.pathname}/consent`, { answer: "allow" }, CALLBACK);
    expect(done.url.searchParams.get("code")).not.toBeNull();
    expect((await house.store.identity.user(userId))?.identities).toEqual([`${upstream}#sub-ada`]);
    PEOPLE["sub-ada"] = { email: "changed@example.com", email_verified: true, name: "Ada" };
    expect((await signIn(house, "sub-ada")).text).toContain("Go on as ada@example.com");
  });

  test("refuses an unverified email, a second account with the same one, and who is not known", async () => {
    for (const sub of ["sub-eve", "sub-twin", "sub-new"]) {
      const back = await signIn(house, sub);
      expect([back.status, back.text.includes("Nobody here has this account.")], sub).toEqual([403, true]);
    }
  });

  test("makes a person with the role of the configuration, where it has one", async () => {
    expect((await signIn(open, "sub-new")).text).toContain("Go on as New");
    const members = await open.control.users.list(SYSTEM);
    expect(members).toMatchObject([{ email: "new@example.com", role: "viewer" }]);
  });

  test("refuses an answer that this browser did not ask for, and one of another time", async () => {
    const browser = new Browser();
    const begun = await browser.open(`${house.base}/oauth/upstream?interaction=x`, `${upstream}/interaction`);
    const state = begun.url.searchParams.get("state") ?? "";
    const callback = `${house.base}/oauth/upstream/callback`;
    const stranger = await new Browser().open(`${callback}?code=stolen&state=${state}`, CALLBACK);
    expect([stranger.status, stranger.text.includes("was not begun in this browser")]).toEqual([403, true]);
    const mixedUp = await browser.open(`${callback}?code=x&state=other&iss=${encodeURIComponent(upstream)}`, CALLBACK);
    expect(mixedUp.status).toBe(502);
    const otherIssuer = await browser.open(
      `${callback}?code=x&state=${state}&iss=https%3A%2F%2Fevil.example`,
      CALLBACK,
    );
    expect(otherIssuer.status).toBe(502);
  });
});

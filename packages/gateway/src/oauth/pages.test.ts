import { createHash } from "node:crypto";
import { Browser } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CALLBACK, PASSWORD, openOAuthHouse } from "./oauth.fixture.ts";
import type { OAuthHouse } from "./oauth.fixture.ts";

let house: OAuthHouse;
let clientId = "";

beforeAll(async () => {
  house = await openOAuthHouse();
  await house.person("ada@example.com");
  clientId = (await house.register()).json.client_id;
});

afterAll(async () => {
  await house[Symbol.asyncDispose]();
});

describe("the pages", () => {
  const start = async (browser: Browser, change: Record<string, string> = {}): ReturnType<Browser["open"]> => {
    const challenge = createHash("sha256").update("x".repeat(43)).digest("base64url");
    const asked = new URLSearchParams({
      client_id: clientId,
      response_type: "code",
      redirect_uri: CALLBACK,
      code_challenge: challenge,
      code_challenge_method: "S256",
      ...change,
    });
    return await browser.open(`${house.base}/oauth/auth?${asked}`, CALLBACK);
  };

  test("run no script, show nothing of strangers as markup, and cannot be framed", async () => {
    const client_name = `<script>alert(1)</script>"'<img src=x>`;
    const { client_id } = (await house.register({ client_name })).json;
    const page = await start(new Browser(), { client_id });
    expect(page.text).toContain("&#60;script&#62;");
    expect(page.text).not.toMatch(/<script|<img|onfocus|javascript:/i);
    expect(page.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self' http:\/\/127\.0\.0\.1:7777; frame-ancestors 'none'/,
    );
    expect(page.headers.get("x-frame-options")).toBe("DENY");
    const [, style = ""] = /<style>([^<]*)<\/style>/.exec(page.text) ?? [];
    const digest = createHash("sha256").update(style).digest("base64");
    expect(page.headers.get("content-security-policy")).toContain(`style-src 'sha256-${digest}'`);
  });

  test("take no form from another page, another browser, or for another question", async () => {
    const page = await start(new Browser());
    const other = await start(new Browser());
    const post = async (origin: string, cookie: string): Promise<number> =>
      (
        await fetch(`${page.url.href}/login`, {
          method: "POST",
          redirect: "manual",
          headers: { origin, cookie, "content-type": "application/x-www-form-urlencoded" },
          body: `email=ada%40example.com&password=${encodeURIComponent(PASSWORD)}`,
        })
      ).status;
    expect(await post("https://evil.example", "")).toBe(403);
    expect(await post(`http://hidden.localhost:${house.port}`, "")).toBe(403);
    expect(await post("null", "")).toBe(403);
    expect(await post(house.base, "")).toBe(400);
    expect(await post(house.base, `berth_oauth_step=${other.url.pathname.split("/").at(-1)}`)).toBe(400);
  });

  test("say that a password is wrong, and nothing more", async () => {
    const browser = new Browser();
    const page = await start(browser);
    for (const email of ["ada@example.com", "nobody@example.com"]) {
      const answer = await browser.submit(
        page,
        `${page.url.pathname}/login`,
        { email, password: "wrong password here" },
        CALLBACK,
      );
      expect([answer.status, answer.text.includes("Email or password is wrong.")]).toEqual([400, true]);
    }
  });

  test("take the console's session, and an API key, and no other word for it", async () => {
    const { session } = await house.control.auth.signIn({ email: "ada@example.com", password: PASSWORD });
    const browser = new Browser();
    browser.setCookie(house.base, "berth_session", session);
    const page = await start(browser);
    expect(page.text).toContain("Go on as ada@example.com");
    const allowed = await browser.submit(page, `${page.url.pathname}/login`, { use: "session" }, CALLBACK);
    expect(allowed.text).toContain("<title>Allow Test client?");

    const keyed = new Browser();
    const again = await start(keyed);
    expect((await keyed.submit(again, `${again.url.pathname}/login`, { use: "session" }, CALLBACK)).status).toBe(400);
    const key = await house.key("invoke");
    const asked = await keyed.submit(again, `${again.url.pathname}/login`, { key }, CALLBACK);
    expect(asked.text).toContain("<title>Allow Test client?");
    const done = await keyed.submit(asked, `${asked.url.pathname}/consent`, { answer: "allow" }, CALLBACK);
    expect(done.url.searchParams.get("code")).not.toBeNull();
  });

  test("let a person refuse, and ask again each time for a program on their own computer", async () => {
    const browser = new Browser();
    await house.authorize(clientId, { browser });
    const again = await start(browser);
    expect(again.text).toContain("<title>Allow Test client?");
    const refused = await browser.submit(again, `${again.url.pathname}/abort`, {}, CALLBACK);
    expect(refused.url.searchParams.get("error")).toBe("access_denied");
  });
});

test("behind a proxy that ends TLS, addresses are the public ones and cookies are for TLS alone", async () => {
  await using behind = await openOAuthHouse({ publicUrl: "https://berth.example" });
  const headers = { host: "berth.example" };
  const metadata = await behind.call("/.well-known/oauth-authorization-server/oauth", { headers });
  expect(metadata.json).toMatchObject({
    issuer: "https://berth.example/oauth",
    token_endpoint: "https://berth.example/oauth/token",
  });
  const { client_id } = (await behind.register()).json;
  const asked = new URLSearchParams({
    client_id,
    response_type: "code",
    redirect_uri: CALLBACK,
    code_challenge: "x".repeat(43),
    code_challenge_method: "S256",
  });
  const answer = await behind.call(`/oauth/auth?${asked}`, { headers });
  expect(answer.headers["set-cookie"]?.length).toBeGreaterThan(0);
  for (const cookie of answer.headers["set-cookie"] ?? []) {
    expect(cookie).toMatch(/; path=\/oauth.*; samesite=lax; secure; httponly/i);
  }
  // Under another of its names it sends the browser to the one that cookies are of.
  const elsewhere = await behind.call(`/oauth/auth?${asked}`);
  expect([elsewhere.status, elsewhere.headers.location]).toEqual([307, `https://berth.example/oauth/auth?${asked}`]);
});

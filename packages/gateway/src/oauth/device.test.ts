import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Browser } from "@berth/testing";
import type { Visit } from "@berth/testing";
import { PASSWORD, openOAuthHouse } from "./oauth.fixture.ts";
import type { OAuthHouse } from "./oauth.fixture.ts";

let house: OAuthHouse;
const NOWHERE = "http://nowhere.invalid/";
const CLI = "berth-cli";

beforeAll(async () => {
  house = await openOAuthHouse();
  await house.person("ada@example.com", "developer");
});

afterAll(async () => {
  await house[Symbol.asyncDispose]();
});

async function start(): Promise<{ device_code: string; user_code: string; verification_uri_complete: string }> {
  const { status, json } = await house.form("/oauth/device/auth", {
    client_id: CLI,
    scope: "platform",
    resource: `${house.base}/mcp`,
  });
  expect(status, JSON.stringify(json)).toBe(200);
  return json;
}

async function poll(device_code: string, change: Record<string, string> = {}): ReturnType<OAuthHouse["form"]> {
  const grant_type = "urn:ietf:params:oauth:grant-type:device_code";
  return await house.form("/oauth/token", { grant_type, client_id: CLI, device_code, ...change });
}

function secretOf({ text }: Visit): string {
  return /name="xsrf" value="([^"]+)"/.exec(text)?.[1] ?? "";
}

/** Types the code; what comes next. */
async function type(browser: Browser, user_code: string): Promise<Visit> {
  const page = await browser.open(`${house.base}/oauth/device`, NOWHERE);
  return await browser.submit(page, "/oauth/device", { xsrf: secretOf(page), user_code }, NOWHERE);
}

async function confirm(browser: Browser, page: Visit, user_code: string): Promise<Visit> {
  return await browser.submit(page, "/oauth/device", { xsrf: secretOf(page), user_code, confirm: "yes" }, NOWHERE);
}

async function signIn(browser: Browser, page: Visit): Promise<Visit> {
  return await browser.submit(
    page,
    `${page.url.pathname}/login`,
    { email: "ada@example.com", password: PASSWORD },
    NOWHERE,
  );
}

describe("signing in a device", () => {
  test("by its code gives it what the person may do", async () => {
    const { device_code, user_code } = await start();
    expect((await poll(device_code)).json).toMatchObject({ error: "authorization_pending" });
    const browser = new Browser();
    const question = await type(browser, user_code);
    expect(question.text).toContain("The a2a command");
    const login = await confirm(browser, question, user_code);
    const consent = await signIn(browser, login);
    expect(consent.text).toContain("do everything on this platform that you may do");
    expect((await poll(device_code)).json).toMatchObject({ error: "authorization_pending" });
    const done = await browser.submit(consent, `${consent.url.pathname}/consent`, { answer: "allow" }, NOWHERE);
    expect(done.text).toContain("Your device is signed in");
    const { status, json } = await poll(device_code);
    expect(status, JSON.stringify(json)).toBe(200);
    expect(json.refresh_token).toBeDefined();
    const me = await house.call("/v1/whoami", { token: json.access_token });
    expect(me.json).toMatchObject({ name: "ada@example.com", scopes: ["deploy", "operate", "invoke", "read"] });
    expect((await poll(device_code)).json).toMatchObject({ error: "invalid_grant" });
  });

  test("is the matter of the browser that typed the code: for every other the code is used up", async () => {
    const { device_code, user_code } = await start();
    const victim = new Browser();
    const login = await confirm(victim, await type(victim, user_code), user_code);
    const attacker = new Browser();
    expect((await type(attacker, user_code)).text).toContain("This is no code of a device that waits");
    // The address of the victim's question without its cookie is worth nothing.
    const stolen = await attacker.open(login.url.href, NOWHERE);
    expect([stolen.status, stolen.text.includes("belongs to another browser")]).toEqual([400, true]);
    expect((await poll(device_code)).json).toMatchObject({ error: "authorization_pending" });
  });

  test("is not begun by an address alone, and needs the secret of the page", async () => {
    const { user_code, device_code, verification_uri_complete } = await start();
    const browser = new Browser();
    const page = await browser.open(verification_uri_complete, NOWHERE);
    expect(page.text).toContain(`value="${user_code}"`);
    expect(page.text).not.toMatch(/<script|onfocus/);
    const forged = await browser.submit(page, "/oauth/device", { xsrf: "wrong", user_code, confirm: "yes" }, NOWHERE);
    expect(forged.status).toBe(400);
    expect((await poll(device_code)).json).toMatchObject({ error: "authorization_pending" });
    const odd = await browser.open(`${house.base}/oauth/device?user_code=%22%3E%3Cscript%3E`, NOWHERE);
    expect(odd.text).not.toContain("<script");
  });

  test("is over when the person refuses", async () => {
    const first = await start();
    const browser = new Browser();
    const question = await type(browser, first.user_code);
    await browser.submit(
      question,
      "/oauth/device",
      { xsrf: secretOf(question), user_code: first.user_code, abort: "yes" },
      NOWHERE,
    );
    expect((await poll(first.device_code)).json).toMatchObject({ error: "access_denied" });

    const second = await start();
    const other = new Browser();
    const login = await confirm(other, await type(other, second.user_code), second.user_code);
    const consent = await signIn(other, login);
    await other.submit(consent, `${consent.url.pathname}/abort`, {}, NOWHERE);
    expect((await poll(second.device_code)).json).toMatchObject({ error: "access_denied" });
  });

  test("takes no code of another client", async () => {
    const { device_code } = await start();
    const { client_id } = (
      await house.register({ grant_types: ["urn:ietf:params:oauth:grant-type:device_code"], redirect_uris: [] })
    ).json;
    expect((await poll(device_code, { client_id })).json).toMatchObject({ error: "invalid_grant" });
  });
});

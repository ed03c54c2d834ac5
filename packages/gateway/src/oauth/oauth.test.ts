import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { publish, textMessage } from "../gateway.fixture.ts";
import { scriptedConfig } from "@berth/testing";
import { CALLBACK, PASSWORD, SYSTEM, claimsOf, openOAuthHouse } from "./oauth.fixture.ts";
import type { OAuthHouse } from "./oauth.fixture.ts";

let house: OAuthHouse;
let clientId = "";

beforeAll(async () => {
  house = await openOAuthHouse();
  await house.person("ada@example.com");
  await publish(house.store, "scoped", {
    config: scriptedConfig({ auth: { schemes: ["oauth2"], requiredScopes: ["reports:read"] } }),
  });
  const registered = await house.register();
  expect(registered.status, registered.text).toBe(201);
  clientId = registered.json.client_id;
});

// The library's remarks go to stdout, where the CLI has a document; it makes them when a setting is left to it.
const remarks = vi.spyOn(console, "info");

afterAll(async () => {
  expect(remarks.mock.calls).toEqual([]);
  await house[Symbol.asyncDispose]();
});

const send = async (token: string, agent = "hidden"): ReturnType<OAuthHouse["rpc"]> =>
  await house.rpc("SendMessage", textMessage("hello"), { agent, token });

describe("its metadata", () => {
  test.each([
    "/.well-known/oauth-authorization-server/oauth",
    "/.well-known/openid-configuration/oauth",
    "/oauth/.well-known/oauth-authorization-server",
    "/oauth/.well-known/openid-configuration",
  ])("is at %s, for every name of the platform the same", async (path) => {
    for (const host of [`127.0.0.1:${house.port}`, `localhost:${house.port}`]) {
      const headers = { host, origin: "https://elsewhere.example", "x-forwarded-host": "evil.example" };
      const answer = await house.call(path, { headers });
      expect(answer.status).toBe(200);
      expect(answer.json).toMatchObject({
        issuer: house.issuer,
        authorization_endpoint: `${house.issuer}/auth`,
        token_endpoint: `${house.issuer}/token`,
        registration_endpoint: `${house.issuer}/reg`,
        device_authorization_endpoint: `${house.issuer}/device/auth`,
        code_challenge_methods_supported: ["S256"],
        authorization_response_iss_parameter_supported: true,
        client_id_metadata_document_supported: true,
      });
      expect(answer.headers["access-control-allow-origin"]).toBe("*");
    }
  });

  test("of resources echoes the address that was asked for, and the root means the MCP server of all agents", async () => {
    const at = async (path: string, host = `localhost:${house.port}`): Promise<object> =>
      (await house.call(`/.well-known/oauth-protected-resource${path}`, { headers: { host } })).json;
    const common = { authorization_servers: [house.issuer], scopes_supported: ["agents:invoke"] };
    const local = `http://localhost:${house.port}`;
    expect(await at("")).toMatchObject({ ...common, resource: `${local}/mcp` });
    expect(await at("/mcp")).toMatchObject({ ...common, resource: `${local}/mcp` });
    expect(await at("/agents/hidden/mcp")).toMatchObject({ ...common, resource: `${local}/agents/hidden/mcp` });
    const own = `hidden.localhost:${house.port}`;
    expect(await at("/mcp", own)).toMatchObject({ ...common, resource: `http://${own}/mcp` });
    expect(await at("/agents/scoped")).toMatchObject({ scopes_supported: ["agents:invoke", "reports:read"] });
  });
});

describe("a caller without a credential", () => {
  const ask = async (path: string, headers = {}): ReturnType<OAuthHouse["call"]> =>
    await house.call(path, { headers, body: { jsonrpc: "2.0", id: 1, method: "tools/list", params: {} } });

  test("hears from a private agent's MCP server where to sign in, and public agents stay open", async () => {
    const { status, headers } = await ask("/agents/hidden/mcp");
    expect(status).toBe(401);
    const metadata = `${house.base}/.well-known/oauth-protected-resource/agents/hidden/mcp`;
    expect(headers["www-authenticate"]).toContain(`resource_metadata="${metadata}"`);
    expect((await ask("/agents/scripted/mcp")).status).toBe(200);
  });

  test("is answered before a page of ours calls from elsewhere, with what it may send and see", async () => {
    const origin = `http://hidden.localhost:${house.port}`;
    const asked = await house.call("/agents/hidden/mcp", { method: "OPTIONS", headers: { origin } });
    expect(asked.status).toBe(204);
    expect(asked.headers["access-control-allow-origin"]).toBe(origin);
    expect(asked.headers["access-control-allow-headers"]).toMatch(/authorization.*mcp-protocol-version.*mcp-method/);
    expect((await ask("/agents/hidden/mcp", { origin })).headers["access-control-expose-headers"]).toContain(
      "WWW-Authenticate",
    );
    const foreign = await house.call("/mcp", { method: "OPTIONS", headers: { origin: "https://evil.example" } });
    expect(foreign.headers["access-control-allow-origin"]).toBeUndefined();
    expect(
      (await house.call("/v1/keys", { method: "OPTIONS", headers: { origin } })).headers["access-control-allow-origin"],
    ).toBeUndefined();
  });
});

describe("a token", () => {
  test("is for the agent it was asked for, at all its doors, and has the rights of its person", async () => {
    const { status, json } = await house.tokens(clientId);
    expect(status, JSON.stringify(json)).toBe(200);
    const agent = `${house.base}/agents/hidden`;
    const claims = { iss: house.issuer, aud: [`${agent}/mcp`, agent], client_id: clientId, scope: "agents:invoke" };
    expect(claimsOf(json.access_token)).toMatchObject(claims);
    expect((await send(json.access_token)).json.result.task.status.state).toBe("TASK_STATE_COMPLETED");
    const mcp = await house.call("/agents/hidden/mcp", {
      token: json.access_token,
      body: { jsonrpc: "2.0", id: 1, method: "tools/list", params: {} },
    });
    expect(mcp.status).toBe(200);
  });

  test("is given to pages of any origin, which have no cookie's help", async () => {
    const origin = "https://elsewhere.example";
    const registered = await house.call("/oauth/reg", {
      headers: { origin },
      body: { redirect_uris: [`${origin}/cb`], token_endpoint_auth_method: "none" },
    });
    expect(registered.headers["access-control-allow-origin"]).toBe("*");
    const { client_id } = registered.json;
    const redirect_uri = `${origin}/cb`;
    const { code, verifier } = await house.authorize(client_id, { parameters: { redirect_uri } });
    const asked = { grant_type: "authorization_code", client_id, redirect_uri, code, code_verifier: verifier };
    for (const path of ["/oauth/token", "/oauth/reg", "/oauth/token/revocation"]) {
      const before = await house.call(path, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "POST" },
      });
      expect([before.status, before.headers["access-control-allow-origin"]], path).toEqual([204, "*"]);
    }
    const answer = await house.form("/oauth/token", asked, { origin });
    expect(answer.status, answer.text).toBe(200);
    expect(["*", origin]).toContain(answer.headers["access-control-allow-origin"]);
    expect(answer.headers["access-control-allow-credentials"]).toBeUndefined();
  });

  test("is worth nothing at another agent, on the platform, or under another name of this one", async () => {
    const { json } = await house.tokens(clientId);
    expect((await send(json.access_token, "scripted")).status).toBe(401);
    const refused = await house.call("/v1/whoami", { token: json.access_token });
    expect(refused.status).toBe(401);
    expect((await house.call("/mcp", { token: json.access_token, body: {} })).headers["www-authenticate"]).toContain(
      'error="invalid_token"',
    );
  });

  // Research note mcp §5.1: what clients send for the same thing.
  test.each([
    ["the MCP URL with a slash", "/agents/hidden/mcp/", "/agents/hidden"],
    ["the agent's address", "/agents/hidden", "/agents/hidden"],
    ["the bare origin with a slash", "/", ""],
    ["the MCP URL of all agents", "/mcp", ""],
  ])("asked for with %s is for what was meant", async (_what, asked, meant) => {
    const { status, json } = await house.tokens(clientId, { parameters: { resource: `${house.base}${asked}` } });
    expect(status, JSON.stringify(json)).toBe(200);
    expect(claimsOf(json.access_token)["aud"]).toEqual([`${house.base}${meant}/mcp`, `${house.base}${meant}`]);
    expect((await send(json.access_token)).json.result.task).toBeDefined();
  });

  test("asked for without scope and resource is for calling all agents", async () => {
    const { code, verifier } = await house.authorize(clientId, { parameters: { resource: "" } });
    const parameters = {
      grant_type: "authorization_code",
      client_id: clientId,
      redirect_uri: CALLBACK,
      code,
      code_verifier: verifier,
    };
    const { status, json } = await house.form("/oauth/token", parameters);
    expect(status, JSON.stringify(json)).toBe(200);
    expect(claimsOf(json.access_token)).toMatchObject({
      aud: [`${house.base}/mcp`, house.base],
      scope: "agents:invoke",
    });
  });

  test("has an agent's own scopes when it was asked for with them, and only then opens it", async () => {
    const resource = `${house.base}/agents/scoped/mcp`;
    const without = await house.tokens(clientId, { parameters: { resource } });
    expect((await send(without.json.access_token, "scoped")).status).toBe(403);
    const { json } = await house.tokens(clientId, { parameters: { resource, scope: "reports:read" } });
    expect((await send(json.access_token, "scoped")).json.result.task).toBeDefined();
  });

  test("of a client that made itself known never has all rights of its person", async () => {
    const { json } = await house.tokens(clientId, {
      parameters: { resource: house.base, scope: "platform agents:invoke" },
    });
    expect(claimsOf(json.access_token)["scope"]).toBe("agents:invoke");
    expect((await house.call("/v1/whoami", { token: json.access_token })).json.scopes).toEqual(["invoke"]);
  });

  test("gets no session and no password out of the platform, which would be worth more than it is", async () => {
    const { json } = await house.tokens(clientId, { parameters: { resource: house.base } });
    const token: string = json.access_token;
    expect((await house.call("/v1/sessions", { method: "POST", token, body: {} })).status).toBe(403);
    expect(
      (await house.call("/v1/password", { token, body: { current: PASSWORD, password: "another long password" } }))
        .status,
    ).toBe(403);
    expect((await house.call("/v1/keys", { token, body: { name: "x", scopes: ["invoke"] } })).status).toBe(403);
    expect((await house.call("/v1/sessions/ses_x", { method: "DELETE", token })).status).toBe(403);
  });

  test("ends with its person's account", async () => {
    const userId = await house.person("gone@example.com");
    const { json } = await house.tokens(clientId, { email: "gone@example.com" });
    expect((await send(json.access_token)).status).toBe(200);
    await house.control.users.setDisabled(SYSTEM, userId, true);
    expect((await send(json.access_token)).status).toBe(401);
    const refreshed = await house.form("/oauth/token", {
      grant_type: "refresh_token",
      client_id: clientId,
      refresh_token: json.refresh_token,
    });
    expect(refreshed.status).toBe(400);
  });

  test("ends when it is revoked, with everything that came of it, and can be asked about", async () => {
    const { json } = await house.tokens(clientId);
    const about = { client_id: clientId, token: json.access_token };
    expect((await house.form("/oauth/token/introspection", about)).json).toMatchObject({
      active: true,
      client_id: clientId,
    });
    expect((await house.form("/oauth/token/revocation", about)).status).toBe(200);
    const refresh = { grant_type: "refresh_token", client_id: clientId, refresh_token: json.refresh_token };
    expect((await house.form("/oauth/token", refresh)).json).toMatchObject({ error: "invalid_grant" });
    await expect.poll(async () => (await send(json.access_token)).status, { timeout: 3_000 }).toBe(401);
    expect((await house.form("/oauth/token/introspection", about)).json).toEqual({ active: false });
  });
});

describe("what is refused", () => {
  const exchange = (code: string, verifier: string, change: Record<string, string> = {}): Record<string, string> => ({
    grant_type: "authorization_code",
    client_id: clientId,
    redirect_uri: CALLBACK,
    code,
    code_verifier: verifier,
    ...change,
  });

  test("a redirect that is not the registered one, without sending anybody there", async () => {
    for (const redirect of [
      "https://evil.example/callback",
      "http://127.0.0.1:7777/callback/more",
      "http://127.0.0.1:7777/callback?x=1",
      "http://127.0.0.1.evil.example:7777/callback",
      "http://localhost:7777/callback",
    ]) {
      const { visit } = await house.authorize(clientId, { parameters: { redirect_uri: redirect } });
      expect([visit.status, visit.url.host], redirect).toEqual([400, `127.0.0.1:${house.port}`]);
    }
  });

  test.each([
    ["no PKCE", { code_challenge: "", code_challenge_method: "" }],
    ["plain PKCE", { code_challenge_method: "plain" }],
    ["PKCE without its method", { code_challenge_method: "" }],
    ["a token in the address", { response_type: "token" }],
    ["a foreign resource", { resource: "https://other.example/mcp" }],
    ["a resource with a fragment", { resource: "http://127.0.0.1/mcp#x" }],
  ])("%s", async (_what, parameters) => {
    const { visit, code } = await house.authorize(clientId, { parameters });
    expect(code).toBe("");
    expect(visit.url.searchParams.get("error") ?? visit.url.hash).toMatch(
      /invalid_request|invalid_target|unsupported_response_type/,
    );
  });

  test("a code that is used twice: its tokens end", async () => {
    const { code, verifier } = await house.authorize(clientId);
    const first = await house.form("/oauth/token", exchange(code, verifier));
    expect(first.status).toBe(200);
    expect((await house.form("/oauth/token", exchange(code, verifier))).json).toMatchObject({ error: "invalid_grant" });
    await expect.poll(async () => (await send(first.json.access_token)).status, { timeout: 3_000 }).toBe(401);
  });

  test("a code that many redeem at once: one gets through at most", async () => {
    const { code, verifier } = await house.authorize(clientId);
    const answers = await Promise.all(
      Array.from({ length: 6 }, async () => await house.form("/oauth/token", exchange(code, verifier))),
    );
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    expect(answers.filter(({ status }) => status !== 200).map(({ status }) => status)).not.toContain(500);
  });

  test("a code with another verifier, redirect, client or resource", async () => {
    const other = (await house.register()).json.client_id;
    for (const change of [
      { code_verifier: "x".repeat(43) },
      { redirect_uri: "http://127.0.0.1:7778/callback" },
      { client_id: other },
      { resource: `${house.base}/agents/scripted/mcp` },
    ]) {
      const { code, verifier } = await house.authorize(clientId);
      const { status, json } = await house.form("/oauth/token", exchange(code, verifier, change));
      expect(status, JSON.stringify(change)).toBe(400);
      expect(json.error).toMatch(/invalid_grant|invalid_target/);
    }
  });

  test("a refresh token that was used before: whoever has the newer one is signed out too", async () => {
    const { json } = await house.tokens(clientId);
    const refresh = async (token: string): ReturnType<OAuthHouse["form"]> =>
      await house.form("/oauth/token", { grant_type: "refresh_token", client_id: clientId, refresh_token: token });
    const second = await refresh(json.refresh_token);
    expect(second.json.refresh_token).not.toBe(json.refresh_token);
    expect((await refresh(json.refresh_token)).json).toMatchObject({ error: "invalid_grant" });
    expect((await refresh(second.json.refresh_token)).json).toMatchObject({ error: "invalid_grant" });
    await expect.poll(async () => (await send(second.json.access_token)).status, { timeout: 3_000 }).toBe(401);
  });

  test("an answer without saying whose it is: every one names the issuer, refusals too", async () => {
    const allowed = await house.authorize(clientId);
    expect(Object.fromEntries(allowed.visit.url.searchParams)).toMatchObject({ iss: house.issuer, state: "s-1" });
    const refused = await house.authorize(clientId, { parameters: { code_challenge_method: "plain" } });
    expect(Object.fromEntries(refused.visit.url.searchParams)).toMatchObject({ iss: house.issuer, state: "s-1" });
  });

  test("a token of ours that was changed, or signed by who is not us", async () => {
    const { json } = await house.tokens(clientId);
    const [header = "", payload = "", signature = ""] = String(json.access_token).split(".");
    const more = Buffer.from(JSON.stringify({ ...claimsOf(json.access_token), scope: "platform" })).toString(
      "base64url",
    );
    const none = Buffer.from(JSON.stringify({ alg: "none", typ: "at+jwt" })).toString("base64url");
    const hmac = Buffer.from(JSON.stringify({ alg: "HS256", typ: "at+jwt" })).toString("base64url");
    const mac = createHash("sha256").update(`${hmac}.${payload}`).digest("base64url");
    for (const token of [
      `${header}.${more}.${signature}`,
      `${none}.${payload}.`,
      `${hmac}.${payload}.${mac}`,
      `${header}.${payload}.${mac}`,
    ]) {
      expect((await send(token)).status).toBe(401);
    }
  });
});

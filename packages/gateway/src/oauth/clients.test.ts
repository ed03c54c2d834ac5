import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { textMessage } from "../gateway.fixture.ts";
import { claimsOf, openOAuthHouse } from "./oauth.fixture.ts";
import type { OAuthHouse } from "./oauth.fixture.ts";

let house: OAuthHouse;
/** By address, what is there. */
const web = new Map<
  string,
  { readonly status: number; readonly body: string; readonly headers?: Record<string, string> }
>();
const fetched: string[] = [];

beforeAll(async () => {
  house = await openOAuthHouse({
    web: {
      request: async ({ url }) => {
        fetched.push(url);
        const found = web.get(url);
        if (found === undefined) throw new Error(`${url} cannot be reached`);
        return { status: found.status, headers: found.headers ?? {}, body: Buffer.from(found.body), truncated: false };
      },
    },
  });
  await house.person("ada@example.com");
});

afterAll(async () => {
  await house[Symbol.asyncDispose]();
});

describe("a client that registers itself", () => {
  // Research note mcp §5.3: as today's clients do it.
  test.each([
    ["with a scheme of its own", { redirect_uris: ["cursor://anysphere.cursor-mcp/oauth/callback"] }],
    ["on this machine", { redirect_uris: ["http://127.0.0.1:33418/"] }],
    ["on this machine and on the web", { redirect_uris: ["http://127.0.0.1:33418/", "https://vscode.dev/redirect"] }],
    ["calling itself web on localhost", { redirect_uris: ["http://localhost:3000/cb"], application_type: "web" }],
    [
      "with scopes and grants we do not know",
      { scope: "mcp:everything openid", grant_types: ["authorization_code", "refresh_token", "urn:example:other"] },
    ],
    ["with members we do not know", { software_id: "x", contacts: ["not an email"], default_max_age: "soon" }],
  ])("%s is taken", async (_what, metadata) => {
    const { status, text } = await house.register(metadata);
    expect(status, text).toBe(201);
  });

  test("gets its answer at any port of this machine, and at the registered path only", async () => {
    const { client_id } = (await house.register({ redirect_uris: ["http://127.0.0.1:33418/callback"] })).json;
    const redirect_uri = "http://127.0.0.1:51234/callback";
    expect((await house.authorize(client_id, { parameters: { redirect_uri } })).code).not.toBe("");
    const { visit } = await house.authorize(client_id, {
      parameters: { redirect_uri: "http://127.0.0.1:51234/other" },
    });
    expect(visit.status).toBe(400);
  });

  test.each([
    [{ redirect_uris: ["javascript:alert(1)"] }],
    [{ redirect_uris: ["https://x.example/#fragment"] }],
    [{ redirect_uris: ["http://10.0.0.1/callback", "cursor://x"] }],
    [{ redirect_uris: [] }],
    [{ redirect_uris: "http://127.0.0.1/" }],
  ])("with %j is refused", async (metadata) => {
    const { status, json } = await house.register(metadata);
    expect([status, json.error]).toEqual([400, expect.stringMatching(/invalid_(redirect_uri|client_metadata)/)]);
  });

  test("cannot choose its id, and cannot act without a person", async () => {
    const { json } = await house.register({
      client_id: "berth-cli",
      grant_types: ["client_credentials", "authorization_code"],
      token_endpoint_auth_method: "client_secret_post",
    });
    expect(json.client_id).not.toBe("berth-cli");
    expect(json.grant_types).toEqual(["authorization_code"]);
    const asked = { grant_type: "client_credentials", client_id: json.client_id, client_secret: json.client_secret };
    expect((await house.form("/oauth/token", asked)).json).toMatchObject({
      error: expect.stringMatching(/invalid_request|unauthorized_client/),
    });
  });

  test("with a secret must show it", async () => {
    const { client_id, client_secret } = (await house.register({ token_endpoint_auth_method: "client_secret_basic" }))
      .json;
    const ask = async (secret: string): Promise<unknown> => {
      const authorization = `Basic ${Buffer.from(`${client_id}:${secret}`).toString("base64")}`;
      return (await house.form("/oauth/token/introspection", { token: "none" }, { authorization })).json;
    };
    expect(JSON.stringify(await house.store.oauth.find("Client", client_id))).not.toContain(client_secret);
    expect(await ask(client_secret)).toEqual({ active: false });
    expect(await ask("wrong")).toMatchObject({ error: "invalid_client" });
  });

  test("is forgotten in a day unless a person has allowed it something", async () => {
    const { client_id } = (await house.register()).json;
    expect((await house.store.oauth.find("Client", client_id))?.expiresAt).toBeDefined();
    await house.tokens(client_id);
    expect((await house.store.oauth.find("Client", client_id))?.expiresAt).toBeUndefined();
  });
});

describe("a client whose id is the address of what it says about itself", () => {
  const id = "https://editor.example/oauth/client.json";
  const document = {
    client_id: id,
    client_name: "An editor",
    redirect_uris: ["http://127.0.0.1/callback"],
    token_endpoint_auth_method: "none",
    scope: "mcp:tools",
  };

  test("is read there, shown with its host, and takes any port of this machine", async () => {
    web.set(id, { status: 200, body: JSON.stringify(document), headers: { "content-type": "application/json" } });
    const redirect_uri = "http://127.0.0.1:7777/callback";
    const { status, json } = await house.tokens(id, { parameters: { redirect_uri } });
    expect(status, JSON.stringify(json)).toBe(200);
    expect(claimsOf(json.access_token)["client_id"]).toBe(id);
    expect(
      (await house.rpc("SendMessage", textMessage("x"), { agent: "hidden", token: json.access_token })).json.result
        .task,
    ).toBeDefined();
  });

  test.each([
    ["says it is another", { ...document, client_id: "https://other.example/c.json" }],
    ["has a secret", { ...document, client_secret: "s" }],
    ["wants to use a secret", { ...document, token_endpoint_auth_method: "client_secret_basic" }],
  ])("is refused when it %s", async (what, said) => {
    const address = `https://editor.example/${what.replaceAll(" ", "-")}.json`;
    const client_id = said.client_id === id ? address : said.client_id;
    web.set(address, { status: 200, body: JSON.stringify({ ...said, client_id }) });
    const { code, visit } = await house.authorize(address);
    expect([code, visit.status]).toEqual(["", 400]);
  });

  test("is refused when it lies behind a redirect, or where we must not look", async () => {
    web.set("https://moved.example/c.json", { status: 302, body: "", headers: { location: id } });
    for (const address of [
      "https://moved.example/c.json",
      "https://unreachable.example/c.json",
      "http://editor.example/c.json",
      "https://u@editor.example/c.json",
    ]) {
      const { code, visit } = await house.authorize(address);
      expect([code, visit.status], address).toEqual(["", 400]);
    }
    expect(fetched.filter((url) => url.startsWith("http:") || url.includes("@"))).toEqual([]);
  });
});

describe("a client that an administrator has made", () => {
  const make = async (request: object, token = house.admin): Promise<Awaited<ReturnType<OAuthHouse["call"]>>> =>
    await house.call("/v1/clients", { token, body: request });

  test("signs people in with what it was made with, and is gone when it is removed", async () => {
    const made = await make({ name: "Dashboard", redirectUris: ["https://dash.example/cb"], kind: "confidential" });
    expect(made.status, made.text).toBe(201);
    const { id, secret } = made.json;
    const parameters = { redirect_uri: "https://dash.example/cb" };
    const { code, verifier } = await house.authorize(id, { parameters });
    const asked = {
      grant_type: "authorization_code",
      redirect_uri: "https://dash.example/cb",
      code,
      code_verifier: verifier,
    };
    const basic = (text: string): Record<string, string> => ({
      authorization: `Basic ${Buffer.from(`${id}:${text}`).toString("base64")}`,
    });
    expect((await house.form("/oauth/token", asked, basic("wrong"))).status).toBe(401);
    expect((await house.form("/oauth/token", asked, basic("kept as a hash"))).status).toBe(401);
    const { status, json } = await house.form("/oauth/token", asked, basic(secret));
    expect(status, JSON.stringify(json)).toBe(200);
    expect((await house.call("/v1/clients", { token: house.admin })).text).not.toContain(secret);
    expect((await house.call(`/v1/clients/${id}`, { method: "DELETE", token: house.admin })).status).toBe(204);
    const refreshed = await house.form(
      "/oauth/token",
      { grant_type: "refresh_token", refresh_token: json.refresh_token },
      basic(secret),
    );
    expect(refreshed.json).toMatchObject({ error: "invalid_client" });
  });

  test("acts for itself with the role it was given, until it is removed", async () => {
    const { id, secret } = (await make({ name: "Nightly", role: "invoker" })).json;
    const asked = {
      grant_type: "client_credentials",
      client_id: id,
      client_secret: secret,
      resource: `${house.base}/agents/hidden`,
    };
    const { status, json } = await house.form("/oauth/token", asked);
    expect(status, JSON.stringify(json)).toBe(200);
    expect(json.refresh_token).toBeUndefined();
    const call = async (): ReturnType<OAuthHouse["rpc"]> =>
      await house.rpc("SendMessage", textMessage("x"), { agent: "hidden", token: json.access_token });
    expect((await call()).json.result.task).toBeDefined();
    await house.call(`/v1/clients/${id}`, { method: "DELETE", token: house.admin });
    expect((await call()).status).toBe(401);
    expect((await house.form("/oauth/token", asked)).status).toBe(401);
  });

  test("is made by administrators alone, and has no more rights than they", async () => {
    expect((await make({ name: "x", role: "invoker" }, await house.key("invoke"))).status).toBe(403);
    expect((await make({ name: "x", role: "owner" })).status).toBe(403);
    expect((await make({ name: "x" })).json.violations).toEqual([expect.objectContaining({ field: "redirectUris" })]);
    expect((await make({ name: "x", redirectUris: ["http://elsewhere.example/"] })).status).toBe(400);
    expect((await make({ name: "x", role: "invoker", kind: "public" })).status).toBe(400);
    expect((await house.call("/v1/clients/cli_none", { method: "DELETE", token: house.admin })).status).toBe(404);
  });
});

import { X509Certificate } from "node:crypto";
import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { AuthScheme, Principal } from "@berth/protocol";
import { createOutboundHttp } from "@berth/runtime";
import { scriptedConfig, temporaryFolder } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, publish } from "../src/gateway.fixture.ts";
import type { House, Json } from "../src/gateway.fixture.ts";
import { openLocalIssuer } from "./local-issuer.fixture.ts";
import type { LocalIssuer } from "./local-issuer.fixture.ts";
import { OAUTH_ISSUER, callOverTls, message, oauth, oauthToken, rpc } from "./scheme-call.fixture.ts";
import type { Reply, Wallet } from "./scheme-call.fixture.ts";
import { TestAuthority } from "./tls.fixture.ts";

// A gateway with TLS of its own, and an agent for each way to prove who one is.

const SCHEMES: readonly AuthScheme[] = ["bearer", "apiKey", "basic", "oauth2", "openIdConnect", "mtls"];
const SYSTEM: Principal = { kind: "system", id: "system", orgId: DEFAULT_ORG_ID, scopes: ["admin"] };

const folder = temporaryFolder("berth-tls");
const authority = new TestAuthority(folder.path, "ours");
const strangers = new TestAuthority(folder.path, "theirs");
const server = authority.issue("server", { san: "IP:127.0.0.1,DNS:localhost" });
const job = authority.issue("job", { san: "URI:spiffe://test.invalid/job" });
const unbound = authority.issue("unbound", { san: "URI:spiffe://test.invalid/unbound" });
const expired = authority.issue("expired", { san: "URI:spiffe://test.invalid/job", days: -1 });
const stranger = strangers.issue("job", { san: "URI:spiffe://test.invalid/job" });

let house: House;
let issuer: LocalIssuer;
let key: string;
let keyId: string;

beforeAll(async () => {
  issuer = await openLocalIssuer();
  house = await openHouse({
    outbound: createOutboundHttp({ allowHosts: [issuer.address] }),
    gateway: {
      tls: { ...server, clientCa: authority.cert },
      baseUrl: () => `https://127.0.0.1:${house.port}`,
      oauth,
    },
  });
  const created = await house.control.auth.createKey(SYSTEM, { name: "caller", scopes: ["invoke"] });
  [key, keyId] = [created.secret, created.record.keyId];
  const { issuers } = house.control.identity;
  await issuers.add(SYSTEM, { issuer: issuer.issuer, bindings: [{ subject: "ada", role: "invoker" }] });
  await issuers.add(SYSTEM, {
    issuer: "mtls",
    bindings: [{ subject: "URI:spiffe://test.invalid/job", role: "invoker" }],
  });
  for (const scheme of SCHEMES) {
    await publish(house.store, `only-${scheme.toLowerCase()}`, {
      config: scriptedConfig({ auth: { schemes: [scheme] } }),
    });
  }
  await publish(house.store, "all", { config: scriptedConfig({ auth: { schemes: SCHEMES } }) });
  await publish(house.store, "scoped", {
    config: scriptedConfig({ auth: { schemes: ["bearer", "openIdConnect"], requiredScopes: ["tasks.write"] } }),
  });
});

afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const agentUrl = (agent: string): string => `https://127.0.0.1:${house.port}/agents/${agent.toLowerCase()}`;

/** What a caller has in hand for each scheme. */
const wallet = (scheme: AuthScheme, agent: string): Wallet => {
  switch (scheme) {
    case "bearer":
      return { headers: { authorization: `Bearer ${key}` } };
    case "apiKey":
      return { headers: { "x-api-key": key } };
    case "basic":
      return { headers: { authorization: `Basic ${Buffer.from(`${keyId}:${key}`).toString("base64")}` } };
    case "oauth2":
      return { headers: { authorization: `Bearer ${oauthToken()}` } };
    case "openIdConnect": {
      // At an address of several agents a token names the platform.
      const aud = agent === "" ? `https://127.0.0.1:${house.port}` : agentUrl(agent);
      return { headers: { authorization: `Bearer ${issuer.token({ aud })}` } };
    }
    case "mtls":
      return { certificate: job };
    default:
      return scheme satisfies never;
  }
};

const call = async (url: string, how: Wallet, body?: unknown): Promise<Reply> =>
  await callOverTls(url, { ...how, ca: authority.cert, body });

const SHARED = "the shared address";

/** Every door that a caller with one agent in mind has over HTTP. */
const DOORS: readonly (readonly [string, (agent: string, how: Wallet) => Promise<Reply>])[] = [
  ["JSON-RPC", async (agent, how) => await call(`${agentUrl(agent)}/`, how, rpc(message()))],
  ["HTTP+JSON", async (agent, how) => await call(`${agentUrl(agent)}/message:send`, how, message())],
  ["/tasks", async (agent, how) => await call(`${agentUrl(agent)}/tasks`, how, message())],
  [
    "/invoke",
    async (agent, how) =>
      await call(
        `${agentUrl(agent)}/invoke/echo`,
        { ...how, headers: { ...how.headers, prefer: "respond-async" } },
        { text: "hi" },
      ),
  ],
  [
    SHARED,
    async (agent, how) => {
      const tenant = agent.toLowerCase();
      return await call(`https://127.0.0.1:${house.port}/a2a`, how, rpc({ ...message(), tenant }));
    },
  ],
];

/** Calls as a program does that knows nothing of this platform but the card. */
async function callByCard(agent: string, scheme: AuthScheme): Promise<Reply> {
  const card = (await call(`${agentUrl(agent)}/.well-known/agent-card.json`, { headers: { "a2a-version": "1.0" } }))
    .json;
  const [requirement] = card.securityRequirements;
  const [name] = Object.keys(requirement.schemes);
  const said = card.securitySchemes[name ?? ""];
  const kinds: Record<string, (details: Json) => Wallet> = {
    apiKeySecurityScheme: ({ location, name: header }) => (location === "header" ? { headers: { [header]: key } } : {}),
    httpAuthSecurityScheme: (details) => {
      const value = details.scheme === "Basic" ? Buffer.from(`${keyId}:${key}`).toString("base64") : key;
      return { headers: { authorization: `${details.scheme} ${value}` } };
    },
    openIdConnectSecurityScheme: ({ openIdConnectUrl }) =>
      openIdConnectUrl.startsWith(issuer.issuer) ? wallet("openIdConnect", agent) : {},
    oauth2SecurityScheme: ({ flows }) =>
      flows.clientCredentials.tokenUrl.startsWith(OAUTH_ISSUER) ? wallet("oauth2", agent) : {},
    mtlsSecurityScheme: () => ({ certificate: job }),
  };
  const [kind = ""] = Object.keys(said);
  expect(kind.toLowerCase()).toContain({ bearer: "http", basic: "http" }[scheme as string] ?? scheme.toLowerCase());
  return await call(card.supportedInterfaces[0].url, kinds[kind]?.(said[kind]) ?? {}, rpc(message()));
}

describe("an agent's card", () => {
  test.each(SCHEMES)("is enough to call it by %s", async (scheme) => {
    const { status, json } = await callByCard(`only-${scheme}`, scheme);
    expect([status, json.result?.task.status.state]).toEqual([200, "TASK_STATE_COMPLETED"]);
  });

  test("says in both versions which schemes there are, in the order of berth.json", async () => {
    const { json } = await call(`${agentUrl("all")}/.well-known/agent-card.json`, {});
    expect(Object.keys(json.securitySchemes)).toEqual(SCHEMES);
    expect(json.securityRequirements.map(({ schemes }: Json) => Object.keys(schemes)[0])).toEqual(SCHEMES);
    expect(json.security.map((each: Json) => Object.keys(each)[0])).toEqual(SCHEMES);
    expect(Object.values(json.securitySchemes).map(({ type }: Json) => type)).toEqual([
      "http",
      "apiKey",
      "http",
      "oauth2",
      "openIdConnect",
      "mutualTLS",
    ]);
  });

  test("says which scopes a token needs", async () => {
    const { json } = await call(`${agentUrl("scoped")}/.well-known/agent-card.json`, {});
    expect(json.securityRequirements).toEqual([
      { schemes: { bearer: { list: [] } } },
      { schemes: { openIdConnect: { list: ["tasks.write"] } } },
    ]);
  });
});

describe("the gateway", () => {
  test.each(DOORS)("lets through %s exactly the schemes that the agent offers", async (door, knock) => {
    const wrong: string[] = [];
    for (const offered of SCHEMES) {
      for (const shown of SCHEMES) {
        const agent = `only-${offered}`;
        const { status, json } = await knock(agent, wallet(shown, door === SHARED ? "" : agent));
        const passed = status < 300 && json?.error === undefined;
        if (passed !== (offered === shown)) wrong.push(`${agent} by ${shown}: ${status} ${JSON.stringify(json)}`);
        if (!passed && status !== 401) wrong.push(`${agent} by ${shown}: ${status} instead of 401`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("says how one may prove who one is, per agent", async () => {
    const bodies: Record<string, () => object> = {
      "/tasks": message,
      "/": () => rpc(message()),
      "/mcp": () => ({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} }),
    };
    const challengesOf = async (agent: string, path = "/tasks"): Promise<readonly string[]> =>
      (await call(`${agentUrl(agent)}${path}`, {}, bodies[path]?.())).challenges;
    const metadata = `resource_metadata="https://127.0.0.1:${house.port}/.well-known/oauth-protected-resource/agents`;
    expect(await challengesOf("only-bearer")).toEqual([`Bearer realm="berth"`]);
    expect(await challengesOf("only-basic")).toEqual([`Basic realm="berth", charset="UTF-8"`]);
    expect(await challengesOf("only-apikey")).toEqual([`ApiKey realm="berth"`]);
    expect(await challengesOf("only-mtls")).toEqual([`MutualTLS realm="berth"`]);
    expect(await challengesOf("only-openidconnect")).toEqual([`Bearer realm="berth", ${metadata}/only-openidconnect"`]);
    expect(await challengesOf("only-oauth2", "/")).toEqual([`Bearer realm="berth", ${metadata}/only-oauth2"`]);
    expect(await challengesOf("all")).toEqual([
      `Bearer realm="berth", ${metadata}/all"`,
      `Basic realm="berth", charset="UTF-8"`,
    ]);
    const [mcp = ""] = await challengesOf("all", "/mcp");
    expect(mcp).toContain(`${metadata}/all/mcp"`);
    const url = /resource_metadata="([^"]+)"/.exec(mcp)?.[1] ?? "";
    expect((await call(url, {})).json).toMatchObject({
      resource: `${agentUrl("all")}/mcp`,
      authorization_servers: [OAUTH_ISSUER, issuer.issuer],
      bearer_methods_supported: ["header"],
    });
  });

  test("refuses a token without the scopes that the agent asks for, and says which", async () => {
    const token = (scope?: string): Wallet => {
      const claims = { aud: agentUrl("scoped"), ...(scope === undefined ? {} : { scope }) };
      return { headers: { authorization: `Bearer ${issuer.token(claims)}` } };
    };
    for (const scope of [undefined, "tasks", "tasks.writes", "TASKS.WRITE"]) {
      const { status, challenges } = await call(`${agentUrl("scoped")}/tasks`, token(scope), message());
      expect([status, challenges[0]]).toEqual([
        403,
        expect.stringContaining(`error="insufficient_scope", scope="tasks.write"`),
      ]);
    }
    expect((await call(`${agentUrl("scoped")}/tasks`, token("a tasks.write"), message())).status).toBe(202);
    expect((await call(`${agentUrl("scoped")}/tasks`, wallet("bearer", "scoped"), message())).status).toBe(202);
  });

  test("takes tokens that name the agent or the platform as their audience, and no others", async () => {
    const origin = `https://127.0.0.1:${house.port}`;
    const statusOf = async (aud: unknown, header = {}): Promise<number> => {
      const headers = { authorization: `Bearer ${issuer.token({ aud })}`, ...header };
      return (await call(`${agentUrl("all")}/tasks`, { headers }, message())).status;
    };
    for (const aud of [
      agentUrl("all"),
      `${agentUrl("all")}/`,
      `${agentUrl("all")}/mcp`,
      origin,
      `${origin}/`,
      ["x", origin],
    ]) {
      expect(await statusOf(aud), String(aud)).toBe(202);
    }
    const others = [
      agentUrl("scoped"),
      `${agentUrl("all")}x`,
      "http://127.0.0.1",
      issuer.issuer,
      "*",
      "",
      [],
      {},
      null,
    ];
    for (const aud of others) expect(await statusOf(aud), JSON.stringify(aud)).toBe(401);
    // A token for what listens at another port of this machine, and a Host header that claims it.
    const elsewhere = "https://127.0.0.1:9/agents/all";
    expect(await statusOf(elsewhere, { host: "127.0.0.1:9" })).toBe(401);
  });

  test("takes a platform token at the platform's routes, and no passwords there", async () => {
    const whoami = `https://127.0.0.1:${house.port}/v1/whoami`;
    const token = (aud: string): Wallet => ({ headers: { authorization: `Bearer ${issuer.token({ aud })}` } });
    expect((await call(whoami, token(`https://127.0.0.1:${house.port}`))).json).toMatchObject({
      kind: "external",
      id: `${issuer.issuer}#ada`,
      scopes: ["invoke"],
    });
    expect((await call(whoami, token(agentUrl("all")))).status).toBe(401);
    expect((await call(whoami, wallet("mtls", "all"))).json).toMatchObject({
      id: "mtls#URI:spiffe://test.invalid/job",
    });
    expect((await call(whoami, wallet("basic", "all"))).status).toBe(401);
  });

  test.each([
    ["another key's id", () => `AAAAAAAAAA:${key}`],
    ["the key alone", () => `:${key}`],
    ["a wrong key", () => `${keyId}:${key.slice(0, -1)}`],
    ["no key", () => `${keyId}:`],
    ["something behind the key", () => `${keyId}:${key}:`],
  ])("refuses a password that is %s", async (_name, pair) => {
    const headers = { authorization: `Basic ${Buffer.from(pair()).toString("base64")}` };
    expect((await call(`${agentUrl("only-basic")}/tasks`, { headers }, message())).status).toBe(401);
  });
});

describe("a client certificate", () => {
  const task = async (how: Wallet): Promise<number> => (await call(`${agentUrl("all")}/tasks`, how, message())).status;

  test("counts only when our authority has signed it, it is bound, and its time has not passed", async () => {
    expect(await task({ certificate: job })).toBe(202);
    expect(await task({ certificate: unbound })).toBe(401);
    expect(await task({ certificate: stranger })).toBe(401);
    expect(await task({ certificate: expired })).toBe(401);
    expect(await task({})).toBe(401);
  });

  test("that is only told in a header is none", async () => {
    const pem = encodeURIComponent(job.cert);
    const hash = new X509Certificate(job.cert).fingerprint256.replaceAll(":", "").toLowerCase();
    const forged: readonly Record<string, string>[] = [
      { "x-forwarded-client-cert": `Hash=${hash};Cert="${pem}";URI=spiffe://test.invalid/job` },
      { "x-client-cert": pem },
      { "client-cert": `:${Buffer.from(job.cert).toString("base64")}:` },
      { "x-ssl-client-cert": pem, "x-ssl-client-verify": "SUCCESS", "x-ssl-client-s-dn": "CN=job" },
      { "x-amzn-mtls-clientcert": pem, "x-client-verify": "SUCCESS" },
      { "x-spiffe-id": "spiffe://test.invalid/job" },
    ];
    for (const headers of forged) {
      expect(await task({ headers }), JSON.stringify(headers)).toBe(401);
      expect(await task({ headers, certificate: unbound })).toBe(401);
    }
  });

  test("is what a token may be bound to: nobody else can use the token (RFC 8705)", async () => {
    const thumbprint = (pem: string): string =>
      Buffer.from(new X509Certificate(pem).fingerprint256.replaceAll(":", ""), "hex").toString("base64url");
    const bound = (cert: string): Record<string, string> => {
      const token = issuer.token({ aud: agentUrl("all"), cnf: { "x5t#S256": thumbprint(cert) } });
      return { authorization: `Bearer ${token}` };
    };
    expect(await task({ headers: bound(job.cert), certificate: job })).toBe(202);
    expect(await task({ headers: bound(stranger.cert), certificate: stranger })).toBe(202);
    expect(await task({ headers: bound(job.cert) })).toBe(401);
    expect(await task({ headers: bound(job.cert), certificate: unbound })).toBe(401);
    expect(
      await task({ headers: { ...bound(job.cert), "x-forwarded-client-cert": encodeURIComponent(job.cert) } }),
    ).toBe(401);
  });

  test("does not let a page of another origin act with it", async () => {
    const from = async (headers: Record<string, string>): Promise<number> => await task({ certificate: job, headers });
    expect(await from({ origin: "https://evil.example.com", "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await from({ origin: `https://rogue.localhost:${house.port}`, "sec-fetch-site": "same-site" })).toBe(403);
    expect(await from({ origin: `https://127.0.0.1:${house.port}`, "sec-fetch-site": "same-origin" })).toBe(202);
  });
});

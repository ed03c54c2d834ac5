import { createPublicKey, verify } from "node:crypto";
import { request } from "node:http";
import { fileURLToPath } from "node:url";
import { Client, Metadata, credentials } from "@grpc/grpc-js";
import { PRINCIPAL_METADATA, RUN_METADATA, SKILL_CALL_METADATA } from "@berth/protocol";
import { PlatformProcess, deployFolder, temporaryFolder } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FORGED_HEADERS, MARK } from "./forged-headers.ts";

// What a caller says of itself in headers and metadata, through every door, to an agent that shows all that it got.

const AGENT = fileURLToPath(new URL("./header-echo", import.meta.url));

/** Tests look into what came back without parsing it first. */
// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;

const folder = temporaryFolder();
let platform: PlatformProcess;
let key: string;
let keyId: string;

beforeAll(async () => {
  platform = await PlatformProcess.start({ home: `${folder.path}/home` });
  await deployFolder(platform, AGENT);
  const created = await json("/v1/keys", { name: "caller", scopes: ["invoke"] });
  [key, keyId] = [created.key, created.id];
});

afterAll(async () => {
  await platform.stop();
  folder[Symbol.dispose]();
});

async function json(path: string, body?: unknown): Promise<Json> {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  return await (await platform.fetch(path, body === undefined ? {} : init)).json();
}

/** Headers to the letter, repeated ones too. */
async function post(path: string, body: unknown, more: readonly (readonly [string, string])[] = []): Promise<Json> {
  const { hostname, port } = new URL(platform.url);
  const payload = JSON.stringify(body);
  const pairs = [
    ["Host", `${hostname}:${port}`],
    ["Content-Type", "application/json"],
    ["Content-Length", String(Buffer.byteLength(payload))],
    ["Authorization", `Bearer ${key}`],
    ["Accept", "application/json, text/event-stream"],
    ...more,
    ...FORGED_HEADERS,
  ];
  return await new Promise((resolve, reject) => {
    const req = request({ hostname, port, path, method: "POST", headers: pairs.flat(), agent: false }, (res) => {
      let text = "";
      res.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      res.on("error", reject).on("end", () => resolve({ status: res.statusCode, text }));
    });
    req.on("error", reject).end(payload);
  });
}

const claim = { kind: "user", id: MARK, orgId: MARK, scopes: ["owner"], actors: [MARK] };
const forgedMetadata = {
  [PRINCIPAL_METADATA]: claim,
  [RUN_METADATA]: { runId: MARK, grant: `acg1_${MARK}`, principalToken: MARK },
};

let sent = 0;
const params = (): object => ({
  message: {
    messageId: `m-${(sent += 1)}`,
    role: "ROLE_USER",
    parts: [{ text: "hi" }],
    metadata: { ...forgedMetadata, kept: "yes" },
  },
  metadata: forgedMetadata,
});
const v03 = (): object => ({
  message: {
    kind: "message",
    messageId: `m-${(sent += 1)}`,
    role: "user",
    parts: [{ kind: "text", text: "hi" }],
    metadata: { ...forgedMetadata, kept: "yes" },
  },
  metadata: forgedMetadata,
});
const rpc = (method: string, args: object): object => ({ jsonrpc: "2.0", id: 1, method, params: args });
const v1 = [["A2A-Version", "1.0"]] as const;

const DOORS: readonly (readonly [string, () => Promise<unknown>])[] = [
  ["JSON-RPC 1.0", async () => await post("/agents/header-echo", rpc("SendMessage", params()), v1)],
  ["JSON-RPC 1.0, streamed", async () => await post("/agents/header-echo", rpc("SendStreamingMessage", params()), v1)],
  ["JSON-RPC 0.3", async () => await post("/agents/header-echo", rpc("message/send", v03()))],
  ["HTTP+JSON 1.0", async () => await post("/agents/header-echo/message:send", params(), v1)],
  ["HTTP+JSON below the tenant", async () => await post("/a2a/header-echo/header-echo/message:send", params(), v1)],
  [
    "the shared address",
    async () => await post("/a2a", rpc("SendMessage", { ...params(), tenant: "header-echo" }), v1),
  ],
  ["/tasks", async () => await post("/agents/header-echo/tasks", params())],
  ["/invoke", async () => await post("/agents/header-echo/invoke/echo", { ...forgedMetadata, kept: "yes" })],
  ["MCP", async () => await callTool("/agents/header-echo/mcp", "echo")],
  ["MCP for all agents", async () => await callTool("/mcp?agent=header-echo", "header_echo__echo")],
  ["gRPC", callGrpc],
  ["a webhook", callWebhook],
];

async function callTool(path: string, name: string): Promise<unknown> {
  const _meta = { ...forgedMetadata, "io.modelcontextprotocol/clientInfo": { name: MARK, version: "1" } };
  const args = { name, arguments: { message: "hi", text: "hi" }, _meta };
  return await post(path, rpc("tools/call", args), [["MCP-Protocol-Version", "2025-06-18"]]);
}

/** Field by field as the .proto numbers them: SendMessageRequest{message = 2: {message_id = 1, role = 4, parts = 5: [{text = 1}]}}. */
async function callGrpc(): Promise<unknown> {
  const card = await json("/agents/header-echo/.well-known/agent-card.json");
  const { url } = card.supportedInterfaces.find(({ protocolBinding }: Json) => protocolBinding === "GRPC");
  const field = (number: number, bytes: Uint8Array): Buffer => Buffer.from([number * 8 + 2, bytes.length, ...bytes]);
  const text = (value: string): Buffer => Buffer.from(value);
  const part = field(5, field(1, text("hi")));
  const message = Buffer.concat([field(1, text(`m-${(sent += 1)}`)), Buffer.from([4 * 8, 1]), part]);
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${key}`);
  metadata.set("berth-agent", "header-echo");
  // HTTP/2 clients refuse to send this one twice.
  for (const [name, value] of FORGED_HEADERS) if (name !== "Proxy-Authorization") metadata.add(name, value);
  const client = new Client(url, credentials.createInsecure());
  const asIs = (bytes: Buffer): Buffer => bytes;
  try {
    return await new Promise((resolve, reject) => {
      const done = (error: Error | null, answer?: Buffer): void => (error === null ? resolve(answer) : reject(error));
      client.makeUnaryRequest(
        "/lf.a2a.v1.A2AService/SendMessage",
        asIs,
        asIs,
        field(2, message),
        metadata,
        { deadline: Date.now() + 10_000 },
        done,
      );
    });
  } finally {
    client.close();
  }
}

async function callWebhook(): Promise<unknown> {
  const init = { method: "POST", headers: { authorization: `Bearer ${key}`, "content-type": "application/json" } };
  const hook = { skill: "echo", kind: "hmac", secret: "0123456789abcdef0123456789abcdef" };
  const made = await fetch(`${platform.url}/v1/agents/header-echo/webhooks`, { ...init, body: JSON.stringify(hook) });
  const { id, secret }: Json = await made.json();
  const body = { ...forgedMetadata, kept: "yes" };
  const { createHmac } = await import("node:crypto");
  const signature = createHmac("sha256", secret).update(JSON.stringify(body)).digest("hex");
  return await post(`/hooks/${id}`, body, [["X-Signature-256", signature]]);
}

interface Seen {
  readonly taskId: string;
  readonly headers: readonly string[];
  readonly metadata: Json;
  readonly request: Json;
}

/** What the agent got in its newest task, once that is over. */
async function lastSeen(after: ReadonlySet<string>): Promise<Seen | undefined> {
  const { tasks } = await json("/v1/tasks?agent=header-echo&pageSize=100");
  const fresh = tasks.filter(({ task }: Json) => !after.has(task.id));
  for (const { task } of fresh) {
    const { task: whole } = await json(`/v1/tasks/${task.id}`);
    const data = whole.artifacts?.[0]?.parts[0].data;
    if (data !== undefined) return { ...data, taskId: task.id };
  }
  return undefined;
}

async function seenBy(knock: () => Promise<unknown>): Promise<Seen> {
  const { tasks } = await json("/v1/tasks?agent=header-echo&pageSize=100");
  const before = new Set<string>(tasks.map(({ task }: Json) => task.id));
  const answer = await knock();
  const deadline = Date.now() + 20_000;
  for (;;) {
    const seen = await lastSeen(before);
    if (seen !== undefined) return seen;
    if (Date.now() > deadline) throw new Error(`the agent was not reached: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function headersOf(seen: Seen, name: string): readonly string[] {
  return seen.headers.filter((_, i, all) => i % 2 === 1 && all[i - 1]?.toLowerCase() === name);
}

function claimsOf(token: string): Json {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
}

describe("what a caller says of itself", () => {
  test("comes in more than forty headers", () => {
    expect(new Set(FORGED_HEADERS.map(([name]) => name.toLowerCase())).size).toBeGreaterThan(40);
  });

  test.each(DOORS)("never reaches the agent through %s; what the platform has verified does", async (_name, knock) => {
    const seen = await seenBy(knock);
    // A skill's input is the caller's to choose, whatever its members are called.
    const { [SKILL_CALL_METADATA]: _input, ...metadata } = seen.metadata;
    expect(JSON.stringify([seen.headers, metadata, seen.request])).not.toContain(MARK);
    expect(metadata[PRINCIPAL_METADATA]).toMatchObject({ kind: "api_key", id: `key_${keyId}`, scopes: ["invoke"] });
    expect(metadata[RUN_METADATA]).toMatchObject({ runId: seen.taskId });
    const [token = "", ...others] = headersOf(seen, "txn-token");
    expect(others).toEqual([]);
    expect(claimsOf(token)).toMatchObject({
      iss: platform.url,
      aud: "spiffe://localhost/org/org_default/agent/header-echo",
      sub: `key_${keyId}`,
      scope: "invoke",
      tctx: { org: "org_default", task: seen.taskId },
    });
    expect(headersOf(seen, "authorization")).toEqual([]);
    expect(JSON.stringify(seen)).not.toContain(key);
  });

  test("is not needed: the principal token verifies with a published key, and tells from where the call came", async () => {
    const seen = await seenBy(async () => await post("/agents/header-echo/tasks", params()));
    const [token = ""] = headersOf(seen, "txn-token");
    const [header = "", claims = "", signature = ""] = token.split(".");
    const { kid, alg, typ } = JSON.parse(Buffer.from(header, "base64url").toString("utf8"));
    expect([alg, typ]).toEqual(["EdDSA", "txntoken+jwt"]);
    const { keys } = await json("/.well-known/jwks.json");
    const publicKey = createPublicKey({ key: keys.find((each: Json) => each.kid === kid), format: "jwk" });
    expect(verify(null, Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, "base64url"))).toBe(true);
    const said = claimsOf(token);
    expect(said.exp - said.iat).toBeLessThanOrEqual(60);
    expect(said.rctx.ip).toMatch(/127\.0\.0\.1$/);
    expect(seen.metadata.kept).toBe("yes");
  });
});

test("agents' identity tokens have an issuer that others can discover", async () => {
  const document = await json("/workload/.well-known/openid-configuration");
  expect(document.issuer).toBe(`${platform.url}/workload`);
  const { keys } = await (await fetch(document.jwks_uri)).json();
  expect(keys).toEqual([expect.objectContaining({ kty: "EC", crv: "P-256", alg: "ES256", use: "sig" })]);
  expect(keys[0]).not.toHaveProperty("d");
});

import type { IncomingMessage } from "node:http";
import { PlatformError } from "@berth/protocol";
import type { JsonObject, JsonValue, Task } from "@berth/protocol";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { AgentModels } from "../src/agent-models.ts";
import type { AgentServices, ServicesCall } from "../src/agent-services.ts";
import { askAgent } from "../src/sandbox-driver.contract.ts";
import type { EgressDecision, Instance } from "../src/sandbox-driver.ts";
import { servicesListener } from "../src/services/services-listener.ts";
import { UpstreamWorld, secretsOf } from "./upstream-world.ts";
import { gotBy, maliciousModule } from "./wasm/malicious-module.ts";
import { openWasmWorld, saidBy, send } from "./wasm/world.ts";
import type { WasmWorld } from "./wasm/world.ts";

const GRANT = "acg1_first";
const RUN = "https://berth.dev/extensions/run/v1";
const KEY = "sk-of-the-upstream";
const PEER = { orgId: "org_1", agentId: "agt_1", agentName: "a", releaseId: "rel_1", instanceId: "asking" };
const NOW = "2026-11-29T00:00:00.000Z";

/** What the platform was asked, in whose name. */
const asked: [what: string, grant: string | undefined, argument: unknown][] = [];
let decide: PromiseWithResolvers<{ state: "approved" | "denied"; grant?: string; note?: string }>;

function answering<T>(what: string, answer: T): (call: ServicesCall, argument?: unknown) => Promise<T> {
  return async ({ grant }, argument) => {
    asked.push([what, grant, argument]);
    return answer;
  };
}

const ENTRY = { path: "out/a.txt", bytes: 2, digest: "sha256:0", version: 1, mediaType: "text/plain", at: NOW };
const services: AgentServices = {
  memory: {
    save: answering("memory.save", { id: "mem_1" }),
    search: answering("memory.search", { hits: [{ text: "remembered" }] }),
    list: answering("memory.list", { items: [] }),
    remove: answering("memory.remove", { removed: 1 }),
  },
  list: answering("list", { files: [ENTRY] }),
  read: answering("read", { ...ENTRY, content: new TextEncoder().encode("hi") }),
  write: async (call, { path, content, mediaType }) =>
    await answering("write", ENTRY)(call, [path, new TextDecoder().decode(content), mediaType]),
  remove: answering("remove", undefined),
  currentGrant: answering("currentGrant", { grant: "acg1_next", expiresAt: NOW }),
  requestScope: answering("requestScope", { approvalId: "apr_1", expiresAt: NOW, state: "pending" as const }),
  approval: async (call, id) => {
    await answering("approval", undefined)(call, id);
    return await decide.promise;
  },
  callAgent: answering("callAgent", { taskId: "t2", state: "TASK_STATE_COMPLETED", output: { rate: 2 } }),
  journal: answering("journal", { entries: [] }),
  writeStep: answering("writeStep", { until: NOW }),
  identityToken: (_call, audience) => Promise.resolve(`token for ${audience}`),
};
const models: AgentModels = {
  list: () => Promise.resolve([{ id: "small", provider: "p" }]),
  chat: (call, body) => {
    asked.push(["chat", call.grant, body["model"]]);
    if (body["model"] === "large") throw new PlatformError("MODEL_NOT_ALLOWED", "This agent may not use large.");
    if (body["stream"] === true) return Promise.resolve({ chunks: one({ choices: [] }) });
    return Promise.resolve({ json: { choices: [{ message: { content: "hello" } }] } });
  },
  embed: () => Promise.resolve({ data: [] }),
};

async function* one(chunk: JsonObject): AsyncGenerator<JsonObject> {
  yield chunk;
}

let world: WasmWorld;
let upstreams: UpstreamWorld;
let agent: Instance;
let port: number;
let seen: readonly IncomingMessage[];
const decisions: EgressDecision[] = [];

beforeAll(async () => {
  upstreams = new UpstreamWorld();
  const served = await upstreams.serve((request, response) => response.end(`served ${request.method} ${request.url}`));
  port = served.port;
  seen = served.seen;
  world = await openWasmWorld({ network: upstreams.network });
  const listener = servicesListener({
    peer: PEER,
    services: () => services,
    models: () => models,
    turns: () => ["task_1"],
    log: () => {},
  });
  agent = await world.start("asking", maliciousModule(), {
    services: listener,
    egress: [`api.test:${port}`],
    upstreams: { model: { url: `https://api.test:${port}/base`, headers: { authorization: "Bearer {secret:KEY}" } } },
    secrets: secretsOf({ KEY: { value: KEY } }),
    observer: { onEgress: (decision) => decisions.push(decision) },
  });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await upstreams[Symbol.asyncDispose]();
});
beforeEach(() => {
  asked.length = 0;
  decisions.length = 0;
  decide = Promise.withResolvers();
});

/** One operation after the other in one call of the module. */
async function ops(...pairs: readonly (readonly [op: string, input: JsonObject])[]): Promise<readonly JsonObject[]> {
  const text = ["ops", ...pairs.flatMap(([op, input]) => [op, JSON.stringify(input)])].join("\n");
  const got = gotBy(await send(agent, { text, grant: GRANT, write: "out/" }));
  return (got as { got: JsonObject[] }).got;
}

it("reads, lists, writes and removes files of the workspace, in the run's name and below its prefix", async () => {
  const answers = await ops(
    ["workspace.read", { path: "in/a b.txt" }],
    ["workspace.list", { prefix: "in/" }],
    ["workspace.write", { path: "a.txt", text: "hi", mediaType: "text/markdown" }],
    ["workspace.write", { path: "out/b.bin", base64: "aGk=" }],
    ["workspace.remove", { path: "out/a.txt" }],
  );
  expect(answers).toEqual([
    { ok: { text: "hi" } },
    { ok: { files: [ENTRY] } },
    { ok: ENTRY },
    { ok: ENTRY },
    { ok: {} },
  ]);
  expect(asked).toEqual([
    ["read", GRANT, "in/a b.txt"],
    ["list", GRANT, { prefix: "in/" }],
    ["write", GRANT, ["out/a.txt", "hi", "text/markdown"]],
    ["write", GRANT, ["out/b.bin", "hi", undefined]],
    ["remove", GRANT, "out/a.txt"],
  ]);
});

it("calls another agent, remembers, keeps a journal and gets a token, by the routes of all agents", async () => {
  const step = { execution: 1, key: "a#1", op: "step", phase: "begun" };
  const answers = await ops(
    ["call", { agent: "fx", skill: "rates", input: { base: "EUR" }, grant: { maxCalls: 1 } }],
    ["services", { method: "POST", path: "/memory/save", body: { text: "a" } }],
    ["services", { method: "POST", path: "/memory/search", body: { query: "a" } }],
    ["services", { path: "/steps?execution=1&after=0" }],
    ["services", { path: "/identity-token?audience=https://x" }],
    ["services", { method: "POST", path: "/steps", body: { ...step, phase: "no such phase" } }],
  );
  expect(answers.slice(0, 5)).toEqual([
    { ok: { taskId: "t2", state: "TASK_STATE_COMPLETED", output: { rate: 2 } } },
    { ok: { id: "mem_1" } },
    { ok: { hits: [{ text: "remembered" }] } },
    { ok: { entries: [] } },
    { ok: { token: "token for https://x" } },
  ]);
  expect(answers[5]).toMatchObject({ error: { reason: "INVALID_PARAMS" } });
  expect(asked.map(([what, grant]) => [what, grant])).toEqual(
    ["callAgent", "memory.save", "memory.search", "journal"].map((what) => [what, GRANT]),
  );
});

it("uses models with the run's grant, and is told in the platform's words why not", async () => {
  const chat = (body: JsonObject): readonly [string, JsonObject] => [
    "services",
    { method: "POST", path: "/llm/v1/chat/completions", body: { messages: [], ...body } },
  ];
  const answers = await ops(chat({ model: "small" }), chat({ model: "large" }), chat({ model: "small", stream: true }));
  expect(answers).toEqual([
    { ok: { choices: [{ message: { content: "hello" } }] } },
    { error: { reason: expect.stringMatching(/model_not_allowed/i), message: expect.stringContaining("large") } },
    { error: { reason: "UNSUPPORTED_OPERATION", message: expect.stringContaining("stream") } },
  ]);
  expect(asked[0]).toEqual(["chat", GRANT, "small"]);
});

it("asks for more rights, waits, and goes on with the grant of the approval", async () => {
  const frames = follow(
    ["requestScope", { read: ["private/**"], reason: "to compare" }],
    ["workspace.read", { path: "x" }],
  );
  await expect.poll(() => asked.map(([what]) => what)).toEqual(["requestScope", "approval"]);
  decide.resolve({ state: "approved", grant: "acg1_more" });
  const text = await frames;
  expect(text).toMatch(/AUTH_REQUIRED.*"approvalId":"apr_1"[^]*COMPLETED/);
  expect(asked.at(-1)).toEqual(["read", "acg1_more", "x"]);
});

it("is told when its request was denied", async () => {
  decide.resolve({ state: "denied", note: "no need" });
  expect(await ops(["requestScope", { read: ["private/**"], reason: "to compare" }])).toEqual([
    { error: { reason: "APPROVAL_DENIED", message: "The request was denied: no need" } },
  ]);
});

it("shows progress, artifacts and logs as they come, and asks its caller", async () => {
  const text = await follow(
    ["event.emit", { type: "progress", text: "half", fraction: 0.5 }],
    ["event.emit", { type: "artifact", name: "a.txt", text: "first" }],
    ["event.emit", { type: "artifact", name: "a.txt", text: " second", append: true, lastChunk: true }],
    ["event.emit", { type: "log", level: "info", data: { n: 1 } }],
    ["event.emit", { type: "surprise" }],
  );
  expect(text).toMatch(/"half"[^]*"first"[^]*" second"[^]*"append":true[^]*INVALID_PARAMS/);
  const question = ["ops", "ask", '{"question":"Which one?","schema":{"type":"string"}}'].join("\n");
  const waiting = await send(agent, { text: question, grant: GRANT });
  expect([waiting.status.state, saidBy(waiting)]).toEqual(["TASK_STATE_INPUT_REQUIRED", "Which one?"]);
  const answered = await send(agent, { text: "this", taskId: waiting.id, grant: GRANT });
  expect(gotBy(answered)).toMatchObject({ got: [{ ok: { text: "this" } }] });
  expect(JSON.stringify(gotBy(answered)), "its grant").not.toContain(GRANT);
});

it("fetches over TLS, and from an upstream with a secret that it never sees", async () => {
  const answers = await ops(
    ["http.fetch", { url: `https://api.test:${port}/a`, method: "POST", headers: { "x-mine": "1" }, body: { b: 1 } }],
    ["http.fetch", { url: "http://model.berth.internal/v1/chat" }],
    ["http.fetch", { url: "https://evil.test/" }],
    ["http.fetch", { url: "file:///etc/passwd" }],
  );
  expect(answers.slice(0, 2)).toMatchObject([
    { ok: { status: 200, text: "served POST /a" } },
    { ok: { status: 200, text: "served GET /base/v1/chat" } },
  ]);
  expect(answers[2]).toMatchObject({ error: { reason: "PERMISSION_DENIED" } });
  expect(answers[3]).toMatchObject({ error: { reason: "INVALID_PARAMS" } });
  expect(seen.map(({ headers }) => headers.authorization)).toEqual([undefined, `Bearer ${KEY}`]);
  expect(JSON.stringify(answers)).not.toContain(KEY);
  expect(decisions.map(({ decision, host }) => `${decision} ${host}`)).toEqual([
    "allowed api.test",
    "allowed api.test",
    "denied evil.test",
  ]);
});

it("holds a hundred calls that wait at once, each in an instance of its own", async () => {
  const count = 100;
  const calls = Array.from({ length: count }, async (_, index): Promise<JsonValue> => {
    const scope = JSON.stringify({ reason: `call ${index}` });
    return gotBy(
      await send(agent, {
        text: ["ops", "requestScope", scope, "log", `{"message":"${index}"}`].join("\n"),
        grant: GRANT,
      }),
    );
  });
  await expect.poll(() => asked.filter(([what]) => what === "approval").length, { timeout: 30_000 }).toBe(count);
  const { rssBytes } = await agent.stats();
  expect(rssBytes, "one instance for each").toBeGreaterThan(count * 1024 * 1024);
  decide.resolve({ state: "denied" });
  for (const got of await Promise.all(calls)) {
    expect(got).toMatchObject({ got: [{ error: { reason: "APPROVAL_DENIED" } }, { ok: null }] });
  }
  await expect.poll(async () => (await agent.stats()).rssBytes).toBe(0);
});

/** Every frame of one call. */
async function follow(...pairs: readonly (readonly [op: string, input: JsonObject])[]): Promise<string> {
  const text = ["ops", ...pairs.flatMap(([op, input]) => [op, JSON.stringify(input)])].join("\n");
  const metadata = { [RUN]: { runId: "run_1", grant: GRANT, write: "out/" } };
  const message = { messageId: "m", role: "ROLE_USER", parts: [{ text }], metadata };
  return await askAgent(agent, "/message:stream", JSON.stringify({ message }));
}

it("fails its task with the platform's reason when it outgrows its memory, traps or ends itself", async () => {
  const lines: string[] = [];
  const small = await world.start("small", maliciousModule(), {
    limits: { memoryMb: 16 },
    observer: { onOutput: (line) => lines.push(line) },
  });
  const failing = async (deed: string): Promise<Task> => await send(small, { text: deed });
  expect(saidBy(await failing("hog"))).toMatch(
    /^The agent failed: AGENT_OUT_OF_MEMORY\. .*16 MiB: resources\.memoryMb/,
  );
  expect(saidBy(await failing("exit"))).toMatch(/^The agent failed: AGENT_CRASHED\. It ended itself with code 3/);
  expect(gotBy(await failing("env"))).toEqual({ got: "" });
  expect(lines.filter((line) => /^\[berth\] task \S+ failed: AGENT_/.test(line))).toHaveLength(2);
});

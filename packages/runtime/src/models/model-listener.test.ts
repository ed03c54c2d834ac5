import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import { afterEach, expect, it } from "vitest";
import type { AgentModels, ModelCall } from "../agent-models.ts";
import { modelListener } from "./model-listener.ts";

const peer = { orgId: "org", agentId: "agt", agentName: "a", releaseId: "rel", instanceId: "ins" };
const opened: Server[] = [];
afterEach(() => {
  for (const server of opened.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(models: Partial<AgentModels>): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  const missing = async (): Promise<never> => {
    throw new Error("a bug");
  };
  const all: AgentModels = { list: missing, chat: missing, embed: missing, ...models };
  const listener = modelListener({ peer, models: () => all, turns: () => ["task"], log: () => {} });
  const server = createServer((req, res) => void listener(req.url ?? "", req, res));
  opened.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  // It listens on TCP.
  const { port } = server.address() as AddressInfo;
  return async (path, init) => await fetch(`http://127.0.0.1:${port}${path}`, init);
}

const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  body: typeof body === "string" ? body : JSON.stringify(body),
  headers,
});

it("gives whole answers, and hands over whose key was sent only where that is a grant", async () => {
  const calls: ModelCall[] = [];
  const ask = await serve({
    async chat(call, body) {
      calls.push(call);
      return { json: { ok: body } };
    },
    list: async () => [{ id: "fast", provider: "alias" }],
  });
  const answer = await ask("/v1/chat/completions", post({ a: 1 }, { authorization: "Bearer put-in-by-berth" }));
  expect([answer.status, await answer.json()]).toEqual([200, { ok: { a: 1 } }]);
  await ask("/v1/chat/completions", post({}, { authorization: "Bearer acg1_abc" }));
  await ask("/v1/chat/completions", post({}, { authorization: "Grant acg1_def" }));
  expect(calls.map(({ grant, turns }) => [grant, turns])).toEqual([
    [undefined, ["task"]],
    ["acg1_abc", ["task"]],
    ["acg1_def", ["task"]],
  ]);
  expect(await (await ask("/v1/models")).json()).toEqual({
    object: "list",
    data: [{ id: "fast", object: "model", created: 0, owned_by: "alias" }],
  });
});

it("streams chunks as events, and an error that comes late as the last of them", async () => {
  const chunks = async function* (fails: boolean): AsyncGenerator<JsonObject> {
    yield { n: 1 };
    if (fails) throw new PlatformError("MODEL_FAILED", "It broke off.");
    yield { n: 2 };
  };
  const ask = await serve({ chat: async (_call, body) => ({ chunks: chunks(body["fails"] === true) }) });
  const good = await ask("/v1/chat/completions", post({}));
  expect([good.headers.get("content-type"), await good.text()]).toEqual([
    "text/event-stream",
    'data: {"n":1}\n\ndata: {"n":2}\n\ndata: [DONE]\n\n',
  ]);
  const text = await (await ask("/v1/chat/completions", post({ fails: true }))).text();
  expect(text).toContain('data: {"n":1}\n\ndata: {"error":{"message":"It broke off."');
  expect(text).not.toContain("[DONE]");
});

it.each([
  ["BUDGET_EXCEEDED", 402, "insufficient_quota", "false"],
  ["MODEL_NOT_ALLOWED", 403, "permission_error", "false"],
  ["MODEL_NOT_FOUND", 404, "invalid_request_error", "false"],
  ["RATE_LIMITED", 429, "rate_limit_error", "true"],
  ["MODEL_FAILED", 502, "api_error", "false"],
  ["STORE_CONFLICT", 500, "api_error", "false"],
] as const)("tells %s as %i, as OpenAI's clients read it", async (reason, status, type, again) => {
  const error = new PlatformError(reason, "Why.", {
    retryable: true,
    hint: "What now.",
    metadata: { retryAfterSeconds: "7" },
  });
  const ask = await serve({ embed: async () => await Promise.reject(error) });
  const answer = await ask("/v1/embeddings", post({}));
  expect([answer.status, answer.headers.get("x-should-retry")]).toEqual([status, again]);
  expect(answer.headers.get("retry-after")).toBe(status === 429 ? "7" : null);
  expect(await answer.json()).toEqual({ error: { message: "Why. What now.", type, param: null, code: reason } });
});

it("tells nothing of its own bugs, and refuses what is no JSON and what is nowhere", async () => {
  const ask = await serve({});
  const bug = await ask("/v1/chat/completions", post({}));
  expect([bug.status, await bug.text()]).toEqual([500, expect.not.stringContaining("a bug")]);
  expect((await ask("/v1/chat/completions", post("{"))).status).toBe(400);
  expect((await ask("/v1/completions", post({}))).status).toBe(404);
});

it("ends a call whose agent has gone", async () => {
  const gone = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const ask = await serve({
    async chat({ signal }) {
      signal.addEventListener("abort", () => gone.resolve());
      asked.resolve();
      await gone.promise;
      throw new PlatformError("CANCELED", "It was canceled.");
    },
  });
  const leave = new AbortController();
  const answer = ask("/v1/chat/completions", { ...post({}), signal: leave.signal });
  await asked.promise;
  leave.abort();
  await expect(answer).rejects.toThrow();
  await gone.promise;
});

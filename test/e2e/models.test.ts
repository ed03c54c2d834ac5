import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { PlatformProcess, deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeAgent } from "./models/agent-source.ts";
import { anthropicAnswer, geminiAnswer, openAiAnswer } from "./models/answers.ts";
import { ProviderServer, json } from "./models/provider-server.ts";

const folder = temporaryFolder();
const keys = {
  OPENAI_KEY: `canary-openai-${randomBytes(9).toString("hex")}`,
  ANTHROPIC_KEY: `canary-anthropic-${randomBytes(9).toString("hex")}`,
  GEMINI_KEY: `canary-gemini-${randomBytes(9).toString("hex")}`,
  WRONG_KEY: `canary-wrong-${randomBytes(9).toString("hex")}`,
};
const said: string[] = [];
let platform: PlatformProcess;
let openAi: ProviderServer;
let anthropic: ProviderServer;
let gemini: ProviderServer;
let ollama: ProviderServer;
let broken: ProviderServer;
let endless: ProviderServer;

interface Run {
  readonly taskId: string;
  readonly receiptId: string;
  readonly output: { readonly [name: string]: unknown };
}

async function request(
  path: string,
  init: RequestInit & { readonly json?: unknown } = {},
): Promise<{ status: number; text: string }> {
  const { json: body, ...rest } = init;
  const sent =
    body === undefined
      ? rest
      : { ...rest, body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await platform.fetch(path, sent);
  const text = await response.text();
  said.push(text);
  return { status: response.status, text };
}

/** Our own server's answer. */
async function read<T>(path: string): Promise<T> {
  return JSON.parse((await request(path)).text) as T;
}

async function run(skill: string, input: object = {}): Promise<Run> {
  const response = await platform.fetch(`/agents/modeler/invoke/${skill}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(input),
  });
  const text = await response.text();
  said.push(text);
  expect(response.status, text).toBe(200);
  // Our own server's answer.
  return JSON.parse(text) as Run;
}

async function modelEvents(taskId: string): Promise<readonly { readonly [name: string]: unknown }[]> {
  const { events } = await read<{ events: { body: { kind: string } }[] }>(`/v1/tasks/${taskId}/events`);
  return events.map(({ body }) => body).filter(({ kind }) => kind === "model");
}

const hi = [{ role: "user", content: "hi" }];

beforeAll(async () => {
  openAi = await ProviderServer.open(openAiAnswer(keys.OPENAI_KEY));
  anthropic = await ProviderServer.open(anthropicAnswer(keys.ANTHROPIC_KEY));
  gemini = await ProviderServer.open(geminiAnswer(keys.GEMINI_KEY));
  ollama = await ProviderServer.open(openAiAnswer(undefined));
  broken = await ProviderServer.open((_request, res) => json(res, { error: { message: "overloaded" } }, 529));
  endless = await ProviderServer.open((_request, res) => {
    res.writeHead(200, { "content-type": "text/event-stream" });
    res.write(
      'data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"one"}}]}\n\n',
    );
  });
  platform = await PlatformProcess.start({
    home: join(folder.path, "home"),
    env: { BERTH_OUTBOUND_ALLOW: "127.0.0.1:*" },
  });
  for (const [name, value] of Object.entries(keys)) {
    expect((await request(`/v1/secrets/${name}`, { method: "PUT", json: { value } })).status).toBe(200);
  }
  const providers = {
    openai: {
      kind: "openai",
      baseUrl: `${openAi.origin}/v1`,
      secret: "OPENAI_KEY",
      models: [{ name: "small", inputPrice: "1", outputPrice: "2" }],
    },
    anthropic: {
      kind: "anthropic",
      baseUrl: `${anthropic.origin}/v1`,
      secret: "ANTHROPIC_KEY",
      models: [{ name: "haiku" }],
    },
    gemini: { kind: "gemini", baseUrl: `${gemini.origin}/v1beta`, secret: "GEMINI_KEY", models: [{ name: "gem" }] },
    ollama: { kind: "ollama", baseUrl: `${ollama.origin}/v1`, models: [{ name: "llama" }] },
    broken: { kind: "openai", baseUrl: `${broken.origin}/v1`, models: [{ name: "small" }] },
    denied: { kind: "openai", baseUrl: `${openAi.origin}/v1`, secret: "WRONG_KEY", models: [{ name: "small" }] },
    endless: { kind: "openai", baseUrl: `${endless.origin}/v1`, models: [{ name: "small" }] },
  };
  for (const [name, provider] of Object.entries(providers)) {
    const put = await request(`/v1/models/providers/${name}`, { method: "PUT", json: provider });
    expect(put.status, put.text).toBe(200);
  }
  const alias = { models: ["broken/small", "ollama/llama"] };
  expect((await request("/v1/models/aliases/fast", { method: "PUT", json: alias })).status).toBe(200);
  const models = ["openai/small", "anthropic/*", "gemini/*", "fast", "denied/*", "endless/*"];
  const source = await writeAgent(join(folder.path, "source"), {
    models,
    scale: { max: 1 },
    limits: { maxCostPerTask: "0.01" },
  });
  await deployFolder(platform, source);
}, 120_000);

afterAll(async () => {
  await platform.stop();
  for (const provider of [openAi, anthropic, gemini, ollama, broken, endless]) await provider[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe("an agent that calls models", () => {
  test("gets an answer, and what it used stands in its log, its receipt and the month", async () => {
    const { taskId, receiptId, output } = await run("chat", { model: "openai/small", messages: hi });
    expect(output).toMatchObject({
      text: "you said hi",
      finishReason: "stop",
      model: "openai/small",
      usage: { inputTokens: 100, outputTokens: 50 },
    });
    expect(await modelEvents(taskId)).toEqual([
      {
        kind: "model",
        op: "chat",
        model: "openai/small",
        outcome: "ok",
        inputTokens: 100,
        outputTokens: 50,
        costMicros: 200,
        latencyMs: expect.any(Number),
        finishReason: "stop",
        requestDigest: expect.stringMatching(/^sha256:/),
        responseDigest: expect.stringMatching(/^sha256:/),
      },
    ]);
    const receipt = await waitFor("the receipt", async () => {
      const answer = await request(`/v1/receipts/${receiptId}/bundle`);
      return answer.status === 200 ? answer.text : undefined;
    });
    expect(receipt).toContain("openai/small");
    const { usage } = await read<{ usage: readonly { subject: string; tokens: number; cost: string }[] }>(
      "/v1/limits/usage",
    );
    const agent = usage.find(({ subject }) => subject === "agent");
    expect(agent).toMatchObject({ tokens: 150, cost: "0.0002" });
    // What `a2a usage` shows.
    const journals = await request("/v1/usage?groupBy=model");
    expect(journals.text).toMatch(/openai\/small[^]*"inputTokens":100,"outputTokens":50/);
  });

  test.each([
    ["openai/small", "grüß dich", { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 }],
    ["anthropic/haiku", "bonjour", { prompt_tokens: 25, completion_tokens: 9, total_tokens: 34 }],
    ["gemini/gem", "ciao", { prompt_tokens: 11, completion_tokens: 6, total_tokens: 17 }],
  ])("streams %s", async (model, text, usage) => {
    const { taskId, output } = await run("stream", { model, messages: hi });
    expect(output).toEqual({ text, usage });
    expect(await modelEvents(taskId)).toMatchObject([
      { model, outcome: "ok", inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens },
    ]);
  });

  test("calls tools through a provider of another form", async () => {
    const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }];
    const { output } = await run("chat", { model: "anthropic/haiku", messages: hi, tools });
    expect(output).toMatchObject({
      toolCalls: [{ id: "toolu_1", name: "weather", input: { city: "Lyon" } }],
      finishReason: "tool_calls",
    });
    expect(anthropic.seen.at(-1)?.body["tools"]).toEqual([{ name: "weather", input_schema: { type: "object" } }]);
  });

  test("is answered by the next of an alias when one is overloaded", async () => {
    const { taskId, output } = await run("chat", { model: "fast", messages: hi });
    expect(output).toMatchObject({ text: "you said hi", model: "ollama/llama" });
    expect(await modelEvents(taskId)).toMatchObject([
      { model: "ollama/llama", alias: "fast", outcome: "ok", attempts: 4 },
    ]);
  });

  test("embeds", async () => {
    const { output } = await run("embed", { model: "openai/small", input: ["a", "b"] });
    expect(output).toEqual({
      vectors: [
        [0.5, 0],
        [0.5, 1],
      ],
    });
    const refused = await run("embed", { model: "anthropic/haiku", input: "a" });
    expect(refused.output).toMatchObject({ reason: "UNSUPPORTED_OPERATION" });
  });

  test("may use any client of OpenAI's API: its calls are those of the one run on the instance", async () => {
    const listed = await run("plain", { path: "/models", method: "GET" });
    expect(listed.output["text"]).toContain('"id":"anthropic/haiku"');
    expect(listed.output["text"]).not.toContain("broken/small");
    const whole = await run("plain", { path: "/chat/completions", body: { model: "openai/small", messages: hi } });
    expect(whole.output).toMatchObject({ status: 200, text: expect.stringContaining("you said hi") });
    expect(await modelEvents(whole.taskId)).toMatchObject([{ model: "openai/small", outcome: "ok" }]);
    const stream = await run("plain", {
      path: "/chat/completions",
      body: { model: "gemini/gem", messages: hi, stream: true },
    });
    expect(stream.output).toMatchObject({
      status: 200,
      type: "text/event-stream",
      text: expect.stringMatching(/data: \[DONE\]\n\n$/),
    });
  });

  test("may not use a model that berth.json does not name, and is told the line that would allow it", async () => {
    const { taskId, output } = await run("chat", { model: "ollama/llama", messages: hi });
    expect(output).toMatchObject({
      reason: "MODEL_NOT_ALLOWED",
      message: expect.stringContaining('"models": ["ollama/llama"]'),
    });
    expect(await modelEvents(taskId)).toMatchObject([
      { model: "ollama/llama", outcome: "denied", reason: "MODEL_NOT_ALLOWED" },
    ]);
    expect((await run("chat", { model: "nobody/x", messages: hi })).output).toMatchObject({
      reason: "MODEL_NOT_ALLOWED",
    });
  });

  test("is refused a call that its budget has no room for, before anything is asked", async () => {
    const asked = openAi.seen.length;
    const body = { model: "openai/small", messages: hi, max_tokens: 1_000_000 };
    const { taskId, output } = await run("plain", { path: "/chat/completions", body });
    expect(output).toMatchObject({
      status: 402,
      retry: "false",
      text: expect.stringContaining('"code":"BUDGET_EXCEEDED"'),
    });
    expect(openAi.seen.length).toBe(asked);
    expect(await modelEvents(taskId)).toMatchObject([{ outcome: "denied", reason: "BUDGET_EXCEEDED", inputTokens: 0 }]);
  });

  test("ends the provider's stream when it stops reading", async () => {
    const { taskId } = await run("stream", { model: "endless/small", messages: hi, leaveAfter: 1 });
    await waitFor("the provider's connection to end", async () => (endless.cut === 0 ? undefined : true));
    const [event] = await waitFor("the event", async () => {
      const found = await modelEvents(taskId);
      return found.length === 0 ? undefined : found;
    });
    expect(event).toMatchObject({ outcome: "canceled", estimated: true });
  });

  test("reaches no other host by it", async () => {
    const urls = ["http://evil.berth.internal/v1/chat/completions", "http://llm.berth.internal/anything"];
    const [other, path] = [await run("elsewhere", { url: urls[0] }), await run("elsewhere", { url: urls[1] })];
    expect(other.output["status"]).toBe(403);
    expect(path.output["status"]).toBe(404);
  });

  test("never sees a key, and neither does anybody else", async () => {
    const { output } = await run("look");
    expect(output).toMatchObject({ base: "http://llm.berth.internal/v1", key: "put-in-by-berth" });
    const wrong = await run("chat", { model: "denied/small", messages: hi });
    expect(wrong.output).toMatchObject({
      reason: "MODEL_FAILED",
      message: expect.stringContaining("[secret:WRONG_KEY]"),
    });
    await request("/v1/models");
    await request("/v1/agents/modeler/logs");
    await request("/v1/audit");
    const receipts = await read<{ receipts: { receiptId: string }[] }>("/v1/receipts");
    for (const { receiptId } of receipts.receipts) await request(`/v1/receipts/${receiptId}/bundle`);
    const all = [...said, platform.log].join("\n");
    expect(all).toContain("[secret:WRONG_KEY]");
    for (const key of Object.values(keys)) expect(all.includes(key)).toBe(false);
  });
});

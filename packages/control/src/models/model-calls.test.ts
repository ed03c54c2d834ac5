import { createIdGenerator, isPlatformError } from "@berth/protocol";
import type { JsonObject, ModelEvent, PlatformError } from "@berth/protocol";
import { OutboundError } from "@berth/runtime";
import type { OutboundHttp } from "@berth/runtime";
import type { LimitRule, ModelProvider } from "@berth/store";
import { createInMemoryStore } from "@berth/store/memory";
import { describe, expect, it } from "vitest";
import { BudgetMeter } from "../limits/budget-meter.ts";
import { ModelBook } from "./model-book.ts";
import type { ModelCaller } from "./model-call.ts";
import { ModelCalls } from "./model-calls.ts";
import { ProviderClient } from "./provider-client.ts";

const KEY = "sk-0123456789abcdef";
const messages = [{ role: "user", content: "hi" }];
type Answer = { readonly status?: number; readonly headers?: Record<string, string>; readonly body: string };

/** Providers whose answers are written down, the last of each for ever. */
async function open(
  answers: { readonly [host: string]: readonly (Answer | Error)[] },
  options: { readonly rules?: readonly LimitRule[]; readonly hosts?: readonly string[] } = {},
): Promise<{
  readonly calls: ModelCalls;
  readonly asked: { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string }[];
  readonly events: ModelEvent[];
  readonly meter: BudgetMeter;
  readonly caller: (changes?: Partial<ModelCaller>) => ModelCaller;
  readonly spent: () => Promise<number>;
}> {
  const store = createInMemoryStore();
  const now = (): Date => new Date("2026-11-29T12:00:00Z");
  const at = { orgId: "org", updatedAt: now().toISOString(), updatedBy: "usr" };
  for (const name of Object.keys(answers)) {
    const provider: ModelProvider = {
      ...at,
      name,
      kind: "openai",
      baseUrl: `https://${name}.test/v1/`,
      secretName: "KEY",
      models: [{ name: "m", inputMicros: 1_000_000, outputMicros: 2_000_000 }],
      concurrency: 1,
      timeoutSeconds: 60,
    };
    await store.models.putProvider(provider);
  }
  await store.models.putAlias({
    ...at,
    name: "any",
    targets: [...Object.keys(answers).map((name) => `${name}/m`), "gone/m"],
  });
  const left = new Map(Object.entries(answers).map(([name, list]) => [name, [...list]]));
  const asked: { url: string; headers: Readonly<Record<string, string>>; body: string }[] = [];
  const outbound: Pick<OutboundHttp, "stream"> = {
    async stream({ url, headers, body }) {
      asked.push({ url, headers, body });
      const list = left.get(new URL(url).hostname.replace(".test", "")) ?? [];
      const answer = list.length > 1 ? list.shift() : list[0];
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error("no answer was written down");
      return { status: answer.status ?? 200, headers: answer.headers ?? {}, body: pieces(answer.body) };
    },
  };
  const secrets = {
    value: async () => ({ value: KEY, ...(options.hosts === undefined ? {} : { hosts: options.hosts }) }),
  };
  const meter = new BudgetMeter({
    budgets: store.budgets,
    now,
    rules: async () => options.rules ?? [],
    onExceeded: () => {},
  });
  const randomBytes = (length: number): Uint8Array => new Uint8Array(length);
  const events: ModelEvent[] = [];
  return {
    asked,
    events,
    meter,
    calls: new ModelCalls({
      book: new ModelBook(store.models, now),
      client: new ProviderClient({ outbound, secrets, now }),
      meter,
      ids: createIdGenerator({ now: () => 0, randomBytes }),
      now,
      randomBytes,
    }),
    caller: (changes = {}) => ({
      spender: { orgId: "org" },
      allow: undefined,
      record: false,
      note: async (event) => void events.push(event),
      signal: new AbortController().signal,
      ...changes,
    }),
    spent: async () => {
      await meter.flush();
      return (await store.budgets.find({ orgId: "org", month: "2026-11", subject: "organization", id: "org" })).tokens;
    },
  };
}

async function* pieces(text: string): AsyncGenerator<Buffer, void> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 17) yield bytes.subarray(at, at + 17);
}

const whole = (content = "hello"): Answer => ({
  body: JSON.stringify({
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: { prompt_tokens: 10, completion_tokens: 5 },
  }),
});
const piece = (content: string, finish: string | null = null): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`;
const failure = async (promise: Promise<unknown>): Promise<PlatformError> =>
  await promise.then(
    () => expect.unreachable(),
    (error: unknown) => {
      if (isPlatformError(error)) return error;
      throw error;
    },
  );

describe("a call to a model", () => {
  it("is charged by the price of the model, and its key goes to the provider alone", async () => {
    const { calls, caller, asked, events, spent } = await open({ one: [whole(`you are ${KEY}`)] });
    const made = await calls.chat(caller({ record: true }), { model: "one/m", messages });
    expect(made).toMatchObject({ answer: { json: { model: "one/m" } }, event: { costMicros: 20 } });
    expect(asked).toMatchObject([
      { url: "https://one.test/v1/chat/completions", headers: { authorization: `Bearer ${KEY}` } },
    ]);
    expect(JSON.stringify([made, events])).not.toContain(KEY);
    expect(JSON.stringify(made)).toContain("[secret:KEY]");
    expect(events).toMatchObject([
      { outcome: "ok", inputTokens: 10, request: { messages }, response: { choices: [{}] } },
    ]);
    expect(await spent()).toBe(15);
  });

  it("is tried again where that may help, as late as the provider says, and then elsewhere", async () => {
    const busy: Answer = { status: 429, headers: { "retry-after": "0" }, body: '{"error":{"message":"slow down"}}' };
    const { calls, caller, asked, events } = await open({ one: [busy], two: [{ status: 503, body: "" }, whole()] });
    const made = await calls.chat(caller(), { model: "any", messages });
    expect(made).toMatchObject({ event: { model: "two/m", alias: "any", attempts: 5 } });
    expect(asked.map(({ url }) => new URL(url).hostname)).toEqual([
      "one.test",
      "one.test",
      "one.test",
      "two.test",
      "two.test",
    ]);
    expect(events).toHaveLength(1);
  });

  it.each([
    [
      "a wrong request is told at once",
      { status: 400, body: '{"error":{"message":"bad tool"}}' },
      "INVALID_PARAMS",
      "bad tool",
      1,
    ],
    [
      "a wait that is too long is the caller's",
      { status: 429, headers: { "retry-after": "3600" }, body: "{}" },
      "RATE_LIMITED",
      "HTTP 429",
      1,
    ],
    [
      "a wrong key is not tried again",
      { status: 401, body: `{"error":{"message":"no ${KEY}"}}` },
      "MODEL_FAILED",
      "no [secret:KEY]",
      1,
    ],
    ["what is no JSON is no answer", { body: "<html>" }, "MODEL_FAILED", "JSON", 1],
    [
      "an address that may not be called",
      new OutboundError("refused", "10.0.0.1 is not public"),
      "MODEL_FAILED",
      "not public",
      1,
    ],
  ])("%s", async (_what, answer, reason, said, times) => {
    const { calls, caller, asked, events, spent } = await open({ one: [answer] });
    const error = await failure(calls.chat(caller(), { model: "one/m", messages }));
    expect([error.reason, error.message]).toEqual([reason, expect.stringContaining(said)]);
    expect(error.message).not.toContain(KEY);
    expect(asked).toHaveLength(times);
    expect(events).toMatchObject([{ outcome: "failed", reason, inputTokens: 0, outputTokens: 0 }]);
    expect(await spent()).toBe(0);
  });

  it("is refused where the agent may not, where there is no such model, and where the secret is for other hosts", async () => {
    const { calls, caller, asked, events } = await open({ one: [whole()] }, { hosts: ["other.test"] });
    const ask = async (model: string, allow?: readonly string[]): Promise<string> =>
      (await failure(calls.chat(caller({ allow }), { model, messages }))).reason;
    expect(await ask("one/m", ["two/*"])).toBe("MODEL_NOT_ALLOWED");
    expect(await ask("one/x", ["one/*"])).toBe("MODEL_NOT_FOUND");
    expect(await ask("one/m", ["one/*"])).toBe("MODEL_FAILED");
    expect(asked).toEqual([]);
    expect(events.map(({ outcome, reason }) => `${outcome} ${reason}`)).toEqual([
      "denied MODEL_NOT_ALLOWED",
      "denied MODEL_NOT_FOUND",
      "failed MODEL_FAILED",
    ]);
  });

  it("without a model is one of the first that the agent may use by its whole name", async () => {
    const { calls, caller } = await open({ one: [whole()] });
    expect(await calls.chat(caller({ allow: ["two/*", "any"] }), { messages })).toMatchObject({
      event: { model: "one/m" },
    });
    expect((await failure(calls.chat(caller({ allow: ["one/*"] }), { messages }))).reason).toBe("MODEL_NOT_ALLOWED");
  });
});

describe("a budget", () => {
  const month: LimitRule = { subject: "organization", maxTokens: 300 };

  it("refuses a call that may be more than it has left, and lets a smaller one through", async () => {
    const { calls, caller, asked, events } = await open({ one: [whole()] }, { rules: [month] });
    const error = await failure(calls.chat(caller(), { model: "one/m", messages, max_tokens: 1_000 }));
    expect([error.reason, error.retryable, error.message]).toEqual([
      "BUDGET_EXCEEDED",
      false,
      expect.stringContaining("300 tokens left"),
    ]);
    expect([asked.length, events[0]?.outcome]).toEqual([0, "denied"]);
    await calls.chat(caller(), { model: "one/m", messages, max_tokens: 100 });
    expect(asked).toHaveLength(1);
  });

  it("is held by calls that are under way, and free again when they end", async () => {
    const { meter } = await open({}, { rules: [month] });
    const first = await meter.hold({ orgId: "org" }, { tokens: 200, costMicros: 0 });
    expect((await failure(meter.hold({ orgId: "org" }, { tokens: 200, costMicros: 0 }))).message).toContain(
      "100 tokens left",
    );
    first();
    (await meter.hold({ orgId: "org" }, { tokens: 200, costMicros: 0 }))();
  });

  it("of a run is its own, and what it has used counts", async () => {
    const { meter } = await open({});
    const run = { orgId: "org", taskId: "task", principalId: "key", agentId: "agt", agentName: "a" };
    meter.begin({ ...run, budget: { maxCostMicros: 1_000 } });
    await meter.charge(run, { costMicros: 600 });
    const error = await failure(meter.hold(run, { tokens: 0, costMicros: 500 }));
    expect([error.reason, error.message]).toEqual(["BUDGET_EXCEEDED", expect.stringContaining("0.0004 USD left")]);
    (await meter.hold(run, { tokens: 0, costMicros: 400 }))();
  });
});

describe("a stream", () => {
  const stream = { model: "one/m", messages, stream: true, stream_options: { include_usage: true } };
  const chunksOf = async (made: Awaited<ReturnType<ModelCalls["chat"]>>): Promise<JsonObject[]> => {
    if (!("chunks" in made)) return expect.unreachable();
    const chunks: JsonObject[] = [];
    for await (const chunk of made.chunks) chunks.push(chunk);
    return chunks;
  };

  it("ends with its usage, and is written down before its reader is told of the end", async () => {
    const usage = 'data: {"choices":[],"usage":{"prompt_tokens":4,"completion_tokens":2}}\r\n\r\n';
    const { calls, caller, events } = await open({
      one: [{ body: `: hi\n${piece("grü")}${piece("ß", "stop")}${usage}data: [DONE]\n\n` }],
    });
    const chunks = await chunksOf(await calls.chat(caller({ record: true }), stream));
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 6 } });
    expect(events).toMatchObject([
      { outcome: "ok", inputTokens: 4, outputTokens: 2, costMicros: 8, response: { chunks } },
    ]);
    expect(events[0]).not.toHaveProperty("estimated");
  });

  it("that breaks off fails, and costs what was seen of it", async () => {
    const { calls, caller, events, spent } = await open({ one: [{ body: piece("a".repeat(400)) }] });
    await expect(chunksOf(await calls.chat(caller(), stream))).rejects.toMatchObject({ reason: "MODEL_FAILED" });
    expect(events).toMatchObject([{ outcome: "failed", reason: "MODEL_FAILED", estimated: true }]);
    expect(events[0]?.outputTokens).toBeGreaterThan(100);
    expect(await spent()).toBeGreaterThan(100);
  });

  it("that is left is canceled, and gives its place to the next call", async () => {
    const { calls, caller, events } = await open({ one: [{ body: piece("a") + piece("b") }, whole()] });
    const made = await calls.chat(caller(), stream);
    const { chunks } = made as { chunks: AsyncIterable<JsonObject> }; // a stream was asked for
    for await (const _chunk of chunks) break;
    expect(events).toMatchObject([{ outcome: "canceled", reason: "CANCELED" }]);
    // The provider takes one call at a time.
    expect(await calls.chat(caller(), { model: "one/m", messages })).toMatchObject({ event: { outcome: "ok" } });
  });
});

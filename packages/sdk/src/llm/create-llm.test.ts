import { expect, it } from "vitest";
import { ServiceError } from "../context.ts";
import { createLlm } from "./create-llm.ts";
import type { Llm, LlmTransport } from "./llm.ts";
import { localTransport } from "./transports.ts";

interface Asked {
  readonly path: string;
  readonly body: { readonly [name: string]: unknown };
  readonly signal: AbortSignal;
}

function open(
  status: number,
  text: string,
): { readonly llm: Llm; readonly asked: Asked[]; readonly run: AbortController } {
  const asked: Asked[] = [];
  const run = new AbortController();
  const transport: LlmTransport = async ({ path, body, signal }) => {
    // It was made from an object.
    asked.push({ path, body: JSON.parse(body) as Asked["body"], signal });
    return { status, body: pieces(text) };
  };
  return { asked, run, llm: createLlm(transport, run.signal) };
}

async function* pieces(text: string): AsyncGenerator<Uint8Array, void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += 5) yield bytes.subarray(at, at + 5);
}

const messages = [{ role: "user", content: "hi" }];

it("a chat gives the text, the calls with their input, and the message to go on with", async () => {
  const calls = [
    { id: "1", type: "function", function: { name: "add", arguments: '{"a":1}' } },
    { id: "2", type: "function", function: { name: "add", arguments: '{"a":' } },
  ];
  const message = { role: "assistant", content: "grüß dich", tool_calls: calls };
  const usage = { prompt_tokens: 3, completion_tokens: 4 };
  const answer = { model: "p/m", choices: [{ message, finish_reason: "tool_calls" }], usage };
  const { llm, asked, run } = open(200, JSON.stringify(answer));
  const own = new AbortController();
  const tools = [{ type: "function", function: { name: "add" } }];
  expect(await llm.chat({ messages, tools, maxTokens: 9, signal: own.signal })).toEqual({
    text: "grüß dich",
    toolCalls: [
      { id: "1", name: "add", input: { a: 1 } },
      { id: "2", name: "add", input: '{"a":' },
    ],
    message,
    finishReason: "tool_calls",
    model: "p/m",
    usage: { inputTokens: 3, outputTokens: 4 },
  });
  expect(asked).toMatchObject([{ path: "/chat/completions", body: { messages, tools, max_tokens: 9 } }]);
  run.abort();
  expect(asked[0]?.signal.aborted).toBe(true);
});

it("a stream gives its chunks, and one that breaks off or fails throws", async () => {
  const read = async (text: string): Promise<unknown[]> => {
    const chunks: unknown[] = [];
    for await (const chunk of await open(200, text).llm.chat({ messages, stream: true })) chunks.push(chunk);
    return chunks;
  };
  expect(await read('data: {"n":"ß"}\n\ndata: {"n":2}\n\ndata: [DONE]\n\n')).toEqual([{ n: "ß" }, { n: 2 }]);
  await expect(read('data: {"n":1}\n\n')).rejects.toMatchObject({ reason: "MODEL_FAILED" });
  const late = read('data: {"error":{"message":"too hot","code":"RATE_LIMITED"}}\n\n');
  await expect(late).rejects.toThrow(new ServiceError("RATE_LIMITED", "too hot"));
});

it("embeddings are vectors in the order of their inputs", async () => {
  const { llm, asked } = open(200, '{"data":[{"embedding":[1,2]},{"embedding":[3,4]}]}');
  expect(await llm.embed({ model: "p/e", input: ["a", "b"] })).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(asked[0]).toMatchObject({ path: "/embeddings", body: { input: ["a", "b"], encoding_format: "float" } });
});

it("a refusal has the platform's reason, and other servers' codes where they have one", async () => {
  const refused = open(402, '{"error":{"message":"No room.","code":"BUDGET_EXCEEDED"}}').llm.chat({ messages });
  await expect(refused).rejects.toThrow(new ServiceError("BUDGET_EXCEEDED", "No room."));
  await expect(open(500, "<html>").llm.chat({ messages })).rejects.toMatchObject({ reason: "MODEL_FAILED" });
});

it("an agent that runs alone without a key is told what is missing", async () => {
  const llm = createLlm(localTransport(undefined, undefined), new AbortController().signal);
  await expect(llm.chat({ messages })).rejects.toThrow("OPENAI_API_KEY");
});

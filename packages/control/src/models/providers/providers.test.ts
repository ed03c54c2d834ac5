import type { JsonObject } from "@berth/protocol";
import { describe, expect, it } from "vitest";
import { parseChatRequest } from "../chat-request.ts";
import { parseEmbedRequest } from "../embed-request.ts";
import { anthropic } from "./anthropic.ts";
import { gemini } from "./gemini.ts";
import { ollama, openAi } from "./openai.ts";

const names = { id: "chatcmpl-0123456789abcdef", model: "p/m", created: 7 };
const weather = {
  type: "function",
  function: { name: "weather", description: "Tells it", parameters: { type: "object", properties: {} } },
};
const call = { id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Lyon"}' } };
const conversation = {
  model: "m",
  messages: [
    { role: "developer", content: "Be brief." },
    {
      role: "user",
      content: [
        { type: "text", text: "this?" },
        { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
      ],
    },
    { role: "assistant", content: null, tool_calls: [call, { ...call, id: "call_2" }] },
    { role: "tool", tool_call_id: "call_1", content: '{"sky":"blue"}' },
    { role: "tool", tool_call_id: "call_2", content: "rain" },
    { role: "user", content: "and?" },
  ],
  tools: [weather],
  tool_choice: "required",
  max_completion_tokens: 64,
  temperature: 1.5,
  stop: "END",
  response_format: { type: "json_schema", json_schema: { name: "a", schema: { type: "object" } } },
};
const request = parseChatRequest(conversation);

describe("OpenAI", () => {
  it("gets the request as it came, with its own model, and says the usage of every stream", () => {
    const raw = { ...conversation, stream: true, seed: 4 };
    const { path, headers, body } = openAi.chat("real", parseChatRequest(raw), "key");
    expect([path, headers]).toEqual(["/chat/completions", { authorization: "Bearer key" }]);
    expect(body).toEqual({ ...raw, model: "real", stream_options: { include_usage: true } });
  });

  it("keeps chunks as they are, without the one that only has the usage", () => {
    const stream = openAi.openStream(names);
    const chunk = { id: "c", object: "chat.completion.chunk", model: "real" };
    const said = stream.push({
      ...chunk,
      choices: [{ index: 0, delta: { content: "a" }, finish_reason: "stop" }],
      usage: null,
    });
    const usage = { prompt_tokens: 3, completion_tokens: 1 };
    expect([said, stream.push({ ...chunk, choices: [], usage })]).toEqual([
      [{ ...chunk, model: "p/m", choices: [{ index: 0, delta: { content: "a" }, finish_reason: "stop" }] }],
      [],
    ]);
    expect([stream.usage, stream.finishReason]).toEqual([{ inputTokens: 3, outputTokens: 1 }, "stop"]);
    expect(() => stream.push({ error: { message: "too hot" } })).toThrow("too hot");
  });

  it("of Ollama knows the older name of the limit", () => {
    const { body } = ollama.chat("llama", request, undefined);
    expect(body).toMatchObject({ max_tokens: 64 });
    expect(body).not.toHaveProperty("max_completion_tokens");
  });
});

describe("Anthropic", () => {
  it("gets system, tools and their answers in its own form", () => {
    const { path, headers, body } = anthropic.chat("claude", request, "key");
    expect([path, headers]).toEqual(["/messages", { "anthropic-version": "2023-06-01", "x-api-key": "key" }]);
    const used = (id: string): object => ({ type: "tool_use", id, name: "weather", input: { city: "Lyon" } });
    expect(body).toEqual({
      model: "claude",
      max_tokens: 64,
      system: "Be brief.",
      temperature: 1,
      stop_sequences: ["END"],
      tools: [{ name: "weather", description: "Tells it", input_schema: { type: "object", properties: {} } }],
      tool_choice: { type: "any" },
      output_config: { format: { type: "json_schema", schema: { type: "object" } } },
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "this?" },
            { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
          ],
        },
        { role: "assistant", content: [used("call_1"), used("call_2")] },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "call_1", content: '{"sky":"blue"}' },
            { type: "tool_result", tool_use_id: "call_2", content: "rain" },
            { type: "text", text: "and?" },
          ],
        },
      ],
    });
  });

  it("answers whole with text, calls and what was read from its cache", () => {
    const content = [
      { type: "thinking", thinking: "hm" },
      { type: "text", text: "ok" },
      { type: "tool_use", id: "t", name: "weather", input: { a: 1 } },
    ];
    const usage = { input_tokens: 5, cache_creation_input_tokens: 2, cache_read_input_tokens: 3, output_tokens: 4 };
    const read = anthropic.readChat({ content, stop_reason: "tool_use", usage }, names);
    expect(read).toMatchObject({ usage: { inputTokens: 10, outputTokens: 4 }, finishReason: "tool_calls" });
    expect(read.json).toMatchObject({
      id: names.id,
      object: "chat.completion",
      model: "p/m",
      choices: [
        {
          message: {
            content: "ok",
            tool_calls: [{ id: "t", type: "function", function: { name: "weather", arguments: '{"a":1}' } }],
          },
          finish_reason: "tool_calls",
        },
      ],
      usage: { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 },
    });
  });

  it("streams the pieces of a call's arguments in the place of the call", () => {
    const stream = anthropic.openStream(names);
    const deltas = [
      { type: "message_start", message: { usage: { input_tokens: 9, output_tokens: 1 } } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "so" } },
      {
        type: "content_block_start",
        index: 1,
        content_block: { type: "tool_use", id: "t", name: "weather", input: {} },
      },
      { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: '{"a"' } },
      { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: ":1}" } },
      { type: "content_block_delta", index: 1, delta: { type: "signature_delta", signature: "x" } },
      { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 30 } },
      { type: "message_stop" },
    ].flatMap((event: JsonObject) => stream.push(event).map(deltaOf));
    expect(deltas).toEqual([
      { role: "assistant", content: "" },
      { content: "so" },
      { tool_calls: [{ index: 0, id: "t", type: "function", function: { name: "weather", arguments: "" } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"a"' } }] },
      { tool_calls: [{ index: 0, function: { arguments: ":1}" } }] },
      {},
    ]);
    expect([stream.usage, stream.finishReason]).toEqual([{ inputTokens: 9, outputTokens: 30 }, "tool_calls"]);
    const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
    expect(() => stream.push(error)).toThrow("Overloaded");
  });

  it("gives one answer at a time, and needs a bound", () => {
    expect(anthropic.chat("c", parseChatRequest({ messages: conversation.messages }), undefined).body).toMatchObject({
      max_tokens: 4096,
    });
    expect(() => anthropic.chat("c", { ...request, count: 2 }, undefined)).toThrow("one answer");
  });
});

describe("Gemini", () => {
  it("gets contents, declarations and the answers of functions by their names", () => {
    const signed = { ...call, extra_content: { google: { thought_signature: "sig" } } };
    const messages = conversation.messages.with(2, { role: "assistant", content: null, tool_calls: [signed] });
    const { path, headers, body } = gemini.chat(
      "gem",
      parseChatRequest({ ...conversation, messages, stream: true }),
      "key",
    );
    expect([path, headers]).toEqual(["/models/gem:streamGenerateContent?alt=sse", { "x-goog-api-key": "key" }]);
    expect(body).toEqual({
      systemInstruction: { parts: [{ text: "Be brief." }] },
      contents: [
        { role: "user", parts: [{ text: "this?" }, { inlineData: { mimeType: "image/png", data: "AAAA" } }] },
        {
          role: "model",
          parts: [{ functionCall: { id: "call_1", name: "weather", args: { city: "Lyon" } }, thoughtSignature: "sig" }],
        },
        {
          role: "user",
          parts: [
            { functionResponse: { id: "call_1", name: "weather", response: { sky: "blue" } } },
            { functionResponse: { id: "call_2", name: "call_2", response: { result: "rain" } } },
            { text: "and?" },
          ],
        },
      ],
      tools: [
        {
          functionDeclarations: [
            { name: "weather", description: "Tells it", parametersJsonSchema: { type: "object", properties: {} } },
          ],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: "ANY" } },
      generationConfig: {
        maxOutputTokens: 64,
        temperature: 1.5,
        stopSequences: ["END"],
        responseMimeType: "application/json",
        responseJsonSchema: { type: "object" },
      },
    });
  });

  it("streams text without thoughts, calls with ids, and counts thinking as output", () => {
    const stream = gemini.openStream(names);
    const part = (parts: JsonObject[], finishReason?: string): JsonObject => ({
      candidates: [{ content: { parts }, ...(finishReason === undefined ? {} : { finishReason }) }],
      usageMetadata: { promptTokenCount: 8, candidatesTokenCount: 2, thoughtsTokenCount: 5 },
    });
    const deltas = [
      part([{ text: "hm", thought: true }, { text: "so" }]),
      part([{ functionCall: { name: "weather", args: { a: 1 } }, thoughtSignature: "sig" }], "STOP"),
    ].flatMap((event) => stream.push(event).map(deltaOf));
    expect(deltas).toMatchObject([
      { role: "assistant" },
      { content: "so" },
      {
        tool_calls: [
          {
            index: 0,
            id: "call_456789abcdef_0",
            function: { name: "weather", arguments: '{"a":1}' },
            extra_content: { google: { thought_signature: "sig" } },
          },
        ],
      },
      {},
    ]);
    expect([stream.usage, stream.finishReason]).toEqual([{ inputTokens: 8, outputTokens: 7 }, "tool_calls"]);
  });

  it("says what was blocked, and that it was cut", () => {
    const blocked = gemini.readChat({ promptFeedback: { blockReason: "SAFETY" } }, names);
    expect(blocked).toMatchObject({ finishReason: "content_filter" });
    const cut = gemini.readChat(
      { candidates: [{ content: { parts: [{ text: "a" }] }, finishReason: "MAX_TOKENS" }] },
      names,
    );
    expect(cut).toMatchObject({ finishReason: "length" });
    expect(cut.usage).toBeUndefined();
  });

  it("embeds in the encoding that was asked for", () => {
    const asked = parseEmbedRequest({ model: "e", input: ["a", "b"], encoding_format: "base64", dimensions: 2 });
    expect(gemini.embeddings?.ask("emb", asked, undefined).body).toEqual({
      requests: ["a", "b"].map((text) => ({
        model: "models/emb",
        content: { parts: [{ text }] },
        outputDimensionality: 2,
      })),
    });
    const read = gemini.embeddings?.read({ embeddings: [{ values: [1, -2] }] }, asked, names);
    expect(read?.json["data"]).toEqual([{ object: "embedding", index: 0, embedding: "AACAPwAAAMA=" }]);
  });
});

describe("a request", () => {
  it.each([
    ["no messages", {}, "messages"],
    ["a role nobody has", { messages: [{ role: "bard", content: "a" }] }, "messages[0].role"],
    [
      "an image of a file",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "file:///etc/passwd" } }] }] },
      "messages[0].content[0]",
    ],
    [
      "a tool without a name",
      { messages: [{ role: "user", content: "a" }], tools: [{ type: "function" }] },
      "tools[0]",
    ],
    [
      "two bounds",
      { messages: [{ role: "user", content: "a" }], max_tokens: 1, max_completion_tokens: 9 },
      "max_tokens",
    ],
    ["too many answers", { messages: [{ role: "user", content: "a" }], n: 100 }, "n"],
    ["a model that is no name", { messages: [{ role: "user", content: "a" }], model: 4 }, "model"],
  ])("with %s is refused with its field", (_what, raw: JsonObject, field) => {
    expect(() => parseChatRequest(raw)).toThrow(
      expect.objectContaining({ reason: "INVALID_PARAMS", violations: [expect.objectContaining({ field })] }),
    );
  });
});

function deltaOf(chunk: JsonObject): unknown {
  // Chunks are made here: one choice each.
  const [choice] = chunk["choices"] as { delta: unknown }[];
  return choice?.delta;
}

import { invalidParams } from "@berth/protocol";
import type { JsonObject, JsonValue } from "@berth/protocol";
import type { ChatMessage, ContentPart, ToolCall } from "../chat-messages.ts";
import type { ChatRequest } from "../chat-request.ts";
import type { EmbedRequest } from "../embed-request.ts";
import { isObject, listOf, parseObject } from "../json.ts";
import { completionOf } from "./chunks.ts";
import { GeminiStream, finishOf, readCandidate } from "./gemini-answer.ts";
import type { ProviderAdapter } from "./provider-adapter.ts";

/** Google's Gemini API, v1beta: generateContent, streamGenerateContent and batchEmbedContents. */
export const gemini: ProviderAdapter = {
  defaultBaseUrl: "https://generativelanguage.googleapis.com/v1beta",
  chat: (model, request, key) => ({
    path: `/models/${encodeURIComponent(model)}:${request.stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    headers: keyHeader(key),
    body: toBody(request),
  }),
  readChat(json, names) {
    const { text, toolCalls, reason, usage } = readCandidate(json, (index) => `call_${names.id.slice(-12)}_${index}`);
    const finishReason = finishOf(reason, toolCalls.length > 0);
    return {
      json: completionOf(names, { text, toolCalls, finishReason, usage }),
      finishReason,
      ...(usage === undefined ? {} : { usage }),
    };
  },
  openStream: (names) => new GeminiStream(names),
  embeddings: {
    ask: (model, { input, dimensions }, key) => ({
      path: `/models/${encodeURIComponent(model)}:batchEmbedContents`,
      headers: keyHeader(key),
      body: {
        requests: input.map((text) => ({
          model: `models/${model}`,
          content: { parts: [{ text }] },
          ...(dimensions === undefined ? {} : { outputDimensionality: dimensions }),
        })),
      },
    }),
    read(json, request, { model }) {
      const data = listOf(json["embeddings"]).map((embedding, index) => ({
        object: "embedding",
        index,
        embedding: encoded(isObject(embedding) ? embedding["values"] : undefined, request),
      }));
      return { json: { object: "list", data, model } };
    },
  },
};

function toBody(request: ChatRequest): JsonObject {
  const { messages, tools, count, maxTokens, temperature, topP, stop, responseFormat } = request;
  if (count > 1) throw invalidParams([{ field: "n", description: "this provider gives one answer at a time" }]);
  const system = messages.flatMap((message) => (message.role === "system" ? [{ text: message.text }] : []));
  const generationConfig = {
    ...(maxTokens === undefined ? {} : { maxOutputTokens: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(stop.length === 0 ? {} : { stopSequences: stop }),
    ...(responseFormat.type === "text" ? {} : { responseMimeType: "application/json" }),
    ...(responseFormat.type === "json_schema" ? { responseJsonSchema: responseFormat.schema } : {}),
  };
  return {
    contents: toContents(messages),
    ...(system.length === 0 ? {} : { systemInstruction: { parts: system } }),
    ...(tools.length === 0
      ? {}
      : { tools: [{ functionDeclarations: tools.map(toDeclaration) }], ...toConfig(request) }),
    ...(Object.keys(generationConfig).length === 0 ? {} : { generationConfig }),
  };
}

function toDeclaration({ name, description, parameters }: ChatRequest["tools"][number]): JsonObject {
  return {
    name,
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined ? {} : { parametersJsonSchema: parameters }),
  };
}

function toConfig({ toolChoice = "auto" }: ChatRequest): JsonObject {
  const functionCallingConfig =
    typeof toolChoice === "object"
      ? { mode: "ANY", allowedFunctionNames: [toolChoice.name] }
      : { mode: { auto: "AUTO", none: "NONE", required: "ANY" }[toolChoice] };
  return { toolConfig: { functionCallingConfig } };
}

/** An answer of a tool names the function there, not the call alone. */
function toContents(messages: readonly ChatMessage[]): JsonValue[] {
  const called = new Map<string, string>();
  const made: { role: "user" | "model"; parts: JsonValue[] }[] = [];
  const add = (role: "user" | "model", parts: JsonValue[]): void => {
    const last = made.at(-1);
    if (parts.length === 0) return;
    if (last?.role === role) last.parts.push(...parts);
    else made.push({ role, parts });
  };
  for (const message of messages) {
    switch (message.role) {
      case "system":
        break;
      case "user":
        add("user", message.parts.map(toPart));
        break;
      case "tool": {
        const { toolCallId: id, text } = message;
        const response = parseObject(text) ?? { result: text };
        add("user", [{ functionResponse: { id, name: called.get(id) ?? id, response } }]);
        break;
      }
      case "assistant":
        for (const { id, name } of message.toolCalls) called.set(id, name);
        add("model", [
          ...(message.text === "" ? [] : [{ text: message.text }]),
          ...message.toolCalls.map(toFunctionCall),
        ]);
    }
  }
  return made;
}

function toFunctionCall({ id, name, arguments: text, thoughtSignature }: ToolCall): JsonObject {
  return {
    functionCall: { id, name, args: parseObject(text) ?? {} },
    ...(thoughtSignature === undefined ? {} : { thoughtSignature }),
  };
}

function toPart(part: ContentPart): JsonObject {
  if (part.kind === "text") return { text: part.text };
  const [, mimeType, data] = /^data:([^;]+);base64,(.*)$/s.exec(part.url) ?? [];
  return mimeType === undefined || data === undefined
    ? { fileData: { fileUri: part.url } }
    : { inlineData: { mimeType, data } };
}

function encoded(values: JsonValue | undefined, { encoding }: EmbedRequest): JsonValue {
  const numbers = listOf(values).filter((value) => typeof value === "number");
  if (encoding === "float") return numbers;
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [index, value] of numbers.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString("base64");
}

function keyHeader(key: string | undefined): { readonly [name: string]: string } {
  return key === undefined ? {} : { "x-goog-api-key": key };
}

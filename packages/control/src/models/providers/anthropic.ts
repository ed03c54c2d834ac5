import { invalidParams } from "@berth/protocol";
import type { JsonObject, JsonValue } from "@berth/protocol";
import type { ChatMessage, ContentPart } from "../chat-messages.ts";
import type { ChatRequest } from "../chat-request.ts";
import { DEFAULT_MAX_TOKENS } from "../estimate.ts";
import { isObject, listOf, parseObject, textOf } from "../json.ts";
import { AnthropicStream, anthropicFinish, anthropicUsage } from "./anthropic-stream.ts";
import { completionOf } from "./chunks.ts";
import type { ProviderAdapter } from "./provider-adapter.ts";

/** Anthropic's Messages API, version 2023-06-01. It has no embeddings. */
export const anthropic: ProviderAdapter = {
  defaultBaseUrl: "https://api.anthropic.com/v1",
  chat: (model, request, key) => ({
    path: "/messages",
    headers: { "anthropic-version": "2023-06-01", ...(key === undefined ? {} : { "x-api-key": key }) },
    body: toBody(model, request),
  }),
  readChat(json, names) {
    const content = listOf(json["content"]).filter(isObject);
    const text = content.flatMap((block) => (block["type"] === "text" ? [textOf(block["text"]) ?? ""] : [])).join("");
    const toolCalls = content.flatMap((block) =>
      block["type"] === "tool_use"
        ? [
            {
              id: textOf(block["id"]) ?? "",
              name: textOf(block["name"]) ?? "",
              arguments: JSON.stringify(block["input"] ?? {}),
            },
          ]
        : [],
    );
    const usage = anthropicUsage(json["usage"]);
    const finishReason = anthropicFinish(json["stop_reason"]);
    return {
      json: completionOf(names, { text, toolCalls, finishReason, usage }),
      finishReason,
      ...(usage === undefined ? {} : { usage }),
    };
  },
  openStream: (names) => new AnthropicStream(names),
};

function toBody(model: string, request: ChatRequest): JsonObject {
  const { messages, tools, maxTokens, temperature, topP, stop, stream, count } = request;
  if (count > 1) throw invalidParams([{ field: "n", description: "this provider gives one answer at a time" }]);
  const system = messages.flatMap((message) => (message.role === "system" ? [message.text] : [])).join("\n\n");
  return {
    model,
    max_tokens: maxTokens ?? DEFAULT_MAX_TOKENS,
    messages: toMessages(messages),
    ...(system === "" ? {} : { system }),
    // Its temperatures end at 1.
    ...(temperature === undefined ? {} : { temperature: Math.min(1, temperature) }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(stop.length === 0 ? {} : { stop_sequences: stop }),
    ...(tools.length === 0 ? {} : { tools: tools.map(toTool), ...toToolChoice(request) }),
    ...toOutput(request),
    ...(stream ? { stream } : {}),
  };
}

function toTool({ name, description, parameters }: ChatRequest["tools"][number]): JsonObject {
  return {
    name,
    ...(description === undefined ? {} : { description }),
    input_schema: parameters ?? { type: "object" },
  };
}

function toToolChoice({ toolChoice = "auto", parallelToolCalls }: ChatRequest): JsonObject {
  const alone = parallelToolCalls === false ? { disable_parallel_tool_use: true } : {};
  if (typeof toolChoice === "object") return { tool_choice: { type: "tool", name: toolChoice.name, ...alone } };
  if (toolChoice === "none") return { tool_choice: { type: "none" } };
  return { tool_choice: { type: toolChoice === "required" ? "any" : "auto", ...alone } };
}

/** It takes schemas; that an answer is just any JSON has to be asked for in words, by whoever writes the prompt. */
function toOutput({ responseFormat }: ChatRequest): JsonObject {
  if (responseFormat.type !== "json_schema") return {};
  return { output_config: { format: { type: "json_schema", schema: responseFormat.schema } } };
}

/** Answers of tools are the user's there, and all answers to one turn stand in one message. */
function toMessages(messages: readonly ChatMessage[]): JsonValue[] {
  const made: { role: "user" | "assistant"; content: JsonValue[] }[] = [];
  const add = (role: "user" | "assistant", content: JsonValue[]): void => {
    const last = made.at(-1);
    if (content.length === 0) return;
    if (last?.role === role) last.content.push(...content);
    else made.push({ role, content });
  };
  for (const message of messages) {
    switch (message.role) {
      case "system":
        break;
      case "user":
        add("user", message.parts.map(toContent));
        break;
      case "tool":
        add("user", [{ type: "tool_result", tool_use_id: message.toolCallId, content: message.text }]);
        break;
      case "assistant":
        add("assistant", [
          ...(message.text === "" ? [] : [{ type: "text", text: message.text }]),
          ...message.toolCalls.map(({ id, name, arguments: text }) => ({
            type: "tool_use",
            id,
            name,
            input: parseObject(text) ?? {},
          })),
        ]);
    }
  }
  return made;
}

function toContent(part: ContentPart): JsonObject {
  if (part.kind === "text") return { type: "text", text: part.text };
  const [, mediaType, data] = /^data:([^;]+);base64,(.*)$/s.exec(part.url) ?? [];
  const source =
    mediaType === undefined || data === undefined
      ? { type: "url", url: part.url }
      : { type: "base64", media_type: mediaType, data };
  return { type: "image", source };
}

import type { JsonObject, JsonValue } from "@berth/protocol";
import { countOf, isObject, listOf, textOf } from "../json.ts";
import { streamFailed } from "./chunks.ts";
import type { AnswerNames, ProviderAdapter, ReadAnswer, StreamReader, TokenCount } from "./provider-adapter.ts";

/**
 * Whoever speaks OpenAI's API. Requests and answers pass as they are, but for the model's name and the usage, which is
 * always asked for.
 */
export const openAi: ProviderAdapter = {
  defaultBaseUrl: "https://api.openai.com/v1",
  chat: (model, { raw, stream }, key) => ({
    path: "/chat/completions",
    headers: bearer(key),
    body: {
      ...raw,
      model,
      ...(stream ? { stream_options: { ...objectOf(raw["stream_options"]), include_usage: true } } : {}),
    },
  }),
  readChat(json, { model }) {
    const [choice] = listOf(json["choices"]);
    const finishReason = isObject(choice) ? textOf(choice["finish_reason"]) : undefined;
    return readAnswer({ ...json, model }, finishReason);
  },
  openStream: (names) => new OpenAiStream(names),
  embeddings: {
    ask: (model, { raw }, key) => ({ path: "/embeddings", headers: bearer(key), body: { ...raw, model } }),
    read: (json, _request, { model }) => readAnswer({ ...json, model }, undefined),
  },
};

/** Its own endpoint is of the same form, and knows the older name of the limit only. */
export const ollama: ProviderAdapter = {
  ...openAi,
  defaultBaseUrl: "http://localhost:11434/v1",
  chat(model, request, key) {
    const made = openAi.chat(model, request, key);
    const { max_completion_tokens: _, ...body } = made.body;
    return {
      ...made,
      body: { ...body, ...(request.maxTokens === undefined ? {} : { max_tokens: request.maxTokens }) },
    };
  },
};

class OpenAiStream implements StreamReader {
  usage: TokenCount | undefined;
  finishReason: string | undefined;
  characters = 0;
  readonly #model: string;

  constructor({ model }: AnswerNames) {
    this.#model = model;
  }

  push(event: JsonObject): readonly JsonObject[] {
    const { error } = event;
    if (error !== undefined && error !== null) {
      throw streamFailed(isObject(error) ? textOf(error["message"]) : textOf(error));
    }
    this.usage = usageOf(event["usage"]) ?? this.usage;
    const choices = listOf(event["choices"]);
    for (const choice of choices) {
      if (!isObject(choice)) continue;
      this.finishReason = textOf(choice["finish_reason"]) ?? this.finishReason;
      this.characters += lengthOf(choice["delta"]);
    }
    // The last one has the usage and nothing else: whoever asked for it gets it from us.
    if (choices.length === 0) return [];
    const { usage: _, ...chunk } = event;
    return [{ ...chunk, model: this.#model }];
  }
}

function readAnswer(json: JsonObject, finishReason: string | undefined): ReadAnswer {
  const usage = usageOf(json["usage"]);
  return {
    json,
    ...(usage === undefined ? {} : { usage }),
    ...(finishReason === undefined ? {} : { finishReason }),
  };
}

function usageOf(value: JsonValue | undefined): TokenCount | undefined {
  if (!isObject(value)) return undefined;
  const inputTokens = countOf(value["prompt_tokens"]);
  return inputTokens === undefined
    ? undefined
    : { inputTokens, outputTokens: countOf(value["completion_tokens"]) ?? 0 };
}

function lengthOf(delta: JsonValue | undefined): number {
  return delta === undefined ? 0 : JSON.stringify(delta).length;
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function bearer(key: string | undefined): { readonly [name: string]: string } {
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}

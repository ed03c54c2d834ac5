import type { JsonObject, JsonValue } from "@berth/protocol";
import { EventParser } from "../client/event-stream.ts";
import { ServiceError } from "../context.ts";
import type { ChatAnswer, ChatRequest, Llm, LlmTransport, LlmToolCall } from "./llm.ts";

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export function createLlm(transport: LlmTransport, runSignal: AbortSignal): Llm {
  async function post(
    path: string,
    body: JsonObject,
    signal: AbortSignal | undefined,
  ): Promise<AsyncIterable<Uint8Array>> {
    const ends = signal === undefined ? runSignal : AbortSignal.any([runSignal, signal]);
    const answer = await transport({ path, body: JSON.stringify(body), signal: ends });
    if (answer.status === 200) return answer.body;
    throw toError(answer.status, await readJson(answer.body).catch(() => undefined));
  }

  async function chat(request: ChatRequest & { readonly stream?: boolean }): Promise<unknown> {
    const body = await post("/chat/completions", toBody(request), request.signal);
    return request.stream === true ? chunksOf(body) : toAnswer(await readJson(body));
  }

  return {
    // The overloads say what comes back: an answer, or chunks where `stream` is true.
    chat: chat as Llm["chat"],
    async embed({ model, input, dimensions, signal }) {
      const asked = {
        ...(model === undefined ? {} : { model }),
        input: typeof input === "string" ? input : [...input],
        encoding_format: "float",
        ...(dimensions === undefined ? {} : { dimensions }),
      };
      const { data } = await readJson(await post("/embeddings", asked, signal));
      return listOf(data).map((entry) => listOf(isObject(entry) ? entry["embedding"] : undefined).map(Number));
    },
  };
}

function toBody(request: ChatRequest & { readonly stream?: boolean }): JsonObject {
  const { model, messages, tools, toolChoice, responseFormat, maxTokens, temperature, stream } = request;
  return {
    ...(model === undefined ? {} : { model }),
    messages: [...messages],
    ...(tools === undefined || tools.length === 0 ? {} : { tools: [...tools] }),
    ...(toolChoice === undefined ? {} : { tool_choice: toolChoice }),
    ...(responseFormat === undefined ? {} : { response_format: responseFormat }),
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(stream === true ? { stream, stream_options: { include_usage: true } } : {}),
  };
}

function toAnswer(json: JsonObject): ChatAnswer {
  const [choice] = listOf(json["choices"]);
  const message = isObject(choice) ? choice["message"] : undefined;
  if (!isObject(choice) || !isObject(message)) {
    throw new ServiceError("MODEL_FAILED", "The answer of the model has no message.");
  }
  const { usage, model } = json;
  const countOf = (name: string): number => (isObject(usage) ? Number(usage[name] ?? 0) : 0);
  return {
    text: textOf(message["content"]) ?? "",
    toolCalls: listOf(message["tool_calls"]).flatMap(toToolCall),
    message,
    finishReason: textOf(choice["finish_reason"]) ?? "stop",
    model: textOf(model) ?? "",
    usage: { inputTokens: countOf("prompt_tokens"), outputTokens: countOf("completion_tokens") },
  };
}

function toToolCall(call: JsonValue): readonly LlmToolCall[] {
  const called = isObject(call) ? call["function"] : undefined;
  if (!isObject(call) || !isObject(called)) return [];
  const text = textOf(called["arguments"]) ?? "{}";
  return [{ id: textOf(call["id"]) ?? "", name: textOf(called["name"]) ?? "", input: parse(text) ?? text }];
}

async function* chunksOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<JsonObject, void> {
  const parser = new EventParser();
  const decoder = new TextDecoder();
  for await (const bytes of body) {
    for (const { data } of parser.push(decoder.decode(bytes, { stream: true }))) {
      if (data === "[DONE]") return;
      const chunk = parse(data);
      if (!isObject(chunk)) continue;
      if (isObject(chunk["error"])) throw toError(200, chunk);
      yield chunk;
    }
  }
  throw new ServiceError("MODEL_FAILED", "The answer of the model ended before it was whole.");
}

/** `code` is the platform's reason; other servers of this API have codes of their own. */
function toError(status: number, json: JsonObject | undefined): ServiceError {
  const error = json?.["error"];
  const said = isObject(error) ? textOf(error["message"]) : textOf(json?.["detail"]);
  const code = isObject(error) ? textOf(error["code"]) : textOf(json?.["reason"]);
  return new ServiceError(code ?? "MODEL_FAILED", said ?? `The model was not reached: HTTP ${status}.`);
}

async function readJson(body: AsyncIterable<Uint8Array>): Promise<JsonObject> {
  const decoder = new TextDecoder();
  let [text, size] = ["", 0];
  for await (const bytes of body) {
    size += bytes.length;
    if (size > MAX_ANSWER_BYTES) throw new ServiceError("MODEL_FAILED", "The answer of the model is too long.");
    text += decoder.decode(bytes, { stream: true });
  }
  const value = parse(text + decoder.decode());
  if (isObject(value)) return value;
  throw new ServiceError("MODEL_FAILED", "The answer of the model is not JSON.");
}

function parse(text: string): JsonValue | undefined {
  try {
    // What was parsed from JSON is JSON.
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

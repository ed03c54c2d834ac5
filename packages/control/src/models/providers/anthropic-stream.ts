import type { JsonObject, JsonValue } from "@berth/protocol";
import { countOf, isObject, textOf } from "../json.ts";
import { chunkOf, streamFailed } from "./chunks.ts";
import type { AnswerNames, StreamReader, TokenCount } from "./provider-adapter.ts";

/** Events of a streamed message: blocks of text and of tool calls, each begun, added to and ended. */
export class AnthropicStream implements StreamReader {
  usage: TokenCount | undefined;
  finishReason: string | undefined;
  characters = 0;
  readonly #names: AnswerNames;
  /** The place among the tool calls, by the place among all blocks. */
  readonly #calls = new Map<number, number>();

  constructor(names: AnswerNames) {
    this.#names = names;
  }

  push(event: JsonObject): readonly JsonObject[] {
    switch (event["type"]) {
      case "message_start": {
        const { message } = event;
        this.usage = isObject(message) ? anthropicUsage(message["usage"]) : undefined;
        return [chunkOf(this.#names, { role: "assistant", content: "" })];
      }
      case "content_block_start":
        return this.#begin(event);
      case "content_block_delta":
        return this.#add(event);
      case "message_delta":
        return this.#end(event);
      case "error": {
        const { error } = event;
        throw streamFailed(isObject(error) ? textOf(error["message"]) : undefined);
      }
      default:
        return [];
    }
  }

  #begin({ index, content_block: block }: JsonObject): readonly JsonObject[] {
    if (!isObject(block) || block["type"] !== "tool_use") return [];
    const call = this.#calls.size;
    this.#calls.set(countOf(index) ?? 0, call);
    const called = { name: textOf(block["name"]) ?? "", arguments: "" };
    return [
      chunkOf(this.#names, {
        tool_calls: [{ index: call, id: textOf(block["id"]) ?? "", type: "function", function: called }],
      }),
    ];
  }

  #add({ index, delta }: JsonObject): readonly JsonObject[] {
    if (!isObject(delta)) return [];
    const text = textOf(delta["type"] === "text_delta" ? delta["text"] : undefined);
    if (text !== undefined) {
      this.characters += text.length;
      return [chunkOf(this.#names, { content: text })];
    }
    const json = textOf(delta["type"] === "input_json_delta" ? delta["partial_json"] : undefined);
    const call = this.#calls.get(countOf(index) ?? 0);
    if (json === undefined || call === undefined) return [];
    this.characters += json.length;
    return [chunkOf(this.#names, { tool_calls: [{ index: call, function: { arguments: json } }] })];
  }

  /** Its counts are totals; what it says here of the input goes before what it said in the beginning. */
  #end({ delta, usage }: JsonObject): readonly JsonObject[] {
    const inputTokens = anthropicUsage(usage)?.inputTokens ?? this.usage?.inputTokens;
    const outputTokens = isObject(usage) ? countOf(usage["output_tokens"]) : undefined;
    if (inputTokens !== undefined) {
      this.usage = { inputTokens, outputTokens: outputTokens ?? this.usage?.outputTokens ?? 0 };
    }
    if (!isObject(delta) || typeof delta["stop_reason"] !== "string") return [];
    this.finishReason = anthropicFinish(delta["stop_reason"]);
    return [chunkOf(this.#names, {}, this.finishReason)];
  }
}

/** What was read from or written to its cache is input too. */
export function anthropicUsage(value: JsonValue | undefined): TokenCount | undefined {
  if (!isObject(value)) return undefined;
  const [plain, written, read] = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"].map(
    (name) => countOf(value[name]),
  );
  if (plain === undefined) return undefined;
  return { inputTokens: plain + (written ?? 0) + (read ?? 0), outputTokens: countOf(value["output_tokens"]) ?? 0 };
}

const FINISH: { readonly [reason: string]: string } = {
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool_calls",
  refusal: "content_filter",
};

export function anthropicFinish(value: JsonValue | undefined): string {
  return (typeof value === "string" ? FINISH[value] : undefined) ?? "stop";
}

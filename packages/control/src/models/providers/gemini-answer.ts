import type { JsonObject, JsonValue } from "@berth/protocol";
import type { ToolCall } from "../chat-messages.ts";
import { countOf, isObject, listOf, textOf } from "../json.ts";
import { chunkOf, streamFailed, toolCallJson } from "./chunks.ts";
import type { AnswerNames, StreamReader, TokenCount } from "./provider-adapter.ts";

export interface Candidate {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly reason: string | undefined;
  readonly usage: TokenCount | undefined;
}

/** The first candidate of a GenerateContentResponse; older models give their calls no ids. */
export function readCandidate(json: JsonObject, idOf: (index: number) => string): Candidate {
  const [candidate] = listOf(json["candidates"]);
  const content = isObject(candidate) ? candidate["content"] : undefined;
  const parts = isObject(content) ? listOf(content["parts"]).filter(isObject) : [];
  const said = parts.filter((part) => part["thought"] !== true);
  const text = said.map((part) => textOf(part["text"]) ?? "").join("");
  const toolCalls = parts.flatMap((part): readonly ToolCall[] => {
    const call = part["functionCall"];
    if (!isObject(call)) return [];
    const signature = textOf(part["thoughtSignature"]);
    return [
      {
        id: textOf(call["id"]) ?? "",
        name: textOf(call["name"]) ?? "",
        arguments: JSON.stringify(call["args"] ?? {}),
        ...(signature === undefined ? {} : { thoughtSignature: signature }),
      },
    ];
  });
  const feedback = json["promptFeedback"];
  const blocked = isObject(feedback) ? textOf(feedback["blockReason"]) : undefined;
  return {
    text,
    toolCalls: toolCalls.map((call, index) => (call.id === "" ? { ...call, id: idOf(index) } : call)),
    reason: blocked === undefined ? (isObject(candidate) ? textOf(candidate["finishReason"]) : undefined) : "SAFETY",
    usage: usageOf(json["usageMetadata"]),
  };
}

/** Every event is a whole response with the pieces that are new; the counts are totals. */
export class GeminiStream implements StreamReader {
  usage: TokenCount | undefined;
  finishReason: string | undefined;
  characters = 0;
  readonly #names: AnswerNames;
  #calls = 0;
  #begun = false;

  constructor(names: AnswerNames) {
    this.#names = names;
  }

  push(event: JsonObject): readonly JsonObject[] {
    const { error } = event;
    if (isObject(error)) throw streamFailed(textOf(error["message"]));
    const first = this.#calls;
    const read = readCandidate(event, (index) => `call_${this.#names.id.slice(-12)}_${first + index}`);
    this.usage = read.usage ?? this.usage;
    const chunks: JsonObject[] = [];
    if (!this.#begun) chunks.push(chunkOf(this.#names, { role: "assistant", content: "" }));
    this.#begun = true;
    if (read.text !== "") chunks.push(chunkOf(this.#names, { content: read.text }));
    this.characters += read.text.length;
    if (read.toolCalls.length > 0) {
      const calls = read.toolCalls.map((call, index) => ({ index: first + index, ...toolCallJson(call) }));
      this.#calls += calls.length;
      this.characters += JSON.stringify(calls).length;
      chunks.push(chunkOf(this.#names, { tool_calls: calls }));
    }
    if (read.reason !== undefined) {
      this.finishReason = finishOf(read.reason, this.#calls > 0);
      chunks.push(chunkOf(this.#names, {}, this.finishReason));
    }
    return chunks;
  }
}

const FILTERED: ReadonlySet<string> = new Set(["SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"]);

/** It says STOP for calls of functions too. */
export function finishOf(reason: string | undefined, called: boolean): string {
  if (reason === "MAX_TOKENS") return "length";
  if (reason !== undefined && FILTERED.has(reason)) return "content_filter";
  return called ? "tool_calls" : "stop";
}

/** Thinking is paid as output. */
function usageOf(value: JsonValue | undefined): TokenCount | undefined {
  if (!isObject(value)) return undefined;
  const inputTokens = countOf(value["promptTokenCount"]);
  if (inputTokens === undefined) return undefined;
  const outputTokens = (countOf(value["candidatesTokenCount"]) ?? 0) + (countOf(value["thoughtsTokenCount"]) ?? 0);
  return { inputTokens, outputTokens };
}

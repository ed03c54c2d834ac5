import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import type { ToolCall } from "../chat-messages.ts";
import type { AnswerNames, TokenCount } from "./provider-adapter.ts";

/** One chunk of a chat completion (OpenAI, "The chat completion chunk object"). */
export function chunkOf({ id, model, created }: AnswerNames, delta: JsonObject, finishReason?: string): JsonObject {
  const choice = { index: 0, delta, logprobs: null, finish_reason: finishReason ?? null };
  return { id, object: "chat.completion.chunk", created, model, choices: [choice] };
}

/** A whole chat completion, of providers that answer in another form. */
export function completionOf(
  { id, model, created }: AnswerNames,
  answer: {
    readonly text: string;
    readonly toolCalls: readonly ToolCall[];
    readonly finishReason: string;
    readonly usage: TokenCount | undefined;
  },
): JsonObject {
  const { text, toolCalls, finishReason, usage } = answer;
  const message = {
    role: "assistant",
    content: text === "" && toolCalls.length > 0 ? null : text,
    refusal: null,
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map(toolCallJson) }),
  };
  return {
    id,
    object: "chat.completion",
    created,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason }],
    ...(usage === undefined ? {} : { usage: usageJson(usage) }),
  };
}

export function toolCallJson({ id, name, arguments: text, thoughtSignature }: ToolCall): JsonObject {
  return {
    id,
    type: "function",
    function: { name, arguments: text },
    ...(thoughtSignature === undefined ? {} : { extra_content: { google: { thought_signature: thoughtSignature } } }),
  };
}

export function usageJson({ inputTokens, outputTokens }: TokenCount): JsonObject {
  return { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens };
}

/** An error that a provider puts into a stream that began well. */
export function streamFailed(message: string | undefined): PlatformError {
  const said = message === undefined || message === "" ? "without saying why" : `: ${message.slice(0, 500)}`;
  return new PlatformError("MODEL_FAILED", `The provider ended the answer ${said}`);
}

import type { ChatRequest } from "./chat-request.ts";
import type { EmbedRequest } from "./embed-request.ts";
import type { TokenCount } from "./providers/provider-adapter.ts";

/** What an answer is taken to be at most where the request does not say; Anthropic wants a number in every request. */
export const DEFAULT_MAX_TOKENS = 4_096;
const CHARACTERS_PER_TOKEN = 4;
/** Images cost by their size in pixels, which nobody here knows: about what the largest take. */
const IMAGE_TOKENS = 1_600;

/** What a call may use at most, for budgets: by the length of what is asked and the bound of what may be answered. */
export function estimateChat({ messages, tools, maxTokens, count }: ChatRequest): TokenCount {
  let inputTokens = tokensOf(JSON.stringify(tools).length);
  for (const message of messages) {
    if (message.role !== "user") {
      inputTokens += tokensOf(JSON.stringify(message).length);
      continue;
    }
    for (const part of message.parts) inputTokens += part.kind === "text" ? tokensOf(part.text.length) : IMAGE_TOKENS;
  }
  return { inputTokens, outputTokens: (maxTokens ?? DEFAULT_MAX_TOKENS) * count };
}

export function estimateEmbedding({ input }: EmbedRequest): TokenCount {
  return { inputTokens: input.reduce((sum, text) => sum + tokensOf(text.length), 0), outputTokens: 0 };
}

export function tokensOf(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

import type { JsonObject, JsonValue } from "@berth/protocol";

/** As OpenAI's chat completions have them: `{ role, content, … }`. */
export type LlmMessage = JsonObject;

export interface ChatRequest {
  /** `provider/model` or an alias of the organization; default: the first that berth.json names whole. */
  readonly model?: string;
  readonly messages: readonly LlmMessage[];
  /** `{ type: "function", function: { name, description, parameters } }`. */
  readonly tools?: readonly JsonObject[];
  readonly toolChoice?: "auto" | "none" | "required" | JsonObject;
  readonly responseFormat?: JsonObject;
  /** Also what budgets take the answer to be at most. */
  readonly maxTokens?: number;
  readonly temperature?: number;
  /** Ends the call beside the run's own signal. */
  readonly signal?: AbortSignal;
}

export interface LlmToolCall {
  readonly id: string;
  readonly name: string;
  /** Parsed; the text as the model wrote it where that is no JSON. */
  readonly input: JsonValue;
}

export interface ChatAnswer {
  readonly text: string;
  readonly toolCalls: readonly LlmToolCall[];
  /** To be put behind the messages, when the conversation goes on. */
  readonly message: LlmMessage;
  /** `stop`, `length`, `tool_calls` or `content_filter`. */
  readonly finishReason: string;
  readonly model: string;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
}

export interface EmbedRequest {
  readonly model?: string;
  readonly input: string | readonly string[];
  readonly dimensions?: number;
  readonly signal?: AbortSignal;
}

/**
 * Models, through the platform: it has the keys, measures what is used, and refuses what the run's budget has no room
 * for. An agent that runs alone uses OPENAI_BASE_URL and OPENAI_API_KEY of whoever develops it.
 */
export interface Llm {
  /** @throws ServiceError with the platform's reason: MODEL_NOT_ALLOWED, BUDGET_EXCEEDED, MODEL_FAILED, … */
  chat(request: ChatRequest & { readonly stream?: false }): Promise<ChatAnswer>;
  /** Chunks as OpenAI streams them; leaving the loop ends the call. @throws as the other, also while it is read */
  chat(request: ChatRequest & { readonly stream: true }): Promise<AsyncIterable<JsonObject>>;
  /** One vector for each input, in their order. @throws as `chat` */
  embed(request: EmbedRequest): Promise<readonly (readonly number[])[]>;
}

/** How requests get to where models are. */
export type LlmTransport = (request: {
  /** Behind the base URL. */
  readonly path: string;
  readonly body: string;
  readonly signal: AbortSignal;
}) => Promise<{ readonly status: number; readonly body: AsyncIterable<Uint8Array> }>;

import type { JsonObject } from "@berth/protocol";
import type { ChatRequest } from "../chat-request.ts";
import type { EmbedRequest } from "../embed-request.ts";

/** How to ask one provider. */
export interface ProviderRequest {
  /** Behind the base URL. */
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: JsonObject;
}

export interface TokenCount {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A whole answer in OpenAI's form. */
export interface ReadAnswer {
  readonly json: JsonObject;
  /** Absent: the provider did not say. */
  readonly usage?: TokenCount;
  readonly finishReason?: string;
}

/** One stream: fed with the provider's events, gives chunks in OpenAI's form. */
export interface StreamReader {
  /** @throws PlatformError MODEL_FAILED for an error that the provider puts into the stream */
  push(event: JsonObject): readonly JsonObject[];
  /** What the provider said so far. */
  readonly usage: TokenCount | undefined;
  readonly finishReason: string | undefined;
  /** Characters that came, for where it says no usage. */
  readonly characters: number;
}

/** What answers carry that the provider does not know. */
export interface AnswerNames {
  readonly id: string;
  /** `provider/model`. */
  readonly model: string;
  /** Seconds since 1970. */
  readonly created: number;
}

/** The API of one kind of provider. Reads whatever comes without trust, and writes what its documents ask for. */
export interface ProviderAdapter {
  readonly defaultBaseUrl: string;
  chat(model: string, request: ChatRequest, key: string | undefined): ProviderRequest;
  readChat(json: JsonObject, names: AnswerNames): ReadAnswer;
  openStream(names: AnswerNames): StreamReader;
  /** Absent: it has none. */
  readonly embeddings?: {
    ask(model: string, request: EmbedRequest, key: string | undefined): ProviderRequest;
    read(json: JsonObject, request: EmbedRequest, names: AnswerNames): ReadAnswer;
  };
}

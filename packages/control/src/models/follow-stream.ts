import { createHash } from "node:crypto";
import { PlatformError, isPlatformError } from "@berth/protocol";
import type { JsonObject, Reason } from "@berth/protocol";
import { canonicalText } from "../receipts/canonical-text.ts";
import { tokensOf } from "./estimate.ts";
import type { Candidate } from "./model-book.ts";
import type { CallEnd, OpenCall } from "./model-call.ts";
import { usageJson } from "./providers/chunks.ts";
import type { AnswerNames, StreamReader, TokenCount } from "./providers/provider-adapter.ts";

export interface RunningStream {
  readonly events: AsyncIterable<JsonObject>;
  readonly reader: StreamReader;
  readonly names: AnswerNames;
  readonly candidate: Candidate;
  readonly attempts: number;
  /** What the request is taken to be where the provider does not say. */
  readonly inputTokens: number;
  readonly includeUsage: boolean;
  /** Gives the provider's place to the next call. */
  readonly leave: () => void;
}

const MAX_KEPT_CHARACTERS = 64 * 1024;

/**
 * The chunks as they come, and when they end, however that is, the call's event: written before the reader of the
 * stream is told that it is over.
 */
export async function* followStream(call: OpenCall, stream: RunningStream): AsyncGenerator<JsonObject, void> {
  const { events, reader, names, includeUsage, leave } = stream;
  const seen = new SeenChunks(call.caller.record);
  // Whoever stops reading before the end has canceled.
  let end: Pick<CallEnd, "outcome" | "reason"> = { outcome: "canceled", reason: "CANCELED" };
  try {
    for await (const event of events) {
      for (const chunk of reader.push(event)) {
        seen.add(chunk);
        yield chunk;
      }
    }
    if (reader.finishReason === undefined) {
      throw new PlatformError("MODEL_FAILED", "The provider ended the answer before it was whole.");
    }
    if (includeUsage) {
      const { id, model, created } = names;
      const usage = usageJson(usageOf(stream));
      const last = { id, object: "chat.completion.chunk", created, model, choices: [], usage };
      seen.add(last);
      yield last;
    }
    end = { outcome: "ok" };
  } catch (error) {
    if (!call.caller.signal.aborted) end = { outcome: "failed", reason: reasonOf(error) };
    throw error;
  } finally {
    leave();
    const { finishReason } = reader;
    await call.end({
      ...end,
      model: stream.candidate.id,
      price: stream.candidate.model,
      usage: usageOf(stream),
      estimated: reader.usage === undefined || end.outcome !== "ok",
      attempts: stream.attempts,
      responseDigest: seen.digest(),
      ...(finishReason === undefined ? {} : { finishReason }),
      ...(seen.kept === undefined ? {} : { response: { chunks: seen.kept } }),
    });
  }
}

/** A stream that was cut has not said what it cost: at least what was seen of it. */
function usageOf({ reader, inputTokens }: RunningStream): TokenCount {
  const seen = tokensOf(reader.characters);
  if (reader.usage === undefined) return { inputTokens, outputTokens: seen };
  if (reader.finishReason !== undefined) return reader.usage;
  return { ...reader.usage, outputTokens: Math.max(reader.usage.outputTokens, seen) };
}

function reasonOf(error: unknown): Reason {
  return isPlatformError(error) ? error.reason : "INTERNAL";
}

class SeenChunks {
  readonly #hash = createHash("sha256");
  #kept: JsonObject[] | undefined;
  #characters = 0;

  constructor(keep: boolean) {
    this.#kept = keep ? [] : undefined;
  }

  add(chunk: JsonObject): void {
    const text = canonicalText(chunk);
    this.#hash.update(`${text}\n`);
    this.#characters += text.length;
    if (this.#characters > MAX_KEPT_CHARACTERS) this.#kept = undefined;
    this.#kept?.push(chunk);
  }

  digest(): string {
    return `sha256:${this.#hash.digest("hex")}`;
  }

  /** Undefined: they were not to be kept, or too many. */
  get kept(): JsonObject[] | undefined {
    return this.#kept;
  }
}

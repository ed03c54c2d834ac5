import { setTimeout as pause } from "node:timers/promises";
import { PlatformError } from "@berth/protocol";
import { OutboundError } from "@berth/runtime";
import type { OutboundHttp } from "@berth/runtime";
import { normalize } from "./embedder.ts";
import type { Embedder } from "./embedder.ts";

export interface EmbeddingsEndpoint {
  /** Of an endpoint that speaks as OpenAI's does: `<url>/embeddings`. */
  readonly url: string;
  readonly model: string;
  readonly key?: string;
}

export interface RemoteEmbedderOptions extends EmbeddingsEndpoint {
  readonly outbound: Pick<OutboundHttp, "request">;
  /** Texts of one request; default 64. */
  readonly batch?: number;
  readonly timeoutMs?: number;
  /** Waits between attempts, one more attempt than there are waits. */
  readonly waitsMs?: readonly number[];
}

const MAX_DIMENSIONS = 8_192;
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** The vectors of an OpenAI-compatible endpoint: in batches, each with a deadline, tried again while it is worth it. */
export function createRemoteEmbedder(options: RemoteEmbedderOptions): Embedder {
  const { url, model, batch = 64 } = options;
  return {
    model: `${url}#${model}`,
    weight: 1,
    async embed(texts, signal) {
      const vectors: Float32Array[] = [];
      for (let i = 0; i < texts.length; i += batch) {
        vectors.push(...(await embedBatch(options, texts.slice(i, i + batch), signal)));
      }
      return vectors;
    },
  };
}

async function embedBatch(
  options: RemoteEmbedderOptions,
  texts: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly Float32Array[]> {
  const { waitsMs = [250, 1_000, 4_000] } = options;
  for (let attempt = 0; ; attempt++) {
    const answer = await ask(options, texts, signal);
    if (!("failed" in answer)) return answer.vectors;
    signal?.throwIfAborted();
    const wait = waitsMs[attempt];
    if (!answer.again || wait === undefined) {
      throw new PlatformError("MODEL_FAILED", "The embeddings endpoint gave no vectors.", {
        internal: answer.failed,
        retryable: answer.again,
        hint: "Check BERTH_EMBEDDINGS_URL, BERTH_EMBEDDINGS_MODEL and BERTH_EMBEDDINGS_KEY; a private address must be in BERTH_OUTBOUND_ALLOW.",
      });
    }
    await pause(wait, undefined, signal === undefined ? {} : { signal });
  }
}

type Answer = { readonly vectors: readonly Float32Array[] } | { readonly failed: string; readonly again: boolean };

async function ask(
  { outbound, url, model, key, timeoutMs = 30_000 }: RemoteEmbedderOptions,
  input: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Answer> {
  try {
    const { status, body, truncated } = await outbound.request({
      method: "POST",
      url: `${url}/embeddings`,
      headers: {
        "content-type": "application/json",
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify({ model, input, encoding_format: "float" }),
      timeoutMs,
      maxBytes: MAX_ANSWER_BYTES,
      ...(signal === undefined ? {} : { signal }),
    });
    if (status !== 200) return { failed: `status ${status}`, again: status === 429 || status >= 500 };
    const vectors = truncated ? undefined : vectorsIn(JSON.parse(body.toString("utf8")), input.length);
    return vectors === undefined ? { failed: "no vectors in the answer", again: false } : { vectors };
  } catch (error) {
    return { failed: String(error), again: !(error instanceof OutboundError && error.kind === "refused") };
  }
}

/** `{data: [{index, embedding: [number]}]}`, in any order; undefined for anything else. */
function vectorsIn(body: unknown, count: number): readonly Float32Array[] | undefined {
  const data: unknown = typeof body === "object" && body !== null && "data" in body ? body.data : undefined;
  if (!Array.isArray(data) || data.length !== count) return undefined;
  const vectors: (Float32Array | undefined)[] = Array.from({ length: count });
  for (const [position, each] of data.entries()) {
    if (typeof each !== "object" || each === null || !("embedding" in each)) return undefined;
    const { embedding } = each;
    if (!Array.isArray(embedding) || embedding.length === 0 || embedding.length > MAX_DIMENSIONS) return undefined;
    if (!embedding.every((value) => typeof value === "number" && Number.isFinite(value))) return undefined;
    const index: unknown = "index" in each ? each.index : position;
    if (typeof index !== "number") return undefined;
    vectors[index] = normalize(Float32Array.from(embedding));
  }
  const length = vectors[0]?.length;
  const whole = vectors.filter((vector) => vector !== undefined && vector.length === length);
  return whole.length === count && vectors.length === count
    ? whole.filter((vector) => vector !== undefined)
    : undefined;
}

/** Turns texts into vectors of length 1. */
export interface Embedder {
  /** Vectors of one model can be compared; those of two cannot. */
  readonly model: string;
  /** How much its order counts in a hybrid search beside that of words, which counts 1. */
  readonly weight: number;
  /** In the order of the texts, all of one length. @throws MODEL_FAILED */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<readonly Float32Array[]>;
}

/** What may be needed: the one for what is new, and those for what was saved before it. */
export interface Embedders {
  readonly current: Embedder;
  /** Undefined for a model that cannot be asked any more. */
  of(model: string): Embedder | undefined;
}

/** In place. A vector of zeros stays one. */
export function normalize(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  if (!(sum > 0) || !Number.isFinite(sum)) return vector.fill(0);
  const scale = 1 / Math.sqrt(sum);
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) * scale;
  return vector;
}

import { hashWord, mixBits } from "../text/hash-word.ts";
import { isCommon, wordsOf } from "../text/words.ts";
import { normalize } from "./embedder.ts";
import type { Embedder } from "./embedder.ts";

const DIMENSIONS = 384;
/** How much all parts of a word count beside the word: forms of one word have to be near each other. */
const PARTS = 1.2;
const PART_SIZES = [3, 4, 5] as const;
/** Of one text; what is longer says little more about its place. */
const MAX_WORDS = 4_000;
/** Words and parts that look the same are different features. */
const WORD_SEED = 0x77;
const PART_SEED = 0x70;

/**
 * Needs nothing and knows no meaning: texts are near each other when they have words, or parts of words, in common.
 * Features are hashed into signed places and count by the logarithm of how often they occur; long words tell more than
 * short ones, and those that every sentence has tell little.
 */
export const HASHED_EMBEDDER: Embedder = {
  model: "berth-hashed-v1",
  // It sees little that words do not, and takes no account of how rare they are.
  weight: 0.25,
  embed: async (texts) => texts.map(embedText),
};

function embedText(text: string): Float32Array {
  const counts = new Map<string, number>();
  for (const word of wordsOf(text).slice(0, MAX_WORDS)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const vector = new Float32Array(DIMENSIONS);
  for (const [word, count] of counts) {
    const telling = isCommon(word) ? 0.2 : Math.min(Math.log2(1 + word.length), 4);
    const weight = (1 + Math.log(count)) * telling;
    add(vector, hashWord(word, WORD_SEED), weight);
    // With its ends marked: how a word begins tells more than what is in the middle of it.
    const marked = `<${word}>`;
    const parts = PART_SIZES.reduce((sum, size) => sum + Math.max(0, marked.length - size + 1), 0);
    for (const size of PART_SIZES) {
      for (let i = 0; i + size <= marked.length; i++) {
        add(vector, hashWord(marked, PART_SEED, i, i + size), (weight * PARTS) / Math.sqrt(parts));
      }
    }
  }
  return normalize(vector);
}

/** A feature goes to two places, so that two features share both only rarely. */
function add(vector: Float32Array, feature: number, weight: number): void {
  put(vector, feature, weight);
  put(vector, mixBits(feature ^ 0x9e3779b9), weight);
}

function put(vector: Float32Array, hash: number, weight: number): void {
  const index = (hash >>> 1) % DIMENSIONS;
  vector[index] = (vector[index] ?? 0) + ((hash & 1) === 0 ? weight : -weight);
}

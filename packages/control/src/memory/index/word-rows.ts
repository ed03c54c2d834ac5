import type { BestRows } from "./best-rows.ts";

/** BM25 as everybody has it: how fast repeating a word stops to count, and how much long rows are held against them. */
const K1 = 1.2;
const B = 0.75;
/** A posting is one number: the row, and how often it has the word, up to this. */
const MAX_COUNT = 63;
/** About what a word and a posting take in a Map of arrays. */
const WORD_BYTES = 120;
const POSTING_BYTES = 10;

/** Which rows have which words, ranked by BM25. */
export class WordRows {
  readonly #postings = new Map<string, number[]>();
  readonly #lengths: number[] = [];
  #total = 0;
  #count = 0;

  get bytes(): number {
    return this.#postings.size * WORD_BYTES + this.#count * POSTING_BYTES + this.#lengths.length * 8;
  }

  push(words: readonly string[]): void {
    const row = this.#lengths.length;
    this.#lengths.push(words.length);
    this.#total += words.length;
    const counts = new Map<string, number>();
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    this.#count += counts.size;
    for (const [word, count] of counts) {
      const posting = row * (MAX_COUNT + 1) + Math.min(count, MAX_COUNT);
      const known = this.#postings.get(word);
      if (known === undefined) this.#postings.set(word, [posting]);
      else known.push(posting);
    }
  }

  search(words: readonly string[], passes: (row: number) => boolean, best: BestRows): void {
    const rows = this.#lengths.length;
    const scores = new Float32Array(rows);
    const mean = this.#total / Math.max(rows, 1) || 1;
    let found = false;
    for (const word of words) {
      const postings = this.#postings.get(word);
      if (postings === undefined) continue;
      found = true;
      const rarity = Math.log(1 + (rows - postings.length + 0.5) / (postings.length + 0.5));
      for (const posting of postings) {
        const row = Math.floor(posting / (MAX_COUNT + 1));
        const count = posting % (MAX_COUNT + 1);
        const norm = K1 * (1 - B + (B * (this.#lengths[row] ?? 0)) / mean);
        scores[row] = (scores[row] ?? 0) + (rarity * count * (K1 + 1)) / (count + norm);
      }
    }
    if (!found) return;
    for (const [row, score] of scores.entries()) {
      if (score > 0 && score > best.worst && passes(row)) best.offer(row, score);
    }
  }
}

import type { BestRows } from "./best-rows.ts";

/** Rows of one block: large enough to scan at full speed, small enough that growing copies nothing. */
const BLOCK_ROWS = 1_024;

/** Vectors of length 1, row by row, scanned exactly: the cosine of two is their dot product. */
export class VectorRows {
  readonly #blocks: Float32Array[] = [];
  #dimensions = 0;
  #rows = 0;

  get bytes(): number {
    return this.#blocks.reduce((sum, block) => sum + block.byteLength, 0);
  }

  /** `undefined`, or a vector of another length: a row that no search finds. */
  push(vector: Float32Array | undefined): void {
    const row = this.#rows++;
    if (vector === undefined || vector.length === 0) return;
    if (this.#dimensions === 0) this.#dimensions = vector.length;
    if (vector.length !== this.#dimensions) return;
    this.#room(row).set(vector, (row % BLOCK_ROWS) * this.#dimensions);
  }

  /** Offers the rows that are neighbours of `query` and pass. */
  scan(query: Float32Array, passes: (row: number) => boolean, best: BestRows): void {
    const dimensions = this.#dimensions;
    if (query.length !== dimensions || dimensions === 0) return;
    for (let b = 0; b < this.#blocks.length; b++) {
      const block = this.#blocks[b];
      if (block === undefined) continue;
      const rows = Math.min(block.length / dimensions, this.#rows - b * BLOCK_ROWS);
      for (let i = 0; i < rows; i++) {
        const score = dot(block, i * dimensions, query, dimensions);
        // A row without a vector is all zeros and like nothing.
        if (score > best.worst && score !== 0 && passes(b * BLOCK_ROWS + i)) best.offer(b * BLOCK_ROWS + i, score);
      }
    }
  }

  /** The block of a row, grown where it is too small: the first blocks of a small memory are small. */
  #room(row: number): Float32Array {
    const dimensions = this.#dimensions;
    const [at, inside] = [Math.floor(row / BLOCK_ROWS), row % BLOCK_ROWS];
    while (this.#blocks.length < at) this.#blocks.push(new Float32Array(0));
    const block = this.#blocks[at] ?? new Float32Array(0);
    if (block.length >= (inside + 1) * dimensions) return block;
    const rows = at > 0 ? BLOCK_ROWS : Math.min(BLOCK_ROWS, Math.max(16, 2 ** Math.ceil(Math.log2(inside + 1))));
    const larger = new Float32Array(rows * dimensions);
    larger.set(block);
    this.#blocks[at] = larger;
    return larger;
  }
}

/** Four sums at once, since each addition would else wait for the one before; taken apart from a list they are 3 times slower. */
function dot(block: Float32Array, offset: number, query: Float32Array, length: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = 0;
  for (let at = offset; i + 4 <= length; i += 4, at += 4) {
    // Within both arrays: `?? 0` would cost half the speed, and NaN would show in every test.
    a += (block[at] as number) * (query[i] as number);
    b += (block[at + 1] as number) * (query[i + 1] as number);
    c += (block[at + 2] as number) * (query[i + 2] as number);
    d += (block[at + 3] as number) * (query[i + 3] as number);
  }
  for (; i < length; i++) a += (block[offset + i] ?? 0) * (query[i] ?? 0);
  return a + b + c + d;
}

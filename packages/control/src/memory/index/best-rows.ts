export interface ScoredRow {
  readonly row: number;
  readonly score: number;
}

/** The k best of many, without sorting them: a heap whose top is the worst that is still kept. Of equals the lower row is the better. */
export class BestRows {
  readonly #k: number;
  readonly #heap: ScoredRow[] = [];

  constructor(k: number) {
    this.#k = k;
  }

  /** What a score must exceed to be kept. */
  get worst(): number {
    return this.#heap.length < this.#k ? Number.NEGATIVE_INFINITY : (this.#heap[0]?.score ?? Number.POSITIVE_INFINITY);
  }

  /** Rows come in ascending order. */
  offer(row: number, score: number): void {
    if (!(score > this.worst)) return;
    const heap = this.#heap;
    const entry = { row, score };
    if (heap.length < this.#k) {
      let at = heap.length;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        const above = heap[parent];
        if (above === undefined || !isWorse(entry, above)) break;
        heap[at] = above;
        at = parent;
      }
      heap[at] = entry;
      return;
    }
    this.#sink(entry);
  }

  /** Best first. */
  take(): readonly ScoredRow[] {
    return [...this.#heap].sort((a, b) => (isWorse(a, b) ? 1 : -1));
  }

  #sink(entry: ScoredRow): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const [l, r] = [heap[left], heap[right]];
      if (l === undefined) break;
      const [child, below] = r !== undefined && isWorse(r, l) ? [right, r] : [left, l];
      if (!isWorse(below, entry)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = entry;
  }
}

function isWorse(a: ScoredRow, b: ScoredRow): boolean {
  return a.score < b.score || (a.score === b.score && a.row > b.row);
}

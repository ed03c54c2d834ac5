export interface Placed {
  readonly startMs: number;
  readonly endMs: number;
}

const MAX_ROWS = 16;

/**
 * A row for each, so that no two in a row overlap, as long as there are rows; what does not fit shares the last one. In order of start.
 * Answers how many rows there are.
 */
export function packRows(items: readonly Placed[]): { readonly rows: readonly number[]; readonly count: number } {
  const order = items
    .map((_, index) => index)
    .toSorted((a, b) => {
      const [left, right] = [items[a], items[b]];
      if (left === undefined || right === undefined || left.startMs !== right.startMs)
        return (left?.startMs ?? 0) - (right?.startMs ?? 0);
      // What holds the others goes first. Both may be endless.
      return left.endMs === right.endMs ? 0 : right.endMs - left.endMs;
    });
  const rows = items.map(() => 0);
  const ends: number[] = [];
  for (const index of order) {
    const item = items[index];
    if (item === undefined) continue;
    const free = ends.findIndex((end) => end <= item.startMs);
    const row = free >= 0 ? free : Math.min(ends.length, MAX_ROWS - 1);
    rows[index] = row;
    ends[row] = Math.max(ends[row] ?? 0, item.endMs);
  }
  return { rows, count: Math.max(1, ends.length) };
}

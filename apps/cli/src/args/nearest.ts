/** More changes than this make another word, not a slip. */
const MAX_DISTANCE = 3;

/** The known word most like a mistyped one; a word that begins like it counts too. */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((word) => ({ word, distance: distance(typed.slice(0, 40).toLowerCase(), word) }))
    .filter(({ word, distance }) => distance <= Math.min(MAX_DISTANCE, Math.ceil(word.length / 2)))
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.word ?? known.find((word) => typed.length >= 3 && word.startsWith(typed));
}

/** Edits between two words, a swap of neighbours counting as one: it is what fingers do. */
function distance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}

import type { ScoredRow } from "./best-rows.ts";

/** As in the paper that named it (Cormack et al., 2009): how little the first places differ. */
const K = 60;

/** Reciprocal rank fusion: scores of different kinds cannot be added, places can. Of equals the lower row comes first. */
export function fuseRanks(
  lists: readonly { readonly rows: readonly ScoredRow[]; readonly weight: number }[],
  limit: number,
): readonly ScoredRow[] {
  const scores = new Map<number, number>();
  for (const { rows, weight } of lists) {
    for (const [place, { row }] of rows.entries()) scores.set(row, (scores.get(row) ?? 0) + weight / (K + place + 1));
  }
  return [...scores]
    .map(([row, score]) => ({ row, score }))
    .sort((a, b) => b.score - a.score || a.row - b.row)
    .slice(0, limit);
}

import type { EvalCase } from "./eval-queries.ts";

/** Ordered by how much somebody should look at it. */
export const VERDICTS = ["regressed", "worse", "missing", "new", "fixed", "better", "same"] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface CaseChange {
  readonly id: string;
  readonly verdict: Verdict;
  readonly before?: EvalCase;
  readonly after?: EvalCase;
}

/** Case by case, regressions first; within a verdict what fell furthest first. */
export function compareRuns(before: readonly EvalCase[], after: readonly EvalCase[]): readonly CaseChange[] {
  const old = new Map(before.map((each) => [each.id, each]));
  const ids = new Set(after.map(({ id }) => id));
  const changes = [
    ...after.map((each) => toChange(each.id, old.get(each.id), each)),
    ...before.filter(({ id }) => !ids.has(id)).map((each) => toChange(each.id, each, undefined)),
  ];
  return changes.toSorted(
    (a, b) =>
      VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) ||
      differenceOf(a) - differenceOf(b) ||
      order(a.id, b.id),
  );
}

/** After minus before; 0 where one of them has no score. */
export function differenceOf({ before, after }: CaseChange): number {
  if (before?.score === undefined || after?.score === undefined) return 0;
  return Number(after.score) - Number(before.score);
}

function toChange(id: string, before: EvalCase | undefined, after: EvalCase | undefined): CaseChange {
  return {
    id,
    verdict: verdictOf(before, after),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

function verdictOf(before: EvalCase | undefined, after: EvalCase | undefined): Verdict {
  if (after === undefined) return "missing";
  if (before === undefined) return "new";
  if (before.passed !== after.passed) return before.passed ? "regressed" : "fixed";
  const difference = Number(after.score ?? 0) - Number(before.score ?? 0);
  if (before.score === undefined || after.score === undefined || difference === 0) return "same";
  return difference < 0 ? "worse" : "better";
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

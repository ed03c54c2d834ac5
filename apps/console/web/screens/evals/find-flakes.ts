import type { EvalRun } from "./eval-queries.ts";

export type Outcome = "passed" | "failed" | "not scored" | "absent";

export interface CaseHistory {
  readonly id: string;
  /** One for each run, oldest first. */
  readonly outcomes: readonly Outcome[];
  /** How often neighbouring runs of one release disagree, of how often they could. */
  readonly flips: number;
  readonly pairs: number;
}

/**
 * The same case over runs of one suite. Only runs of the same release are held against each other: what changes with a release is
 * a change, what changes without one is a flake. The least stable comes first.
 */
export function findFlakes(runs: readonly EvalRun[]): readonly CaseHistory[] {
  const oldestFirst = runs.toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  const ids = [...new Set(oldestFirst.flatMap(({ cases }) => cases.map(({ id }) => id)))];
  return ids
    .map((id) => historyOf(id, oldestFirst))
    .toSorted((a, b) => rateOf(b) - rateOf(a) || (a.id < b.id ? -1 : 1));
}

/** 0 to 1; 0 where nothing can be said. */
export function rateOf({ flips, pairs }: Pick<CaseHistory, "flips" | "pairs">): number {
  return pairs === 0 ? 0 : flips / pairs;
}

function historyOf(id: string, runs: readonly EvalRun[]): CaseHistory {
  const outcomes = runs.map((run) => outcomeOf(run, id));
  let [flips, pairs] = [0, 0];
  const lastOf = new Map<string, Outcome>();
  for (const [at, { release }] of runs.entries()) {
    const outcome = outcomes[at];
    if (outcome !== "passed" && outcome !== "failed") continue;
    const before = lastOf.get(release);
    lastOf.set(release, outcome);
    if (before === undefined) continue;
    pairs += 1;
    if (before !== outcome) flips += 1;
  }
  return { id, outcomes, flips, pairs };
}

function outcomeOf({ cases }: EvalRun, id: string): Outcome {
  const found = cases.find((each) => each.id === id);
  if (found === undefined) return "absent";
  if (found.score === undefined) return "not scored";
  return found.passed ? "passed" : "failed";
}

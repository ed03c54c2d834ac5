import { expect, test } from "vitest";
import { compareRuns } from "./compare-runs.ts";
import type { EvalCase } from "./eval-queries.ts";

function outcome(id: string, score: string, passed: boolean): EvalCase {
  return { id, score, passed, failures: [] };
}

test("what broke comes first, then what got worse, and what stayed comes last", () => {
  const before = [
    outcome("stays", "1.000", true),
    outcome("breaks", "1.000", true),
    outcome("breaks-most", "1.000", true),
    outcome("fixed", "0.000", false),
    outcome("worse", "1.000", true),
    outcome("gone", "1.000", true),
  ];
  const after = [
    outcome("stays", "1.000", true),
    outcome("breaks", "0.500", false),
    outcome("breaks-most", "0.000", false),
    outcome("fixed", "1.000", true),
    outcome("worse", "0.950", true),
    outcome("new", "1.000", true),
  ];
  expect(compareRuns(before, after).map(({ id, verdict }) => [id, verdict])).toEqual([
    ["breaks-most", "regressed"],
    ["breaks", "regressed"],
    ["worse", "worse"],
    ["gone", "missing"],
    ["new", "new"],
    ["fixed", "fixed"],
    ["stays", "same"],
  ]);
});

test("a case that was not scored is no change of score", () => {
  const unscored: EvalCase = { id: "a", passed: false, failures: [], notScored: "no model" };
  expect(compareRuns([outcome("a", "0.100", false)], [unscored])[0]?.verdict).toBe("same");
});

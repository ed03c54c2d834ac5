import { expect, test } from "vitest";
import type { EvalRun } from "./eval-queries.ts";
import { findFlakes, rateOf } from "./find-flakes.ts";

function run(n: number, release: string, passed: Readonly<Record<string, boolean>>): EvalRun {
  return {
    runId: `eval_${n}`,
    agent: "a",
    release,
    suite: "s",
    status: "passed",
    threshold: "1",
    total: 1,
    startedBy: "x",
    startedAt: new Date(n * 1_000).toISOString(),
    cases: Object.entries(passed).map(([id, each]) => ({ id, passed: each, score: each ? "1" : "0", failures: [] })),
  };
}

test("a case that changes without a new release is a flake, one that changes with it is not", () => {
  const runs = [
    run(4, "r2", { moody: true, fixed: true }),
    run(3, "r2", { moody: false, fixed: true }),
    run(2, "r1", { moody: true, fixed: false }),
    run(1, "r1", { moody: true, fixed: false }),
  ];
  const [moody, fixed] = findFlakes(runs);
  expect(moody).toEqual({ id: "moody", outcomes: ["passed", "passed", "failed", "passed"], flips: 1, pairs: 2 });
  expect(fixed).toMatchObject({ id: "fixed", flips: 0, pairs: 2 });
  expect([moody, fixed].map((each) => (each === undefined ? -1 : rateOf(each)))).toEqual([0.5, 0]);
});

test("one run says nothing about flakes", () => {
  expect(findFlakes([run(1, "r", { a: true })]).map(rateOf)).toEqual([0]);
});

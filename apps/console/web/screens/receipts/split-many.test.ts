import { expect, test } from "vitest";
import { joinMany, splitMany } from "./split-many.ts";
import type { ManyVerdict } from "./verify-messages.ts";

const texts = Array.from({ length: 7 }, (_, n) => String(n));

function judged(total: number, bad: readonly number[]): ManyVerdict {
  const failures = bad.map((at) => ({ at, check: "events" as const, message: "changed" }));
  return { kind: "many", engine: "x", workers: 1, ms: 5, total, held: total - bad.length, failures };
}

test("every text is in one part, in its order, at the place that the part says", () => {
  for (const parts of [1, 2, 3, 7]) {
    const split = splitMany(texts, parts);
    expect(split).toHaveLength(parts);
    expect(split.flatMap((part) => part.texts)).toEqual(texts);
    for (const { from, texts: own } of split) expect(own[0]).toBe(texts[from]);
    const sizes = split.map((part) => part.texts.length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  }
});

test("the first bad one is the first of all, whichever part ended first", () => {
  const joined = joinMany(
    [
      { from: 500, verdict: judged(500, [0, 3]) },
      { from: 0, verdict: judged(500, [17]) },
    ],
    { workers: 2, ms: 9 },
  );
  expect(joined).toMatchObject({ total: 1_000, held: 997, workers: 2, ms: 9 });
  expect(joined.failures.map(({ at }) => at)).toEqual([17, 500, 503]);
});

test("only the first few failures of all are kept", () => {
  const all = Array.from({ length: 20 }, (_, at) => at);
  const joined = joinMany(
    [
      { from: 20, verdict: judged(20, all) },
      { from: 0, verdict: judged(20, all) },
    ],
    { workers: 2, ms: 1 },
  );
  expect(joined).toMatchObject({ total: 40, held: 0 });
  expect(joined.failures.map(({ at }) => at)).toEqual(all);
});

import { expect, test } from "vitest";
import { judgeCanary } from "./judge-canary.ts";

const startedAt = "2026-11-29T12:00:00.000Z";
const soon = new Date("2026-11-29T12:00:30.000Z");
const late = new Date("2026-11-29T12:02:00.000Z");
const rules = { minCalls: 20, maxErrorRate: 0.1, maxP95Ms: 100, windowSeconds: 60 };
const judge = (
  counts: { calls: number; failed?: number; slow?: number },
  { now = soon, minEvalScore, evalScore }: { now?: Date; minEvalScore?: number; evalScore?: number } = {},
): string | undefined =>
  judgeCanary(
    { startedAt, rules: { ...rules, ...(minEvalScore === undefined ? {} : { minEvalScore }) } },
    { failed: 0, slow: 0, ...counts },
    { now, evalScore },
  )?.outcome;

test("a canary is promoted when enough calls went well, and not before", () => {
  expect(judge({ calls: 19 })).toBeUndefined();
  expect(judge({ calls: 20, failed: 2 })).toBe("promoted");
  expect(judge({ calls: 20, slow: 1 })).toBe("promoted");
});

test("a canary is taken back as soon as the calls that are missing cannot save it", () => {
  expect(judge({ calls: 2, failed: 2 })).toBeUndefined();
  expect(judge({ calls: 3, failed: 3 })).toBe("rolled_back");
  expect(judge({ calls: 1, slow: 1 })).toBeUndefined();
  expect(judge({ calls: 2, slow: 2 })).toBe("rolled_back");
});

test("a canary that is asked for a score waits for it, and falls with a bad one", () => {
  expect(judge({ calls: 20 }, { minEvalScore: 0.8 })).toBeUndefined();
  expect(judge({ calls: 20 }, { minEvalScore: 0.8, evalScore: 0.8 })).toBe("promoted");
  expect(judge({ calls: 0 }, { minEvalScore: 0.8, evalScore: 0.79 })).toBe("rolled_back");
});

test("a canary that cannot be judged in its time is taken back, with what was missing", () => {
  expect(judge({ calls: 19 }, { now: late })).toBe("rolled_back");
  const counts = { calls: 19, failed: 0, slow: 0 };
  expect(judgeCanary({ startedAt, rules }, counts, { now: late, evalScore: undefined })?.reason).toBe(
    "It had 19 of 20 calls in 60 s, too little to judge it by.",
  );
});

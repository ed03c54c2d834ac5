import { expect, test } from "vitest";
import { addRunUsage, isUsageBelow, readRunUsage } from "./run-usage.ts";

test("a report is whole numbers, a cost if it has one, and each model once", () => {
  expect(readRunUsage({ inputTokens: 5, models: ["m", "m"], elapsedMs: -1 })).toEqual({
    inputTokens: 5,
    outputTokens: 0,
    models: ["m"],
  });
  expect(readRunUsage({ outputTokens: 7, costMicros: 0 })).toEqual({ inputTokens: 0, outputTokens: 7, costMicros: 0 });
});

test.each([
  ["a negative number", { inputTokens: -1 }],
  ["no number", { inputTokens: Number.NaN }],
  ["infinity", { outputTokens: Number.POSITIVE_INFINITY }],
  ["a fraction", { costMicros: 0.5 }],
  ["what no run can use", { outputTokens: 1e300 }],
  ["text", { inputTokens: "5" }],
  ["a list", [1]],
  ["null", null],
  ["a model with a control character", { models: ["a\u0000b"] }],
  ["a model without a name", { models: [""] }],
  ["too many models", { models: Array.from({ length: 17 }, (_, index) => `m${index}`) }],
])("%s is refused, with what is wrong", (_what, value) => {
  expect(readRunUsage(value)).toEqual(expect.stringContaining("must be"));
});

test("reports add up, and not beyond what a run can use", () => {
  const one = { inputTokens: 1, outputTokens: 2, models: ["a"] };
  expect(addRunUsage(one, { inputTokens: 10, outputTokens: 20, costMicros: 5, models: ["b", "a"] })).toEqual({
    inputTokens: 11,
    outputTokens: 22,
    costMicros: 5,
    models: ["a", "b"],
  });
  expect(addRunUsage({ inputTokens: 1e12, outputTokens: 0 }, one)).toContain("inputTokens");
});

test("totals never fall", () => {
  const known = { inputTokens: 5, outputTokens: 5, costMicros: 1 };
  expect(isUsageBelow(known, known)).toBe(false);
  expect(isUsageBelow({ inputTokens: 6, outputTokens: 4, costMicros: 1 }, known)).toBe(true);
  expect(isUsageBelow({ inputTokens: 5, outputTokens: 5 }, known)).toBe(true);
});

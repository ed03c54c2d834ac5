import type { JsonValue } from "@berth/protocol";
import { describe, expect, it } from "vitest";
import { readVerdict } from "./eval-case.ts";
import { formatScore, scoreAnswer, shorten, toThousandths } from "./score-answer.ts";
import type { PlainScorer } from "./score-answer.ts";

const scoreOf = (scorer: PlainScorer, output: JsonValue | undefined, expected?: JsonValue): number =>
  scoreAnswer(scorer, expected === undefined ? {} : { expected }, output).score;

describe("a scorer", () => {
  it("compares the whole answer or a part of it", () => {
    expect(scoreOf({ type: "exact" }, { a: [1], b: 2 }, { b: 2, a: [1] })).toBe(1_000);
    expect(scoreOf({ type: "exact" }, { a: [1] }, { a: [1], b: 2 })).toBe(0);
    expect(scoreOf({ type: "exact", at: "/a/0" }, { a: [1], b: 3 }, { a: [1] })).toBe(1_000);
    expect(scoreOf({ type: "exact", at: "/a~1b" }, { "a/b": 1 }, { "a/b": 1 })).toBe(1_000);
    expect(scoreAnswer({ type: "exact", at: "/x" }, { expected: { x: 1 } }, { y: 1 })).toEqual({
      score: 0,
      failure: "exact /x: there is nothing",
    });
    expect(scoreOf({ type: "exact", at: "/length" }, [1], [1])).toBe(0);
  });

  it("takes numbers within a tolerance and nothing else for numbers", () => {
    const near: PlainScorer = { type: "number", tolerance: 0.5 };
    expect([3, 3.5, 3.6, "3", null].map((value) => scoreOf(near, value, 3))).toEqual([1_000, 1_000, 0, 0, 0]);
  });

  it("takes numbers within bounds, whatever is expected", () => {
    const between: PlainScorer = { type: "number", tolerance: 0, min: 1, max: 2 };
    expect([0.9, 1, 2, 2.1, "1"].map((value) => scoreOf(between, value))).toEqual([0, 1_000, 1_000, 0, 0]);
    expect(scoreAnswer({ type: "number", tolerance: 0, max: 2 }, {}, 3).failure).toBe("number: 3 is more than 2");
    expect(scoreAnswer({ type: "number", tolerance: 0, min: 2 }, {}, 1).failure).toBe("number: 1 is less than 2");
  });

  it("looks into text, and into other values as JSON", () => {
    expect(scoreOf({ type: "contains", text: "ell" }, "hello")).toBe(1_000);
    expect(scoreOf({ type: "contains", text: '"a":1' }, { a: 1 })).toBe(1_000);
    expect(scoreOf({ type: "regex", pattern: "^h.*o$" }, "hello")).toBe(1_000);
    expect(scoreOf({ type: "regex", pattern: "a" }, `${"x".repeat(20_000)}a`)).toBe(0);
    expect(scoreOf({ type: "schema", schema: { type: "string" } }, 1)).toBe(0);
    expect(scoreOf({ type: "contains", text: "x" }, undefined)).toBe(0);
  });

  it("of code is an agent's word: anything but a score from 0 to 1 is none", () => {
    expect(readVerdict("judge", { score: 1 })).toEqual({ score: 1_000 });
    expect(readVerdict("judge", { score: 0.9999, reason: "close" })).toEqual({
      score: 999,
      failure: "code judge: close",
    });
    for (const verdict of [undefined, null, 1, { score: 1.1 }, { score: -1 }, { score: "1" }, []]) {
      expect(readVerdict("judge", verdict).score).toBe(0);
    }
  });
});

it("scores are written in thousandths and read back", () => {
  expect([0, 7, 750, 1_000].map(formatScore)).toEqual(["0.000", "0.007", "0.750", "1.000"]);
  expect(["0", "0.9", "0.05", "1", "1.000"].map(toThousandths)).toEqual([0, 900, 50, 1_000, 1_000]);
  expect(shorten(`${"x".repeat(299)}😀`).isWellFormed()).toBe(true);
  expect(shorten("\ud800 \u0000")).toBe("\u{FFFD} \u{FFFD}");
});

import { describe, expect, test } from "vitest";
import { clusterLines, patternOf, termOf } from "./log-patterns.ts";
import { clockOf, jsonOf, withoutAnsi } from "./log-text.ts";
import { line } from "./log.fixture.ts";

describe("the pattern of a line", () => {
  test.each([
    ["handled request 12 in 3.5 ms", "handled request <n> in <n> ms"],
    ["\u001b[32mok\u001b[0m task task_01KT3ZQ8Z7X5 done", "ok task <id> done"],
    ["from 10.0.0.7:443 at 2026-11-29T10:00:00.123Z", "from <address> at <time>"],
    ["trace 4bf92f3577b34da6a3ce929d0e0e4736", "trace <id>"],
    ["id 123e4567-e89b-42d3-a456-426614174000", "id <uuid>"],
    ['open "a \\" b" failed', 'open "<text>" failed'],
    ['{"b":1,"a":"x"}', "{a, b}"],
    ["sha256 v2 stays", "sha256 v2 stays"],
  ])("%s", (body, pattern) => {
    expect(patternOf(body)).toBe(pattern);
  });

  test("counts its lines, with the worst level and the last time", () => {
    const found = clusterLines([line(1, "took 1 ms"), line(2, "other"), line(3, "took 22 ms", { severity: 17 })]);
    expect(found.map(({ pattern, count, level, lastUs }) => [pattern, count, level, lastUs])).toEqual([
      ["took <n> ms", 2, "error", 3_000],
      ["other", 1, "info", 2_000],
    ]);
  });

  test("becomes a term by what never changes in it", () => {
    expect(termOf("request 12 failed: timeout after 3 ms (a/b)")).toBe(
      String.raw`/request .* failed: timeout after .* ms \(a\/b\)/`,
    );
    expect(termOf("\u001b[32mok\u001b[0m done in 3 ms")).toBe("/ok.* done in .* ms/");
    expect(termOf("12")).toBeUndefined();
    expect(termOf('{"a":1}')).toBeUndefined();
  });
});

test("the text of a line is without its colours, and is JSON when it is an object or a list", () => {
  expect(withoutAnsi("\u001b[1;31mred\u001b[0m \u001b]0;title\u0007text")).toBe("red text");
  expect(jsonOf('{"a":1}')).toEqual({ a: 1 });
  expect(jsonOf("{a")).toBeUndefined();
  expect(jsonOf("12")).toBeUndefined();
  expect(clockOf(1_500_000)).toMatch(/^\d\d:\d\d:01\.500$/);
});

import { expect, test } from "vitest";
import { complete, completionAt, rank, wordsOf } from "./query-completion.ts";

test("a word may become a field, and a field wants a value", () => {
  expect(completionAt("")).toEqual({ from: 0, prefix: "" });
  expect(completionAt("a ag")).toEqual({ from: 2, prefix: "ag" });
  expect(completionAt("-ag")).toEqual({ from: 1, prefix: "ag" });
  expect(completionAt("agent:pl")).toEqual({ from: 6, field: "agent", prefix: "pl" });
  expect(completionAt("agent:a|b")).toEqual({ from: 8, field: "agent", prefix: "b" });
  expect(completionAt("agent:a ")).toEqual({ from: 8, prefix: "" });
});

test("nothing is offered inside of quotes and regular expressions", () => {
  expect(completionAt('"ab')).toBeUndefined();
  expect(completionAt("-/ab")).toBeUndefined();
});

test("what is taken replaces what was typed", () => {
  expect(complete("x ag", { from: 2, prefix: "ag" }, "agent")).toBe("x agent:");
  expect(complete("agent:p", { from: 6, field: "agent", prefix: "p" }, "my planner")).toBe('agent:"my planner" ');
  expect(complete("dur:", { from: 4, field: "dur", prefix: "" }, ">2s")).toBe("dur:>2s ");
});

test("what begins so comes before what has it somewhere", () => {
  expect(rank(["xab", "abc", "no"], "ab", 5)).toEqual(["abc", "xab"]);
  expect(wordsOf("toString")).toBeUndefined();
});

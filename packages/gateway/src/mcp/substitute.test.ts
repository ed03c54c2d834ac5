import { expect, test } from "vitest";
import { matchTemplate, substitute } from "./substitute.ts";

test("fills in what has a value", () => {
  expect(substitute("{a} and {b} and {}", new Map([["a", "{b}"]]))).toBe("{b} and {b} and {}");
});

test.each([
  ["x://{id}/data", "x://7/data", { id: "7" }],
  ["x://{a}-{b}", "x://1-2-3", { a: "1", b: "2-3" }],
  ["x://fixed", "x://fixed", {}],
  ["{all}", "word", { all: "word" }],
])("%s matches %s", (template, uri, values) => {
  expect(matchTemplate(template, uri)).toEqual(new Map(Object.entries(values)));
});

test.each([
  ["x://{id}/data", "x:///data"],
  ["x://{id}/data", "x://7/8/data"],
  ["x://{id}/data", "x://7/data/more"],
  ["x://{id}", "y://7"],
  ["x://fixed", "x://fixed2"],
  ["x://fixed", "ax://fixed"],
  ["{a}{b}", "1"],
])("%s does not match %s", (template, uri) => {
  expect(matchTemplate(template, uri)).toBeUndefined();
});

import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

test.each([
  ["deplyo", "deploy"],
  ["Deploy", "deploy"],
  ["deploi", "deploy"],
  ["recipts", "receipts"],
  ["vers", "version"],
  ["cal", "call"],
  ["clal", "call"],
  ["xyzzy", undefined],
  ["", undefined],
  ["d", undefined],
])("%j is meant to be %j", (typed, meant) => {
  expect(nearest(typed, ["deploy", "receipts", "version", "call", "up"])).toBe(meant);
});

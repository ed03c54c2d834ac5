import { types } from "pg";
import { expect, it } from "vitest";
import { parsers, toSafeInteger } from "./type-parsers.ts";

it("reads int8 as a number and refuses what a number cannot hold", () => {
  expect(toSafeInteger("9007199254740991")).toBe(Number.MAX_SAFE_INTEGER);
  expect(() => toSafeInteger("9007199254740993")).toThrow("9007199254740993");
  expect(parsers.getTypeParser(types.builtins.INT8, "text")("42")).toBe(42);
});

it("reads timestamptz as RFC 3339 in UTC, whatever zone the server prints", () => {
  const parse = parsers.getTypeParser(types.builtins.TIMESTAMPTZ, "text");
  expect(parse("2026-11-29 10:00:00.25+00")).toBe("2026-11-29T10:00:00.250Z");
  expect(parse("2026-11-29 15:30:00.001+05:30")).toBe("2026-11-29T10:00:00.001Z");
  expect(() => parse("infinity")).toThrow("infinity");
});

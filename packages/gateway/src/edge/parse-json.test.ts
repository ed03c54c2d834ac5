import { describe, expect, test } from "vitest";
import { isDeeperThan, parseJson } from "./parse-json.ts";

describe("a JSON body", () => {
  test("is parsed", () => {
    expect(parseJson(`{"a":[1,"x",null]}`, 64)).toEqual({ a: [1, "x", null] });
  });

  test("may nest as deep as the limit and no deeper", () => {
    const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
    expect(() => parseJson(nested(64), 64)).not.toThrow();
    expect(() => parseJson(nested(65), 64)).toThrowError(expect.objectContaining({ reason: "REQUEST_TOO_DEEP" }));
    expect(() => parseJson(nested(1_000_000), 64)).toThrowError(
      expect.objectContaining({ reason: "REQUEST_TOO_DEEP" }),
    );
  });

  test("is measured without its strings, whatever quotes and backslashes they hold", () => {
    expect(isDeeperThan(JSON.stringify({ a: "[[[[[[" }), 1)).toBe(false);
    expect(isDeeperThan(JSON.stringify({ a: '"[[[[\\' }), 1)).toBe(false);
    expect(isDeeperThan(JSON.stringify(["\\", ["x"]]), 1)).toBe(true);
    expect(isDeeperThan('{"never closed: [[[[', 1)).toBe(false);
  });

  test("that is not JSON is a parse error", () => {
    for (const text of ["", "{", "nope", "{'a':1}", '{"a":1}}', "\u{feff}{}", "NaN"]) {
      expect(() => parseJson(text, 64), text).toThrowError(expect.objectContaining({ reason: "PARSE_ERROR" }));
    }
  });

  test("never reaches a prototype, however the key is spelled", () => {
    for (const key of ["__proto__", "\\u005f_proto__", "__prot\\u006F__", "\\u005f\\u005fproto\\u005f\\u005f"]) {
      const text = `{"a":[{"${key}":{"polluted":true}}]}`;
      expect(() => parseJson(text, 64), key).toThrowError(expect.objectContaining({ reason: "INVALID_REQUEST" }));
    }
    expect(parseJson(`{"text":"about __proto__"}`, 64)).toEqual({ text: "about __proto__" });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

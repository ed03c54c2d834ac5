import { describe, expect, it } from "vitest";
import { canonicalJson } from "./canonical-json.ts";
import { LedgerError } from "./ledger-error.ts";
import { parseCanonicalJson, parseStrictJson } from "./strict-json.ts";

describe("parseStrictJson", () => {
  it.each([
    String.raw` { "a" : [ 1 , -0.5e+3, true,false , null ] , "b" : "x\n\u00e9\ud83d\ude00\\" , "__proto__": {} } `,
    "[]",
    "{}",
    '""',
    "0",
    "[[[]]]",
    "1e-400",
  ])("reads %s as JSON.parse does", (text) => {
    expect(canonicalJson(parseStrictJson(text))).toBe(canonicalJson(JSON.parse(text)));
  });

  it.each([
    ['{"a":1,"a":2}', "there twice"],
    [String.raw`{"a":1,"\u0061":2}`, "there twice"],
    ['{"__proto__":1,"__proto__":2}', "there twice"],
    ['[{"x":{"y":1,"y":1}}]', "there twice"],
    [String.raw`"\ud800"`, "lone surrogate"],
    ["1e999", "too large"],
    ["[1,]", "expected a value"],
    ['{"a":1,}', "expected a string"],
    ["{a:1}", "expected a string"],
    ["01", "follows"],
    ["+1", "expected a value"],
    ["1.", "follows"],
    ["NaN", "expected a value"],
    ["nul", "expected a value"],
    ['"a', "does not end"],
    ['"\\', "does not end"],
    ['"\\"', "does not end"],
    [String.raw`"\x"`, "wrong escape"],
    ['"\n"', "control character"],
    ["[1 2]", "expected a comma"],
    ['{"a" 1}', "expected a colon"],
    ["", "expected a value"],
    ["\u00a01", "expected a value"],
    ["[".repeat(100_000), "nested deeper"],
  ])("refuses %.40s", (text, why) => {
    expect(() => parseStrictJson(text)).toThrow(why);
  });
});

describe("parseCanonicalJson", () => {
  it("accepts the canonical text", () => {
    expect(parseCanonicalJson('{"a":[1,"é"],"b":null}')).toEqual({ a: [1, "é"], b: null });
  });

  it.each(['{"b":1,"a":2}', '{"a":1,"a":1}', '{"a": 1}', "1.0", "-0", String.raw`"\u00e9"`, "{", "1e2"])(
    "refuses %s",
    (text) => {
      expect(() => parseCanonicalJson(text)).toThrow(LedgerError);
    },
  );
});

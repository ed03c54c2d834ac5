import { canonicalJson } from "@berth/ledger";
import { describe, expect, it } from "vitest";
import { canonicalText } from "./canonical-text.ts";

describe("canonicalText", () => {
  it("is JCS where JCS has a form", () => {
    expect(canonicalText({ b: 0.5, a: "é" })).toBe('{"a":"é","b":0.5}');
  });

  it("replaces what has none, always in the same way", () => {
    const value = { "\ud800": ["\udfff x", Number.NaN, undefined], n: Number.POSITIVE_INFINITY, gone: undefined };
    expect(canonicalText({ ...value, __proto__: null })).toBe('{"n":null,"\ufffd":["\ufffd x",null,null]}');
  });

  it("cuts what is nested too deep, and leaves room to be put inside a bundle", () => {
    for (const depth of [490, 500, 512, 5000]) {
      let value: unknown = [];
      for (let i = 0; i < depth; i++) value = [value];
      const text = canonicalText({ value });
      expect(() => canonicalJson({ a: [{ b: JSON.parse(text) as unknown }] })).not.toThrow();
    }
  });

  it("keeps a member named __proto__", () => {
    expect(canonicalText({ a: "\ud800", ...(JSON.parse('{"__proto__":1}') as object) })).toBe(
      '{"__proto__":1,"a":"\ufffd"}',
    );
  });
});

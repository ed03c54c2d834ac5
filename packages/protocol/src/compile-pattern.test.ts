import { describe, expect, it } from "vitest";
import { MAX_MATCHED_LENGTH, compilePattern } from "./compile-pattern.ts";

describe("a pattern", () => {
  it("matches what ECMAScript's own matches", () => {
    const patterns = [
      "abc",
      "^abc$",
      "a|bc|",
      "^(?:a|b)*c$",
      "^[a-c]{2,3}$",
      "^[^a-c\\d]+$",
      "\\bcat\\b",
      "o\\B",
      "^\\w+\\s\\d{3,}$",
      "^(?:a*)*$",
      "^(a?){3}a{3}$",
      "\\$\\d+\\.\\d\\d",
      "^.$",
      "[-x]",
      "[\\]\\-]",
      "x{0}y",
      "a+?b",
      "^$",
      "\\t\\n",
    ];
    const texts = ["", "a", "abc", "xabcx", "bc", "aabbc", "abcd", "cat", "concat", "the cat sat", "word 1234", "aaa"];
    const more = ["aaaaa", "$12.50", "😀", "\n", "-", "]", "y", "aab", "\t\n", "foo", "zzz", "a-b"];
    for (const pattern of patterns) {
      const ours = compilePattern(pattern);
      for (const text of [...texts, ...more]) {
        expect([pattern, text, ours(text)]).toEqual([pattern, text, new RegExp(pattern, "u").test(text)]);
      }
    }
  });

  it("is fast where backtracking never ends", () => {
    const text = `${"a".repeat(MAX_MATCHED_LENGTH - 1)}!`;
    for (const pattern of ["^(a+)+$", "^(a|a)*$", "^(a*)*b$", "(a{1,30}){1,5}c"]) {
      expect(compilePattern(pattern)(text)).toBe(false);
    }
  });

  it("refuses what it cannot do in linear time, and what is too large", () => {
    const refused = ["(?=a)", "(?<n>a)", "\\1", "(", ")", "a{2", "a{3,2}", "*", "[b-a]", "[a", "\\", "\\q", "^*"];
    for (const pattern of [...refused, "a{201}", "((a{100}){100}){100}", "a".repeat(501)]) {
      expect(() => compilePattern(pattern), pattern).toThrow(/\w/);
    }
  });
});

import { isRefName, isShortId, parseGitRef } from "./git-ref.ts";
import { assert, constantFrom, oneof, property, string } from "fast-check";
import { describe, expect, test } from "vitest";

describe("a ref", () => {
  test("is a branch or tag, a whole name, or a whole commit id", () => {
    expect(parseGitRef("main")).toEqual({ kind: "name", name: "main" });
    expect(parseGitRef("feature/ü-1")).toEqual({ kind: "name", name: "feature/ü-1" });
    expect(parseGitRef("refs/pull/7/head")).toEqual({ kind: "full", name: "refs/pull/7/head" });
    expect(parseGitRef("a".repeat(40))).toEqual({ kind: "commit", id: "a".repeat(40) });
    expect(parseGitRef("0".repeat(64))).toMatchObject({ kind: "commit" });
    expect(["abc123", "abcdefg", "a".repeat(40)].map(isShortId)).toEqual([true, false, false]);
  });

  test.each([
    ["an option", "--upload-pack=touch /tmp/x"],
    ["a range", "main..next"],
    ["an expression", "main@{1}"],
    ["an ancestor", "main~1"],
    ["a path", "main:secret"],
    ["a pattern", "refs/heads/*"],
    ["a control character", "a\u0007b"],
    ["an escape sequence", "a\u001b[31m"],
    ["a line break", "a\nb"],
    ["a NUL", "a\u0000b"],
    ["a space", "a b"],
    ["a backslash", "a\\b"],
    ["a hidden part", "a/.b"],
    ["a lock", "a.lock"],
    ["a lock inside", "a.lock/b"],
    ["an empty part", "a//b"],
    ["a slash at the end", "a/"],
    ["a dot at the end", "a."],
    ["@", "@"],
    ["nothing", ""],
    ["half of a pair of surrogates", "a\ud800"],
    ["too much", "a".repeat(300)],
  ])("is not %s", (_what, text) => {
    expect(() => parseGitRef(text)).toThrow(expect.objectContaining({ reason: "INVALID_PARAMS" }));
  });

  test("never holds what a shell, a terminal or git's own syntax gives a meaning to", () => {
    assert(
      property(
        oneof(
          string({ unit: "binary" }),
          string({ unit: constantFrom(..."a b / . - @ { } ~ ^ : ? * [ \\ \n".split(" "), " ") }),
        ),
        (text) => {
          if (!isRefName(text)) return;
          expect(text).not.toMatch(/^-|\.\.|@\{|[\s~^:?*[\\]|\p{Cc}|\/\/|\/$|\.lock(?:\/|$)/u);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

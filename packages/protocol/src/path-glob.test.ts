import { array, assert, constant, constantFrom, oneof, pre, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_GLOBS_LENGTH, compileGlobs, globViolations, globsOf, isWithin } from "./path-glob.ts";

const matches = (pattern: string, path: string): boolean => compileGlobs([pattern]).matches(path);

describe("compileGlobs", () => {
  it.each([
    ["data/a.csv", ["data/a.csv"], ["data/b.csv", "data/A.csv", "data/a.csv/x", "x/data/a.csv", "data"]],
    ["data/*.csv", ["data/a.csv", "data/.csv", "data/.hidden.csv"], ["data/x/a.csv", "data/a.csv.bak", "a.csv"]],
    ["data/?.csv", ["data/a.csv", "data/é.csv", "data/😀.csv"], ["data/.csv", "data/ab.csv", "data/😀😀.csv"]],
    ["*??", ["ab", "😀😀", "abc"], ["a", "😀"]],
    ["data/**", ["data/a", "data/a/b/c", "data/.git/x"], ["data", "database/a", "x/data/a"]],
    ["**", ["a", "a/b/c"], []],
    ["**/*.csv", ["a.csv", "x/y/a.csv"], ["a.csv/b", "etc/passwd"]],
    ["a/**/z", ["a/z", "a/b/z", "a/b/c/z", "a/z/z"], ["a", "z", "a/z/b", "b/a/z"]],
    ["*/secret", ["a/secret"], ["secret", "a/b/secret"]],
  ])("matches by %j whole paths, segment by segment", (pattern, yes, no) => {
    expect(yes.filter((path) => !matches(pattern, path))).toEqual([]);
    expect(no.filter((path) => matches(pattern, path))).toEqual([]);
  });

  it.each(["{a,b}", "[ab]", "!a", "@(a|b)", "+(a)", "(a)", "a|b", "^a$", ".+"])(
    "takes %j for itself, whatever it means to a glob library",
    (pattern) => {
      expect(matches(pattern, pattern)).toBe(true);
      expect(["a", "b", "ab", "c"].filter((path) => matches(pattern, path))).toEqual([]);
    },
  );

  it("matches nothing with no patterns", () => {
    expect(compileGlobs([]).matches("a")).toBe(false);
    expect(compileGlobs([]).mayMatchBelow("")).toBe(false);
  });

  it.each([
    "",
    "/",
    "/etc/*",
    "a/",
    "a//b",
    "../*",
    "a/../b",
    "./a",
    "a**",
    "**a",
    "***",
    "a/**/**/b",
    "a\\*",
    "a\nb",
    "C:/*",
    "%2e%2e/*",
    "caf\u0065\u0301/*",
    "\u202etxt",
    "a.",
    "con",
    "x".repeat(257),
    `${"**/a/".repeat(9)}b`,
    "a/".repeat(32) + "a",
  ])("refuses the pattern %j", (pattern) => {
    expect(() => compileGlobs([pattern])).toThrow(expect.objectContaining({ reason: "INVALID_PARAMS" }));
  });

  it("refuses too many patterns, or too many characters in all, and names what it refuses", () => {
    expect(
      globViolations(
        Array.from({ length: 65 }, (_, i) => `f${i}`),
        "read",
      ),
    ).toMatchObject([{ field: "read" }]);
    const long = Array.from({ length: 9 }, (_, i) => `${i}/${"x".repeat(MAX_GLOBS_LENGTH / 8 - 2)}`);
    expect(globViolations(long, "read")).toMatchObject([{ field: "read" }]);
    expect(globViolations(long.slice(1), "read")).toEqual([]);
    expect(globViolations(["a", "../b", "c**"], "read").map(({ field }) => field)).toEqual(["read[1]", "read[2]"]);
  });

  it("knows below which prefixes a match may lie", () => {
    const globs = compileGlobs(["data/2026/*.csv", "logs/**/error"]);
    expect(["", "data/", "data/2026/", "logs/", "logs/a/b/"].filter((prefix) => !globs.mayMatchBelow(prefix))).toEqual(
      [],
    );
    expect(["dat/", "data/2025/", "data/2026/a.csv/", "x/"].filter((prefix) => globs.mayMatchBelow(prefix))).toEqual(
      [],
    );
  });
});

// The grammar by its definition, exponential and obvious.
function reference(pattern: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return path.length === 0;
  if (first === "**") {
    if (rest.length === 0) return path.length > 0;
    return path.some((_, i) => reference(rest, path.slice(i)));
  }
  const [segment, ...others] = path;
  return segment !== undefined && characters(Array.from(first), Array.from(segment)) && reference(rest, others);
}

function characters([first, ...rest]: readonly string[], text: readonly string[]): boolean {
  if (first === undefined) return text.length === 0;
  if (first === "*") return [...text, ""].some((_, i) => characters(rest, text.slice(i)));
  return text.length > 0 && (first === "?" || first === text[0]) && characters(rest, text.slice(1));
}

const letter = constantFrom("a", "b", "é", "😀");
const word = array(letter, { minLength: 1, maxLength: 5 }).map((letters) => letters.join(""));
const pathArb = array(word, { minLength: 1, maxLength: 5 }).map((segments) => segments.join("/"));
const wild = array(oneof(letter, constantFrom("*", "?")), { minLength: 1, maxLength: 5 });
const patternArb = array(oneof({ arbitrary: wild.map((parts) => parts.join("")), weight: 3 }, constant("**")), {
  minLength: 1,
  maxLength: 5,
})
  .map((segments) => segments.join("/"))
  .filter((pattern) => globViolations([pattern], "p").length === 0);

describe("the matcher", () => {
  it("agrees with the definition of the patterns", () => {
    assert(
      property(patternArb, pathArb, (pattern, path) => {
        expect(matches(pattern, path)).toBe(reference(pattern.split("/"), path.split("/")));
      }),
      { numRuns: 5_000 },
    );
  });

  it("never says that nothing can match below a prefix of what matches", () => {
    assert(
      property(patternArb, pathArb, (pattern, path) => {
        pre(matches(pattern, path));
        const segments = path.split("/");
        const prefixes = segments.map((_, i) =>
          segments
            .slice(0, i)
            .map((segment) => `${segment}/`)
            .join(""),
        );
        expect(prefixes.filter((prefix) => !compileGlobs([pattern]).mayMatchBelow(prefix))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  const run = (n: number): string => "a".repeat(n);
  const long = Array.from({ length: 4 }, () => run(255)).join("/");
  const deep = Array.from({ length: 32 }, () => run(31)).join("/");
  it.each([
    ["one wildcard and a long tail", `*${run(126)}b`, long],
    ["a tail behind any segments", `**/*${run(120)}b`, long],
    ["wildcards by the dozen", "*a".repeat(127), long],
    ["the pattern that hung a library", `${"*a".repeat(10)}X`, run(60)],
    ["every ** it may have", `${"**/a/".repeat(8)}b`, Array.from({ length: 32 }, () => "a").join("/")],
    ["both kinds at once", `**/${`*${run(13)}/`.repeat(7)}b`, deep],
    ["single wildcards", `**/*${"?".repeat(120)}b`, deep],
  ])("compares each pair of characters at most once: %s", (_name, pattern, path) => {
    const meter = { steps: 0 };
    expect(globViolations([pattern], "p")).toEqual([]);
    expect(globsOf([pattern], meter).matches(path)).toBe(false);
    // 2 ns a step, measured: half a millisecond at the very most.
    expect(meter.steps).toBeLessThanOrEqual((pattern.length + 1) * (path.length + 1));
  });
});

describe("isWithin", () => {
  it.each([
    [["a"], ["a"]],
    [["a/b"], ["a/*"]],
    [["a/b*"], ["a/*"]],
    [["a/?"], ["a/*"]],
    [["a/*"], ["a/**"]],
    [["a/**/b"], ["a/**"]],
    [["a/**"], ["**"]],
    [["**"], ["**"]],
    [["a/**/c"], ["**/c"]],
    [
      ["x", "a/b"],
      ["a/*", "x"],
    ],
    [[], []],
    [[], ["a"]],
  ])("%j lies within %j", (inner, outer) => {
    expect(isWithin(inner, outer)).toBe(true);
  });

  it.each([
    [["a"], []],
    [["a/*"], ["a/b"]],
    [["a/**"], ["a/*"]],
    [["a*"], ["a?"]],
    [["**"], ["*"]],
    [["a"], ["a/**"]],
    [["a/b", "c"], ["a/*"]],
    [["data/1*"], ["data/10*"]],
    [["A"], ["a"]],
  ])("%j does not lie within %j", (inner, outer) => {
    expect(isWithin(inner, outer)).toBe(false);
  });

  it("never lets a path through that the outer globs do not match", () => {
    let within = 0;
    assert(
      property(patternArb, array(patternArb, { maxLength: 4 }), pathArb, (inner, outer, path) => {
        if (!isWithin([inner], outer)) return;
        within += 1;
        expect(!matches(inner, path) || compileGlobs(outer).matches(path)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
    expect(within).toBeGreaterThan(50);
  });
});

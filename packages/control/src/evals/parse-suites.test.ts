import { describe, expect, it } from "vitest";
import { isSuite, parseSuites } from "./parse-suites.ts";

const file = (content: unknown, path = "evals/a.json"): { path: string; bytes: Uint8Array } => ({
  path,
  bytes: new TextEncoder().encode(typeof content === "string" ? content : JSON.stringify(content)),
});
const suite = (change: object = {}): object => ({
  name: "basics",
  skill: "echo",
  cases: [{ id: "one", input: {}, expected: { total: 1 }, scorers: [{ type: "number", at: "/total" }] }],
  ...change,
});
const withCase = (change: object): object =>
  suite({ cases: [{ id: "one", input: 1, expected: 2, scorers: [{ type: "exact" }], ...change }] });
const withScorer = (scorer: object): object => withCase({ scorers: [scorer] });

describe("the suites of a source", () => {
  it("are the JSON files of its evals folder, with defaults filled in", () => {
    expect(["evals/a.json", "evals/b/c.json", "evals/readme.md", "src/evals/a.json"].filter(isSuite)).toEqual([
      "evals/a.json",
    ]);
    expect(parseSuites([file(suite()), file("{", "src/data.json")])).toEqual([
      {
        name: "basics",
        skill: "echo",
        threshold: "1",
        timeoutSeconds: 60,
        cases: [
          { id: "one", input: {}, expected: { total: 1 }, scorers: [{ type: "number", at: "/total", tolerance: 0 }] },
        ],
      },
    ]);
    expect(parseSuites([])).toEqual([]);
    const sampled = [
      { type: "judge", at: "/text", rubric: "It is kind.", model: "openai/gpt-5", threshold: "0.8" },
      { type: "number", at: "/total", min: 0 },
    ];
    expect(parseSuites([file(suite({ sampled }))])[0]?.sampled).toEqual([
      sampled[0],
      { type: "number", at: "/total", min: 0, tolerance: 0 },
    ]);
  });

  it("are refused with the file and the place when something does not fit", () => {
    const deep = JSON.parse(`${"[".repeat(100)}${"]".repeat(100)}`) as unknown;
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      ["{", /evals\/a\.json is not JSON/],
      [[], /must be an object/],
      [suite({ nmae: 1 }), /"nmae"/],
      [suite({ name: "A b" }), /name must be/],
      [suite({ skill: "a/b" }), /skill must be/],
      [suite({ threshold: 0.9 }), /threshold must be/],
      [suite({ threshold: "1.1" }), /threshold must be/],
      [suite({ timeoutSeconds: 1e9 }), /timeoutSeconds/],
      [suite({ cases: [] }), /cases must be a list/],
      [suite({ cases: undefined }), /no cases/],
      [withCase({ id: "../x" }), /cases\[0\] id/],
      [withCase({ input: undefined }), /no input/],
      [withCase({ input: deep }), /nested deeper/],
      [withCase({ input: "\ud800" }), /surrogate/],
      [withCase({ scorers: [] }), /scorers must be/],
      [withScorer({ type: "model" }), /scorers\[0\] type must be one of/],
      [withScorer({ type: "judge" }), /scorers\[0\] needs "rubric"/],
      [withScorer({ type: "judge", rubric: "kind", model: "a b" }), /model must be/],
      [withScorer({ type: "judge", rubric: "kind", threshold: 0.5 }), /threshold must be/],
      [withScorer({ type: "number", at: "/x" }), /"min" or "max"/],
      [withScorer({ type: "number", min: 1, tolerance: 1 }), /both bounds/],
      [suite({ sampled: [{ type: "exact" }] }), /sampled\[0\] needs something expected/],
      [suite({ sampled: [] }), /sampled must be/],
      [withScorer({ type: "constructor" }), /type must be one of/],
      [withScorer({ type: "exact", tolerance: 1 }), /"tolerance"/],
      [withScorer({ type: "exact", at: "/none" }), /needs something expected/],
      [withScorer({ type: "exact", at: "none" }), /JSON Pointer/],
      [withScorer({ type: "number", tolerance: -1 }), /tolerance/],
      [withScorer({ type: "contains" }), /needs "text"/],
      [withScorer({ type: "regex", pattern: "(?=x)" }), /pattern is not usable/],
      [withScorer({ type: "schema", schema: { $ref: "#" } }), /schema is not usable/],
      [withScorer({ type: "code", skill: "a/b/c" }), /skill must be/],
    ];
    for (const [content, problem] of wrong) {
      expect(() => parseSuites([file(content)]), JSON.stringify(content)).toThrow(problem);
    }
    const twice = [{ id: "x", input: 1, scorers: [{ type: "contains", text: "a" }] }];
    expect(() => parseSuites([file(suite({ cases: [...twice, ...twice] }))])).toThrow(/same id/);
    expect(() => parseSuites([file(suite()), file(suite(), "evals/b.json")])).toThrow(/same name/);
    expect(() => parseSuites([file(" ".repeat(300_000))])).toThrow(/larger than 256 KiB/);
    const many = Array.from({ length: 17 }, (_, n) => file(suite({ name: `s${n}` }), `evals/${n}.json`));
    expect(() => parseSuites(many)).toThrow(/at most 16/);
  });
});

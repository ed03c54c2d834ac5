import { describe, expect, it } from "vitest";
import { unifiedDiff } from "./text-diff.ts";

const LABELS = { from: "a", to: "b" };

/** Applies a unified diff the simple way, so that the tests do not depend on how hunks look. */
function patch(before: string, diff: string): string {
  const lines = before.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const result: string[] = [];
  let next = 0;
  for (const hunk of diff.split(/^(?=@@ )/m).slice(1)) {
    const [head = "", ...body] = hunk.split("\n").slice(0, -1);
    const [, begin = "0", count] = /^@@ -(\d+)(?:,(\d+))?/.exec(head) ?? [];
    const start = count === "0" ? Number(begin) : Number(begin) - 1;
    result.push(...lines.slice(next, start));
    next = start;
    for (const [index, line] of body.entries()) {
      if (line.startsWith("\\")) continue;
      const text = `${line.slice(1)}${body[index + 1]?.startsWith("\\") ? "" : "\n"}`;
      if (line.startsWith(" ") || line.startsWith("-")) expect(lines[next++]).toBe(text);
      if (line.startsWith(" ") || line.startsWith("+")) result.push(text);
    }
  }
  return [...result, ...lines.slice(next)].join("");
}

describe("a unified diff", () => {
  it("is empty for equal texts", () => {
    expect(unifiedDiff("a\nb\n", "a\nb\n", LABELS)).toBe("");
  });

  it("shows changes with three lines of context, apart from each other when they are far apart", () => {
    const before = Array.from({ length: 20 }, (_, i) => `line ${i + 1}\n`).join("");
    const after = before.replace("line 2\n", "line two\n").replace("line 19\n", "");
    expect(unifiedDiff(before, after, LABELS)).toBe(
      [
        "--- a",
        "+++ b",
        "@@ -1,5 +1,5 @@",
        " line 1",
        "-line 2",
        "+line two",
        " line 3",
        " line 4",
        " line 5",
        "@@ -16,5 +16,4 @@",
        " line 16",
        " line 17",
        " line 18",
        "-line 19",
        " line 20",
        "",
      ].join("\n"),
    );
  });

  it("tells of a last line break that is missing, and of files that begin or end", () => {
    expect(unifiedDiff("a\n", "a", LABELS)).toBe("--- a\n+++ b\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n");
    expect(unifiedDiff("", "x\n", LABELS)).toBe("--- a\n+++ b\n@@ -0,0 +1 @@\n+x\n");
    expect(unifiedDiff("x\n", "", LABELS)).toBe("--- a\n+++ b\n@@ -1 +0,0 @@\n-x\n");
  });

  it("turns one text into the other, whatever they are", () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    for (let round = 0; round < 300; round += 1) {
      const text = (): string =>
        Array.from({ length: random(12) }, () => `${"abc"[random(3)]}\n`).join("") + ["", "end"][random(2)];
      const [before, after] = [text(), text()];
      expect(patch(before, unifiedDiff(before, after, LABELS))).toBe(after);
    }
  });

  it("stays quick where nothing is alike, and still turns one into the other", () => {
    const lines = (word: string): string => Array.from({ length: 20_000 }, (_, i) => `${word} ${i}\n`).join("");
    const started = performance.now();
    const diff = unifiedDiff(lines("before"), lines("after"), LABELS);
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(patch(lines("before"), diff)).toBe(lines("after"));
  });
});

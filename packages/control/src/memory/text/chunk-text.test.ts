import { array, assert, constantFrom, integer, oneof, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { chunkText } from "./chunk-text.ts";

const piecesOf = (text: string, max: number, overlap = 0): string[] =>
  chunkText(text, { max, overlap }).map(([from, to]) => text.slice(from, to));

describe("chunkText", () => {
  it("keeps paragraphs whole while they fit, and begins anew at a heading", () => {
    const text = "# One\n\nFirst paragraph of it.\n\nSecond one.\n\n# Two\n\nAnother.";
    expect(piecesOf(text, 60)).toEqual(["# One\n\nFirst paragraph of it.\n\nSecond one.", "# Two\n\nAnother."]);
    expect(piecesOf("short", 60)).toEqual(["short"]);
    expect(piecesOf(" \n\n ", 60)).toEqual([]);
  });

  it("cuts a long paragraph at sentences, with the last ones again", () => {
    const text = "One is here. Two is here. Three is here. Four is here.";
    expect(piecesOf(text, 30)).toEqual(["One is here. Two is here.", "Three is here. Four is here."]);
    expect(piecesOf(text, 30, 15)).toEqual([
      "One is here. Two is here.",
      "Two is here. Three is here.",
      "Three is here. Four is here.",
    ]);
  });

  it("cuts what has no sentences between characters, never within one", () => {
    const family = "👨‍👩‍👧‍👦";
    for (const piece of piecesOf(family.repeat(20), 40)) expect(piece.replaceAll(family, "")).toBe("");
    for (const piece of piecesOf("e\u0301".repeat(100), 25)) expect(piece).toMatch(/^(?:e\u0301)+$/);
  });

  it("gives the same spans each time, none too long, none torn, and together everything that is no white space", () => {
    const words = array(oneof(string({ unit: "grapheme" }), constantFrom("\n\n", ". ", "# ", "\n", " ")));
    assert(
      property(words, integer({ min: 40, max: 200 }), integer({ min: 0, max: 30 }), (parts, max, overlap) => {
        const text = parts.join("");
        const spans = chunkText(text, { max, overlap });
        expect(chunkText(text, { max, overlap })).toEqual(spans);
        const covered = new Uint8Array(text.length);
        for (const [from, to] of spans) {
          expect(to - from).toBeGreaterThan(0);
          expect(to - from).toBeLessThanOrEqual(max);
          expect(text.slice(from, to).isWellFormed()).toBe(text.isWellFormed());
          covered.fill(1, from, to);
        }
        const left = [...covered.keys()].filter((i) => covered[i] === 0 && /\S/.test(text[i] ?? ""));
        expect(left).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

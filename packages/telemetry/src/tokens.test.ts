import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_TOKENS, tokensOf } from "./tokens.ts";

describe("the tokens of a text", () => {
  it("are its words, in lower case and without accents, each once", () => {
    expect(tokensOf("Écran café: CAFE, 12:30 x_y /v1/Agents")).toEqual([
      "ecran",
      "cafe",
      "12",
      "30",
      "x",
      "y",
      "v1",
      "agents",
    ]);
    expect(tokensOf("Straße ﬁn 日本 Ⅳ")).toEqual(["straße", "fin", "日本", "iv"]);
    expect(tokensOf(" -->\u001b[31m")).toEqual([]);
  });

  it("are bounded", () => {
    expect(tokensOf(Array.from({ length: 1_000 }, (_, n) => `w${n}`).join(" "))).toHaveLength(MAX_TOKENS);
    expect(tokensOf("x".repeat(100_000))[0]).toHaveLength(64);
  });

  it("are the tokens of themselves, and text that every store takes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        for (const token of tokensOf(text)) {
          expect(tokensOf(token)).toEqual([token]);
          expect(token.isWellFormed()).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("leave out the colours of a terminal", () => {
    expect(tokensOf("\u001b[31mfailed\u001b[0m to \u001b]8;;https://a.example\u0007open\u001b]8;;\u0007")).toEqual([
      "failed",
      "to",
      "open",
    ]);
  });
});

import { describe, expect, test } from "vitest";
import { fieldOf, isWhole, piecesOf, quoteValue, valueOf, withField } from "./query-pieces.ts";

const texts = (text: string): readonly string[] => piecesOf(text).map((piece) => piece.text);

describe("the pieces of a query", () => {
  test("are its terms as they were written", () => {
    expect(texts('level:error  -noise "exact words" /a b\\/c/ agent:a|"b c" dur:>2s')).toEqual([
      "level:error",
      "-noise",
      '"exact words"',
      "/a b\\/c/",
      'agent:a|"b c"',
      "dur:>2s",
    ]);
  });

  test("say where they stand", () => {
    expect(piecesOf(" ab  c")).toEqual([
      { text: "ab", from: 1, to: 3 },
      { text: "c", from: 5, to: 6 },
    ]);
  });

  test("end with the text when a quote is not closed", () => {
    expect(texts('a "b c')).toEqual(["a", '"b c']);
    expect(isWhole('a "b c')).toBe(false);
    expect(isWhole('a "b c"')).toBe(true);
    expect(isWhole("/a b")).toBe(false);
    expect(isWhole("agent:a")).toBe(true);
  });

  test("have a field unless they are an address", () => {
    expect(fieldOf("-agent:x")).toBe("agent");
    expect(fieldOf("http.route:/a")).toBe("http.route");
    expect(fieldOf("https://host")).toBeUndefined();
    expect(fieldOf("word")).toBeUndefined();
  });

  test("can be exchanged field by field", () => {
    expect(valueOf("since:15m level:error", "since")).toBe("15m");
    expect(withField("since:15m x level:error", "since", "since:1h")).toBe("x level:error since:1h");
    expect(withField("since:15m x", "since", undefined)).toBe("x");
  });

  test("quote what would be read otherwise", () => {
    expect(["a", "a b", 'a"b', "x*", ">1"].map(quoteValue)).toEqual(["a", '"a b"', 'a"b', '"x*"', '">1"']);
  });
});

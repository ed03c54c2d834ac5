import { expect, test } from "vitest";
import { shellWord } from "./shell-word.ts";

test("names and paths stay as they are", () => {
  for (const plain of ["echo", "data/2026/sales.csv", "level:error", "a@b.example", "rcpt_01m"])
    expect(shellWord(plain)).toBe(plain);
});

test("what a shell would expand, split or end is quoted", () => {
  expect(shellWord("$(id)`id`")).toBe("'$(id)`id`'");
  expect(shellWord("a b;c")).toBe("'a b;c'");
  expect(shellWord("it's")).toBe(String.raw`'it'\''s'`);
  expect(shellWord("~root")).toBe("'~root'");
  expect(shellWord("")).toBe("''");
});

import { expect, test } from "vitest";
import { duration } from "./duration.ts";
import { fields, table } from "./table.ts";

test("columns are aligned, gaps are dashes, cells are safe", () => {
  const rows = [
    ["echo", 1, "\u001b[31mred\u001b[0m"],
    ["größe-agent", undefined, ""],
  ];
  expect(table(["name", "calls", "what"], rows, "none")).toBe(
    ["NAME         CALLS  WHAT", "echo         1      red", "größe-agent  -      -"].join("\n"),
  );
  expect(table(["name"], [], "No agents.")).toBe("No agents.");
});

test("fields leave out what is not there", () => {
  expect(
    fields([
      ["name", "x"],
      ["a longer one", 1],
      ["absent", undefined],
      ["empty", ""],
    ]),
  ).toBe("name          x\na longer one  1");
});

test("durations as people say them", () => {
  expect([840, 2_140, 185_000].map(duration)).toEqual(["840 ms", "2.1 s", "3 min 5 s"]);
});

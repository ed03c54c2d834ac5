import { expect, test } from "vitest";
import { findEntry } from "./find-entry.ts";

test.each([
  ["berth.json wins", ["a.ts", "main.js", "src/agent.ts"], { configEntry: "a.ts", packageMain: "main.js" }, "a.ts"],
  ["package.json main comes next", ["main.js", "src/agent.ts"], { packageMain: "./main.js" }, "main.js"],
  ["main may lack its extension", ["lib/index.js"], { packageMain: "lib" }, "lib/index.js"],
  [
    "a main that is not there falls back to the usual files",
    ["src/agent.ts"],
    { packageMain: "index.js" },
    "src/agent.ts",
  ],
  ["src/agent.ts comes before index.ts", ["index.ts", "src/agent.ts"], {}, "src/agent.ts"],
  ["JavaScript will do", ["src/agent.mjs"], {}, "src/agent.mjs"],
  ["src/index.ts is the last", ["src/index.ts"], {}, "src/index.ts"],
])("%s", (_, paths, hints, entry) => {
  expect(findEntry(new Set(paths), hints)).toBe(entry);
});

test("an entry that berth.json names must be there", () => {
  expect(() => findEntry(new Set(["src/agent.ts"]), { configEntry: "src/agnet.ts" })).toThrow(
    "berth.json (entry) names src/agnet.ts",
  );
});

test("a folder without anything to start from is told what to add", () => {
  expect(() => findEntry(new Set(["README.md"]), {})).toThrow(expect.objectContaining({ reason: "CONFIG_INVALID" }));
});

import { expect, it } from "vitest";
import { parseRecording } from "./recorded-cache.ts";

const ENTRY = { folder: "v26.10.0-x64-fc01cbbb-1000", name: "1285f9b0", bytes: 3 };

function recording(table: unknown, bytes: string): Buffer {
  return Buffer.from(`${JSON.stringify(table)}\n${bytes}`);
}

it("takes files of Node's compile cache", () => {
  const files = parseRecording(recording([ENTRY, { ...ENTRY, name: "f30222c1", bytes: 2 }], "abcde"));
  expect(files?.map(({ folder, name, content }) => [folder, name, content.toString()])).toEqual([
    [ENTRY.folder, "1285f9b0", "abc"],
    [ENTRY.folder, "f30222c1", "de"],
  ]);
});

it.each([
  ["nothing", Buffer.alloc(0)],
  ["no table", Buffer.from("x".repeat(100_000))],
  ["a table without files", recording([], "")],
  ["a table of something else", recording({ length: 1 }, "")],
  ["no JSON", Buffer.from("[\n")],
  ["a folder that climbs", recording([{ ...ENTRY, folder: "v1/../../etc" }], "abc")],
  ["a name with a slash", recording([{ ...ENTRY, name: "a/b" }], "abc")],
  ["a name that climbs", recording([{ ...ENTRY, name: ".." }], "abc")],
  ["a negative size", recording([{ ...ENTRY, bytes: -3 }], "abc")],
  ["too few bytes", recording([{ ...ENTRY, bytes: 4 }], "abc")],
  ["too many bytes", recording([ENTRY], "abcd")],
  [
    "too many files",
    recording(
      Array.from({ length: 300 }, () => ({ ...ENTRY, bytes: 0 })),
      "",
    ),
  ],
])("takes nothing of %s", (_what, bytes) => {
  expect(parseRecording(bytes)).toBeUndefined();
});

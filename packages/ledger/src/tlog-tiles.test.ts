import { describe, expect, it } from "vitest";
import { decodeEntryBundle, encodeEntryBundle, parseTilePath, tilePath } from "./tlog-tiles.ts";

describe("tile paths", () => {
  it.each([
    ["tile/0/000", { level: 0, index: 0, width: 256 }],
    ["tile/1/999.p/255", { level: 1, index: 999, width: 255 }],
    ["tile/2/x001/000.p/1", { level: 2, index: 1000, width: 1 }],
    ["tile/entries/x001/x234/067", { level: "entries", index: 1_234_067, width: 256 }],
    ["tile/63/x009/x007/x199/x254/740", { level: 63, index: 9_007_199_254_740, width: 256 }],
  ] as const)("%s is read and written", (path, coordinate) => {
    expect(parseTilePath(path)).toEqual(coordinate);
    expect(tilePath(coordinate)).toBe(path);
  });

  it.each([
    "tile/0/0",
    "tile/00/000",
    "tile/64/000",
    "tile/0/x000/001",
    "tile/0/001/002",
    "tile/0/x001/x002",
    "tile/0/000.p/0",
    "tile/0/000.p/01",
    "tile/0/000.p/256",
    "tile/-1/000",
    "tile/entries/000/",
    "tile/entries/../000",
    "0/000",
    "",
    `tile/0/${"x001/".repeat(6)}000`,
  ])("%j is no tile", (path) => {
    expect(parseTilePath(path)).toBeUndefined();
  });
});

describe("entry bundles", () => {
  it("come back as they went in", () => {
    const entries = [new Uint8Array(0), Uint8Array.of(1, 2, 3), new Uint8Array(65_535).fill(7)];
    expect(decodeEntryBundle(encodeEntryBundle(entries)).map((entry) => [...entry])).toEqual(
      entries.map((entry) => [...entry]),
    );
  });

  it("refuse what is too long or cut off", () => {
    expect(() => encodeEntryBundle([new Uint8Array(65_536)])).toThrow("longer");
    expect(() => decodeEntryBundle(Uint8Array.of(0))).toThrow("inside an entry");
    expect(() => decodeEntryBundle(Uint8Array.of(0, 2, 1))).toThrow("inside an entry");
    expect(() => decodeEntryBundle(new Uint8Array(2 * 257))).toThrow("more than 256");
  });
});

import { describe, expect, it } from "vitest";
import { publishedLog } from "../test/published-log.ts";
import { LedgerError } from "./ledger-error.ts";
import { verifyTiles } from "./verify-tiles.ts";

async function firstBad(
  tiles: ReadonlyMap<string, Uint8Array>,
  head: Parameters<typeof verifyTiles>[1],
): Promise<number | undefined> {
  try {
    await verifyTiles(async (path) => tiles.get(path), head);
  } catch (error) {
    if (error instanceof LedgerError && error.check === "tile") return error.index;
    throw error;
  }
  return undefined;
}

describe("verifyTiles", () => {
  it.each([0, 1, 255, 256, 257, 600])("accepts a published log of %i entries", async (size) => {
    const { tiles, head } = publishedLog(size);
    expect(await firstBad(tiles, head)).toBeUndefined();
  });

  it("names the first entry that was changed, in the entries or in the hashes", async () => {
    const { tiles, head } = publishedLog(600);
    for (const [path, at, expected] of [
      ["tile/entries/000", 2, 0],
      ["tile/entries/001", 2, 256],
      ["tile/0/000", 32 * 17, 17],
      ["tile/0/002.p/88", 32 * 87 + 31, 599],
      ["tile/1/000.p/2", 32, 1],
    ] as const) {
      const bytes = new Uint8Array(tiles.get(path) ?? []);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      expect(await firstBad(new Map(tiles).set(path, bytes), head), path).toBe(expected);
    }
  });

  it("refuses a log that is shorter, longer, or another than the checkpoint says", async () => {
    const { tiles, head } = publishedLog(600);
    expect(await firstBad(tiles, { ...head, size: 599 })).toBe(512);
    expect(await firstBad(tiles, { ...head, size: 601 })).toBe(512);
    expect(await firstBad(tiles, { ...head, root: new Uint8Array(32) })).toBe(600);
    const without = new Map(tiles);
    without.delete("tile/entries/001");
    expect(await firstBad(without, head)).toBe(256);
  });
});

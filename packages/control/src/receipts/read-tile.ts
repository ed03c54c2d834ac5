import { encodeEntryBundle, parseTilePath } from "@berth/ledger";
import { TILE_WIDTH } from "@berth/ledger";
import type { LedgerEntry } from "@berth/store";
import type { LogTree } from "./log-tree.ts";

export interface TileSources {
  readonly leafTile: (index: number) => Promise<readonly Uint8Array[]>;
  readonly entries: (from: number, to: number) => Promise<readonly LedgerEntry[]>;
}

/** A C2SP tile or entry bundle; undefined when the path is none or the log is not that long. */
export async function readTile(path: string, tree: LogTree, sources: TileSources): Promise<Uint8Array | undefined> {
  const coordinate = parseTilePath(path);
  if (coordinate === undefined) return undefined;
  const { level, index, width } = coordinate;
  const from = index * TILE_WIDTH;
  const available = Math.floor(tree.size / (level === "entries" ? 1 : TILE_WIDTH ** level));
  if (from + width > available) return undefined;
  if (level === "entries") {
    const entries = await sources.entries(from, from + width);
    return encodeEntryBundle(entries.map(({ data }) => Buffer.from(data)));
  }
  const hashes = await hashesOf(level, index, tree, sources);
  return Buffer.concat(hashes.slice(0, width));
}

async function hashesOf(
  level: number,
  index: number,
  tree: LogTree,
  sources: TileSources,
): Promise<readonly Uint8Array[]> {
  if (level > 0) return tree.level(level).slice(index * TILE_WIDTH, (index + 1) * TILE_WIDTH);
  return index === tree.fullTiles ? [...tree.lastTile()] : await sources.leafTile(index);
}

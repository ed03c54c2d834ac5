import { encodeEntryBundle, leafHash, merkleRoot, tilePath, TILE_WIDTH } from "../src/index.ts";

/** A log as C2SP tlog-tiles publishes it: what stands at each path. */
export interface PublishedLog {
  readonly tiles: ReadonlyMap<string, Uint8Array>;
  readonly head: { readonly size: number; readonly root: Uint8Array };
}

export function publishedLog(size: number): PublishedLog {
  const entries = Array.from({ length: size }, (_, i) => Buffer.from(`entry ${i}`));
  const tiles = new Map<string, Uint8Array>();
  inTiles(entries, (index, part) => {
    tiles.set(tilePath({ level: "entries", index, width: part.length }), encodeEntryBundle(part));
  });
  const leaves = entries.map((entry) => leafHash(entry));
  let hashes: readonly Uint8Array[] = leaves;
  for (let level = 0; hashes.length > 0; level++) {
    const above: Uint8Array[] = [];
    inTiles(hashes, (index, part) => {
      tiles.set(tilePath({ level, index, width: part.length }), Buffer.concat(part));
      if (part.length === TILE_WIDTH) above.push(merkleRoot(part));
    });
    hashes = above;
  }
  return { tiles, head: { size, root: merkleRoot(leaves) } };
}

function inTiles(items: readonly Uint8Array[], each: (index: number, part: readonly Uint8Array[]) => void): void {
  for (let at = 0; at < items.length; at += TILE_WIDTH) each(at / TILE_WIDTH, items.slice(at, at + TILE_WIDTH));
}

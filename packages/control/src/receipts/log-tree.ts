import { MerkleFrontier, TILE_WIDTH, nodeHash } from "@berth/ledger";
import type { SubtreeReader } from "@berth/ledger";
import { nodeSha256 } from "./node-sha256.ts";

/**
 * The Merkle tree of the log, without its leaves: in memory are the hashes of C2SP tile levels 1 and up (32 bytes per
 * 256 leaves), the leaf hashes of the last, unfinished tile, and the right edge. Other leaf tiles are read from the
 * store when a proof needs one.
 */
export class LogTree {
  /** `#levels[0]`: leaf hashes of the unfinished tile. `#levels[l]`: all hashes of tile level l. */
  readonly #levels: Uint8Array[][] = [[]];
  readonly #frontier: MerkleFrontier = new MerkleFrontier(nodeSha256);

  get size(): number {
    return this.#frontier.size;
  }

  append(leaf: Uint8Array): void {
    this.#frontier.append(leaf);
    this.#push(0, leaf);
  }

  root(): Uint8Array {
    return this.#frontier.root();
  }

  /** The root there would be with these leaves added. */
  rootWith(leaves: readonly Uint8Array[]): Uint8Array {
    const next = this.#frontier.clone();
    for (const leaf of leaves) next.append(leaf);
    return next.root();
  }

  /** Leaf hashes of the unfinished tile. */
  lastTile(): readonly Uint8Array[] {
    return this.#levels[0] ?? [];
  }

  /** All hashes of a tile level above the leaves. */
  level(level: number): readonly Uint8Array[] {
    return this.#levels[level] ?? [];
  }

  /** Number of full leaf tiles; their hashes are not in memory. */
  get fullTiles(): number {
    return Math.floor(this.size / TILE_WIDTH);
  }

  /** Reads subtrees for proofs about leaves in the unfinished tile or in `leafTiles` (full tiles by index). */
  reader(leafTiles: ReadonlyMap<number, readonly Uint8Array[]>): SubtreeReader {
    const hashAt = (tileLevel: number, at: number): Uint8Array => {
      if (tileLevel > 0) return known(this.level(tileLevel)[at]);
      const tile = Math.floor(at / TILE_WIDTH);
      const hashes = tile === this.fullTiles ? this.lastTile() : leafTiles.get(tile);
      return known(hashes?.[at % TILE_WIDTH]);
    };
    const read: SubtreeReader = (level, index) =>
      level % 8 === 0
        ? hashAt(level / 8, index)
        : nodeHash(read(level - 1, index * 2), read(level - 1, index * 2 + 1), nodeSha256);
    return read;
  }

  #push(level: number, hash: Uint8Array): void {
    const hashes = (this.#levels[level] ??= []);
    hashes.push(hash);
    if (hashes.length % TILE_WIDTH !== 0) return;
    const tile = new MerkleFrontier(nodeSha256);
    for (const member of hashes.slice(-TILE_WIDTH)) tile.append(member);
    if (level === 0) hashes.length = 0;
    this.#push(level + 1, tile.root());
  }
}

function known(hash: Uint8Array | undefined): Uint8Array {
  if (hash === undefined) throw new Error("a proof asked for a subtree that is not in memory");
  return hash;
}

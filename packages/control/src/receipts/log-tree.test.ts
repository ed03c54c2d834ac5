import { inclusionProof, leafHash, verifyInclusion } from "@berth/ledger";
import { describe, expect, it } from "vitest";
import { LogTree } from "./log-tree.ts";
import { nodeSha256 } from "./node-sha256.ts";

const leaves = Array.from({ length: 70_000 }, (_, i) => leafHash(Buffer.from(String(i)), nodeSha256));
const leafAt = (index: number): Uint8Array => leaves[index] ?? new Uint8Array(0);

function tileOf(index: number): ReadonlyMap<number, readonly Uint8Array[]> {
  const tile = Math.floor(index / 256);
  return new Map([[tile, leaves.slice(tile * 256, (tile + 1) * 256)]]);
}

describe("LogTree", () => {
  it("proves any leaf with only that leaf's tile at hand, at every kind of size", () => {
    const tree = new LogTree();
    const sizes = new Set([1, 2, 255, 256, 257, 511, 512, 1000, 65_535, 65_536, 65_537, 70_000]);
    for (const leaf of leaves) {
      tree.append(leaf);
      const { size } = tree;
      if (!sizes.has(size)) continue;
      for (const index of new Set([0, 1, 200, 255, 256, 300, 65_535, 65_536, size >> 1, size - 1])) {
        if (index >= size) continue;
        const proof = inclusionProof(index, size, tree.reader(tileOf(index)), nodeSha256);
        verifyInclusion({ index, size, leafHash: leafAt(index), proof, root: tree.root() });
      }
    }
  });

  it("keeps the hashes of C2SP tile levels: full tiles only, each level from the one below", () => {
    const tree = new LogTree();
    for (const leaf of leaves) tree.append(leaf);
    // The example of tlog-tiles for a log of 70,000 entries.
    expect([tree.fullTiles, tree.lastTile().length, tree.level(1).length, tree.level(2).length]).toEqual([
      273,
      112,
      256 + 17,
      1,
    ]);
  });

  it("knows the root with more leaves without taking them in", () => {
    const tree = new LogTree();
    for (const leaf of leaves.slice(0, 300)) tree.append(leaf);
    const before = tree.root();
    const more = tree.rootWith(leaves.slice(300, 600));
    expect(tree.root()).toEqual(before);
    for (const leaf of leaves.slice(300, 600)) tree.append(leaf);
    expect(tree.root()).toEqual(more);
  });
});

import { emptyRoot, nodeHash } from "./merkle-hash.ts";
import { sha256 } from "./sha256.ts";
import type { Sha256 } from "./sha256.ts";

/**
 * The right edge of a growing tree: one hash per set bit of its size. Enough to append leaves and to know the root, not
 * to prove anything.
 */
export class MerkleFrontier {
  readonly #hash: Sha256;
  /** Hash of the complete subtree of 2^level leaves at the right edge, where the size has that bit. */
  readonly #edge: (Uint8Array | undefined)[];
  #size: number;

  constructor(hash: Sha256 = sha256) {
    this.#hash = hash;
    this.#edge = [];
    this.#size = 0;
  }

  get size(): number {
    return this.#size;
  }

  append(leafHash: Uint8Array): void {
    let hash = leafHash;
    let level = 0;
    for (let left = this.#edge[level]; left !== undefined; left = this.#edge[++level]) {
      hash = nodeHash(left, hash, this.#hash);
      this.#edge[level] = undefined;
    }
    this.#edge[level] = hash;
    this.#size++;
  }

  root(): Uint8Array {
    let root: Uint8Array | undefined;
    for (const left of this.#edge) {
      if (left === undefined) continue;
      root = root === undefined ? left : nodeHash(left, root, this.#hash);
    }
    return root ?? emptyRoot(this.#hash);
  }

  /** An independent copy: to know a root before deciding to keep it. */
  clone(): MerkleFrontier {
    const copy = new MerkleFrontier(this.#hash);
    copy.#edge.push(...this.#edge);
    copy.#size = this.#size;
    return copy;
  }
}

/** Root over leaf hashes (not leaf data). */
export function merkleRoot(leafHashes: Iterable<Uint8Array>, hash: Sha256 = sha256): Uint8Array {
  const frontier = new MerkleFrontier(hash);
  for (const leaf of leafHashes) frontier.append(leaf);
  return frontier.root();
}

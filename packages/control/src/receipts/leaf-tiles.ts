import { TILE_WIDTH, equalBytes, leafHash, merkleRoot } from "@berth/ledger";
import type { ReceiptStore } from "@berth/store";
import { ledgerDisagrees } from "./ledger-disagrees.ts";
import { nodeSha256 } from "./node-sha256.ts";

// Half a megabyte of hashes.
const MAX_CACHED = 64;

/** Leaf hashes of full tiles, read from the store when somebody asks for a proof, the last few kept. */
export class LeafTiles {
  readonly #store: ReceiptStore;
  readonly #tiles: Map<number, readonly Uint8Array[]> = new Map();

  constructor(store: ReceiptStore) {
    this.#store = store;
  }

  /** @throws PlatformError STORE_CONFLICT when the stored entries are not the ones the tree was built from. */
  async read(index: number, root: Uint8Array): Promise<readonly Uint8Array[]> {
    const known = this.#tiles.get(index);
    if (known !== undefined) {
      this.#tiles.delete(index);
      this.#tiles.set(index, known);
      return known;
    }
    const start = index * TILE_WIDTH;
    const entries = await this.#store.ledgerEntries(start, start + TILE_WIDTH);
    const hashes = entries.map(({ data }) => leafHash(Buffer.from(data), nodeSha256));
    if (!equalBytes(merkleRoot(hashes, nodeSha256), root)) {
      throw ledgerDisagrees(`entries ${start} to ${start + TILE_WIDTH - 1} were changed`);
    }
    this.#tiles.set(index, hashes);
    const [oldest] = this.#tiles.keys();
    if (this.#tiles.size > MAX_CACHED && oldest !== undefined) this.#tiles.delete(oldest);
    return hashes;
  }
}

import { equalBytes } from "./bytes.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { LedgerError } from "./ledger-error.ts";
import { leafHash } from "./merkle-hash.ts";
import { MerkleFrontier, merkleRoot } from "./merkle-tree.ts";
import { sha256 } from "./sha256.ts";
import type { Sha256 } from "./sha256.ts";
import { TILE_WIDTH, decodeEntryBundle, tilePath } from "./tlog-tiles.ts";

/** The bytes at a tile's path, such as `tile/0/000`; undefined when there are none. */
export type TileReader = (path: string) => Promise<Uint8Array | undefined>;

const HASH_BYTES = 32;

/**
 * Reads a whole log, as it is published, and compares every entry with its hash, every hash above with what it covers,
 * and the root with a verified checkpoint. @throws LedgerError `tile` with the index of the first entry, or of the first
 * hash of a level, that does not agree.
 */
export async function verifyTiles(
  read: TileReader,
  { size, root }: Pick<Checkpoint, "size" | "root">,
  hash: Sha256 = sha256,
): Promise<void> {
  const tree = new MerkleFrontier(hash);
  let level = 0;
  let below: Uint8Array[] = [];
  for (let start = 0; start < size; start += TILE_WIDTH) {
    const coordinate = { index: start / TILE_WIDTH, width: Math.min(TILE_WIDTH, size - start) };
    const hashes = await readHashes(read, { level, ...coordinate }, start);
    const entries = await readEntries(read, coordinate, start);
    for (const [i, entry] of entries.entries()) {
      const leaf = leafHash(entry, hash);
      if (!equalBytes(leaf, hashes[i] ?? leaf.subarray(1))) {
        throw refused(`entry ${start + i} and its hash do not agree`, start + i);
      }
      tree.append(leaf);
    }
    if (coordinate.width === TILE_WIDTH) below.push(merkleRoot(hashes, hash));
  }
  if (!equalBytes(tree.root(), root)) throw refused("the entries do not have the root of the checkpoint", size);
  while (below.length > 0) {
    level++;
    below = await verifyLevel(read, level, below, hash);
  }
}

/** `expected`: the roots of the full tiles below. Returns those of this level's full tiles. */
async function verifyLevel(
  read: TileReader,
  level: number,
  expected: readonly Uint8Array[],
  hash: Sha256,
): Promise<Uint8Array[]> {
  const roots: Uint8Array[] = [];
  for (let start = 0; start < expected.length; start += TILE_WIDTH) {
    const width = Math.min(TILE_WIDTH, expected.length - start);
    const hashes = await readHashes(read, { level, index: start / TILE_WIDTH, width }, start);
    const bad = hashes.findIndex((found, i) => !equalBytes(found, expected[start + i] ?? found.subarray(1)));
    if (bad >= 0) throw refused(`hash ${start + bad} of level ${level} is not of what it covers`, start + bad);
    if (width === TILE_WIDTH) roots.push(merkleRoot(hashes, hash));
  }
  return roots;
}

async function readHashes(
  read: TileReader,
  coordinate: { readonly level: number; readonly index: number; readonly width: number },
  start: number,
): Promise<readonly Uint8Array[]> {
  const path = tilePath(coordinate);
  const tile = await read(path);
  if (tile?.length !== coordinate.width * HASH_BYTES) throw refused(`${path} is missing or of another size`, start);
  return Array.from({ length: coordinate.width }, (_, i) => tile.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
}

async function readEntries(
  read: TileReader,
  coordinate: { readonly index: number; readonly width: number },
  start: number,
): Promise<readonly Uint8Array[]> {
  const path = tilePath({ level: "entries", ...coordinate });
  const bundle = await read(path);
  if (bundle === undefined) throw refused(`${path} is missing`, start);
  let entries: readonly Uint8Array[];
  try {
    entries = decodeEntryBundle(bundle);
  } catch (cause) {
    throw refused(`${path} cannot be read`, start, cause);
  }
  if (entries.length !== coordinate.width) throw refused(`${path} has ${entries.length} entries`, start);
  return entries;
}

function refused(why: string, index: number, cause?: unknown): LedgerError {
  return new LedgerError("tile", why, { index, ...(cause === undefined ? {} : { cause }) });
}

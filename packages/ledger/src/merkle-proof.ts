import { LedgerError } from "./ledger-error.ts";
import { emptyRoot, nodeHash } from "./merkle-hash.ts";
import { sha256 } from "./sha256.ts";
import type { Sha256 } from "./sha256.ts";

/**
 * The hash of the complete subtree over the leaves [index·2^level, (index+1)·2^level). Called only for subtrees that
 * lie wholly inside the size asked for.
 */
export type SubtreeReader = (level: number, index: number) => Uint8Array;

/** Merkle tree hash of the first `size` leaves (RFC 6962 §2.1). */
export function treeRoot(size: number, read: SubtreeReader, hash: Sha256 = sha256): Uint8Array {
  return size === 0 ? emptyRoot(hash) : rangeHash(0, size, read, hash);
}

/** Audit path of a leaf in the tree of the first `size` leaves, leaf's sibling first (RFC 6962 §2.1.1). */
export function inclusionProof(
  index: number,
  size: number,
  read: SubtreeReader,
  hash: Sha256 = sha256,
): readonly Uint8Array[] {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new LedgerError("merkle", `no leaf ${index} in a tree of ${size}`);
  }
  const path: Uint8Array[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + largestPowerBelow(end - start);
    if (index < middle) {
      path.push(rangeHash(middle, end, read, hash));
      end = middle;
    } else {
      path.push(rangeHash(start, middle, read, hash));
      start = middle;
    }
  }
  return path.toReversed();
}

/** Shows that the tree of `from` leaves is a prefix of the one of `to` leaves (RFC 6962 §2.1.2). Empty when from is 0 or to. */
export function consistencyProof(
  from: number,
  to: number,
  read: SubtreeReader,
  hash: Sha256 = sha256,
): readonly Uint8Array[] {
  if (!Number.isSafeInteger(from) || from < 0 || from > to) {
    throw new LedgerError("merkle", `no consistency proof from ${from} to ${to}`);
  }
  if (from === 0) return [];
  const path: Uint8Array[] = [];
  let start = 0;
  let end = to;
  while (end !== from) {
    const middle = start + largestPowerBelow(end - start);
    if (from <= middle) {
      path.push(rangeHash(middle, end, read, hash));
      end = middle;
    } else {
      path.push(rangeHash(start, middle, read, hash));
      start = middle;
    }
  }
  // The old tree is itself a node of the new one when start is 0: the verifier has that hash already.
  if (start !== 0) path.push(rangeHash(start, end, read, hash));
  return path.toReversed();
}

function rangeHash(start: number, end: number, read: SubtreeReader, hash: Sha256): Uint8Array {
  const count = end - start;
  const half = largestPowerBelow(count);
  if (count === 1 || half * 2 === count) return read(Math.log2(count), start / count);
  return nodeHash(rangeHash(start, start + half, read, hash), rangeHash(start + half, end, read, hash), hash);
}

/** The largest power of two smaller than `count`; by arithmetic, because bit operations end at 2^31. */
function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

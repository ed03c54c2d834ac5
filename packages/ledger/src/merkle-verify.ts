import { equalBytes } from "./bytes.ts";
import { LedgerError } from "./ledger-error.ts";
import { emptyRoot, nodeHash } from "./merkle-hash.ts";
import { sha256 } from "./sha256.ts";
import type { Sha256 } from "./sha256.ts";

// Every argument here may come from an attacker. Sizes are below 2^53, so no honest proof is longer than this.
const MAX_PROOF_LENGTH = 64;

export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** RFC 9162 §2.1.3.2. @throws LedgerError `merkle` when the leaf is not proved to be in the tree. */
export function verifyInclusion({ index, size, leafHash, proof, root }: InclusionClaim, digest: Sha256 = sha256): void {
  checkHashes([leafHash, root, ...bounded(proof)]);
  if (!isSize(index) || !isSize(size) || index >= size) throw refused(`there is no leaf ${index} in a tree of ${size}`);
  let node = index;
  let last = size - 1;
  let hash = leafHash;
  for (const sibling of proof) {
    if (last === 0) throw refused("the inclusion proof is too long");
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash, digest);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else {
      hash = nodeHash(hash, sibling, digest);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  if (last !== 0) throw refused("the inclusion proof is too short");
  if (!equalBytes(hash, root)) throw refused("the leaf is not in the tree with this root");
}

export interface ConsistencyClaim {
  readonly fromSize: number;
  readonly fromRoot: Uint8Array;
  readonly toSize: number;
  readonly toRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** RFC 9162 §2.1.4.2. @throws LedgerError `merkle` when the old tree is not proved to be a prefix of the new one. */
export function verifyConsistency({ fromSize, fromRoot, toSize, toRoot, proof }: ConsistencyClaim): void {
  checkHashes([fromRoot, toRoot, ...bounded(proof)]);
  if (!isSize(fromSize) || !isSize(toSize) || fromSize > toSize) throw refused(`${fromSize} to ${toSize} is no growth`);
  if (fromSize === 0 || fromSize === toSize) {
    const expected = fromSize === 0 ? emptyRoot() : toRoot;
    if (proof.length > 0 || !equalBytes(fromRoot, expected)) throw refused("the trees are not consistent");
    if (toSize === 0 && !equalBytes(toRoot, expected)) throw refused("the trees are not consistent");
    return;
  }
  let node = fromSize - 1;
  let last = toSize - 1;
  while (node % 2 === 1) {
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  // node is 0 when fromSize is a power of two: then the old root itself is where the walk begins.
  const [first, ...rest] = node === 0 ? [fromRoot, ...proof] : proof;
  if (first === undefined) throw refused("the consistency proof is too short");
  let old = first;
  let now = first;
  for (const sibling of rest) {
    if (last === 0) throw refused("the consistency proof is too long");
    if (node % 2 === 1 || node === last) {
      old = nodeHash(sibling, old);
      now = nodeHash(sibling, now);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else {
      now = nodeHash(now, sibling);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  if (last !== 0) throw refused("the consistency proof is too short");
  if (!equalBytes(old, fromRoot) || !equalBytes(now, toRoot)) throw refused("the trees are not consistent");
}

function bounded(proof: readonly Uint8Array[]): readonly Uint8Array[] {
  if (proof.length > MAX_PROOF_LENGTH) throw refused("the proof is too long");
  return proof;
}

function checkHashes(hashes: readonly Uint8Array[]): void {
  if (hashes.some((hash) => hash.length !== 32)) throw refused("a hash is not 32 bytes long");
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function refused(why: string): LedgerError {
  return new LedgerError("merkle", why);
}

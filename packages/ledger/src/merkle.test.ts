import { describe, expect, it } from "vitest";
import { toHex } from "./bytes.ts";
import { LedgerError } from "./ledger-error.ts";
import { emptyRoot, leafHash, nodeHash } from "./merkle-hash.ts";
import { consistencyProof, inclusionProof, treeRoot } from "./merkle-proof.ts";
import type { SubtreeReader } from "./merkle-proof.ts";
import { MerkleFrontier, merkleRoot } from "./merkle-tree.ts";
import { verifyConsistency, verifyInclusion } from "./merkle-verify.ts";

// The eight leaves and roots that Certificate Transparency's reference implementations are tested with.
const CT_LEAVES = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
].map((hex) => leafHash(Buffer.from(hex, "hex")));
const CT_ROOTS = [
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

const leaves = Array.from({ length: 70 }, (_, i) => leafHash(Uint8Array.of(i)));
const subtrees = new Map<string, Uint8Array>();
const read: SubtreeReader = (level, index) => {
  const leaf = level === 0 ? leaves[index] : subtrees.get(`${level}/${index}`);
  if (leaf !== undefined) return leaf;
  const hash = nodeHash(read(level - 1, index * 2), read(level - 1, index * 2 + 1));
  subtrees.set(`${level}/${index}`, hash);
  return hash;
};
const roots = Array.from({ length: 71 }, (_, size) => treeRoot(size, read));
const rootOf = (size: number): Uint8Array => roots[size] ?? new Uint8Array(0);
const leafOf = (index: number): Uint8Array => leaves[index] ?? new Uint8Array(0);

/** How many of the claims are refused. */
function refusals<T>(claims: readonly T[], verify: (claim: T) => void): number {
  let count = 0;
  for (const claim of claims) {
    try {
      verify(claim);
    } catch (error) {
      if (error instanceof LedgerError && error.check === "merkle") count++;
    }
  }
  return count;
}

function flipped(hashes: readonly Uint8Array[], at: number): readonly Uint8Array[] {
  return hashes.map((hash, i) => (i === at ? hash.map((byte, j) => (j === at % 32 ? byte ^ 1 : byte)) : hash));
}

describe("Merkle tree", () => {
  it("has the known roots of RFC 6962", () => {
    expect(toHex(emptyRoot())).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CT_ROOTS.forEach((root, i) => expect(toHex(merkleRoot(CT_LEAVES.slice(0, i + 1)))).toBe(root));
  });

  it("knows the same root from its right edge as from its subtrees, for every size", () => {
    const frontier = new MerkleFrontier();
    for (let size = 0; size <= 70; size++) {
      expect(frontier.size).toBe(size);
      expect(toHex(frontier.root())).toBe(toHex(rootOf(size)));
      frontier.clone().append(leafOf(0));
      if (size < 70) frontier.append(leafOf(size));
    }
  });

  it("proves inclusion of every leaf in every size up to 70, and of nothing else", () => {
    for (let size = 1; size <= 70; size++) {
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(index, size, read);
        const claim = { index, size, leafHash: leafOf(index), proof, root: rootOf(size) };
        verifyInclusion(claim);
        const wrong = [
          { ...claim, index: index + 1 },
          { ...claim, leafHash: leafOf(index + 1) },
          { ...claim, root: rootOf(size - 1) },
          { ...claim, proof: [...proof, leafOf(0)] },
          ...(proof.length === 0
            ? []
            : [
                { ...claim, proof: proof.slice(1) },
                { ...claim, proof: proof.slice(0, -1) },
              ]),
          ...(index === 0 ? [] : [{ ...claim, index: index - 1 }]),
          ...proof.map((_, at) => ({ ...claim, proof: flipped(proof, at) })),
        ];
        expect(refusals(wrong, verifyInclusion)).toBe(wrong.length);
      }
    }
  });

  it("proves consistency of every pair of sizes up to 70, and of nothing else", () => {
    for (let to = 0; to <= 70; to++) {
      for (let from = 0; from <= to; from++) {
        const proof = consistencyProof(from, to, read);
        const claim = { fromSize: from, fromRoot: rootOf(from), toSize: to, toRoot: rootOf(to), proof };
        verifyConsistency(claim);
        const wrong = [
          { ...claim, fromRoot: leafOf(3) },
          { ...claim, proof: [...proof, leafOf(0)] },
          { ...claim, fromSize: to + 1 },
          ...(from === 0 ? [] : [{ ...claim, toRoot: leafOf(3) }]),
          ...(proof.length === 0
            ? []
            : [
                { ...claim, proof: proof.slice(1) },
                { ...claim, proof: proof.slice(0, -1) },
              ]),
          ...proof.map((_, at) => ({ ...claim, proof: flipped(proof, at) })),
        ];
        expect(refusals(wrong, verifyConsistency)).toBe(wrong.length);
      }
    }
  });

  it("refuses sizes and proofs that no honest log has", () => {
    const claim = { index: 0, size: 1, leafHash: leafOf(0), proof: [], root: leafOf(0) };
    verifyInclusion(claim);
    const many = Array.from({ length: 65 }, () => leafOf(0));
    for (const size of [-1, 0, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => verifyInclusion({ ...claim, size })).toThrow();
    }
    expect(() => verifyInclusion({ ...claim, size: 2 ** 52, proof: many })).toThrow("too long");
    expect(() => verifyInclusion({ ...claim, leafHash: new Uint8Array(31) })).toThrow("32 bytes");
    expect(() => inclusionProof(1, 1, read)).toThrow("no leaf");
    expect(() => consistencyProof(2, 1, read)).toThrow("no consistency proof");
  });

  it("walks sizes beyond 2^32 by arithmetic", () => {
    const size = 2 ** 40 + 3;
    // Every subtree of a tree whose leaves are all alike has a hash that depends on its level only.
    const alike: Uint8Array[] = [leafOf(0)];
    const same: SubtreeReader = (level) => (alike[level] ??= nodeHash(same(level - 1, 0), same(level - 1, 0)));
    for (const index of [0, 2 ** 33 + 1, 2 ** 40 - 1, 2 ** 40, size - 1]) {
      const proof = inclusionProof(index, size, same);
      const claim = { index, size, leafHash: leafOf(0), proof, root: treeRoot(size, same) };
      verifyInclusion(claim);
      expect(() => verifyInclusion({ ...claim, root: treeRoot(size - 1, same) })).toThrow();
    }
    const proof = consistencyProof(2 ** 35 + 7, size, same);
    const claim = { fromSize: 2 ** 35 + 7, fromRoot: treeRoot(2 ** 35 + 7, same), toSize: size, proof };
    verifyConsistency({ ...claim, toRoot: treeRoot(size, same) });
    expect(() => verifyConsistency({ ...claim, toRoot: treeRoot(size + 1, same) })).toThrow();
  });
});

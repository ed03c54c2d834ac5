import { generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import {
  MerkleFrontier,
  consistencyProof,
  encodeBase64,
  formatPublishedKeys,
  formatTlogProof,
  formatVerifierKey,
  inclusionProof,
  leafHash,
  merkleRoot,
  noteKey,
  signCheckpoint,
} from "@berth/ledger";

const ORIGIN = "berth.test/ledger/1";

/** A log of these entries, signed with a key of its own. */
export interface SampleLog {
  readonly keys: string;
  readonly vkey: string;
  checkpoint(size?: number): Promise<string>;
  consistency(from: number, to: number): readonly string[];
  tlogProof(index: number): Promise<string>;
}

export function sampleLog(entries: readonly string[], pair: SampleKeys = sampleKeys()): SampleLog {
  const leaves = entries.map((entry) => leafHash(Buffer.from(entry)));
  const read = (level: number, index: number): Uint8Array =>
    merkleRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level));
  const signer = {
    publicKey: new Uint8Array(pair.publicKey.export({ type: "spki", format: "der" }).subarray(-32)),
    sign: (data: Uint8Array) => new Uint8Array(sign(null, data, pair.privateKey)),
  };
  const vkey = formatVerifierKey(noteKey(ORIGIN, signer.publicKey));
  const checkpoint = async (size: number = leaves.length): Promise<string> => {
    const tree = new MerkleFrontier();
    for (const leaf of leaves.slice(0, size)) tree.append(leaf);
    return await signCheckpoint({ origin: ORIGIN, size, root: tree.root() }, signer);
  };
  return {
    vkey,
    keys: formatPublishedKeys({ origin: ORIGIN, log: { vkey }, controlPlane: [] }),
    checkpoint,
    consistency: (from, to) => consistencyProof(from, to, read).map(encodeBase64),
    tlogProof: async (index) =>
      formatTlogProof({ index, hashes: inclusionProof(index, leaves.length, read), checkpoint: await checkpoint() }),
  };
}

export interface SampleKeys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export function sampleKeys(): SampleKeys {
  return generateKeyPairSync("ed25519");
}

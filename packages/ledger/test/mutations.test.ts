import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  LedgerError,
  canonicalJson,
  consistencyProof,
  formatTlogProof,
  inclusionProof,
  leafHash,
  parseTlogProof,
  parseVerifierKey,
  treeRoot,
  verifyBundle,
  verifyCheckpoint,
  verifyConsistency,
  verifyInclusion,
  verifyTiles,
} from "../src/index.ts";
import type { SubtreeReader } from "../src/index.ts";
import { createNodeCrypto } from "../src/node/node-crypto.ts";
import { mutateJson, mutateText, pick, seededRandom } from "./mutate-json.ts";
import { publishedLog } from "./published-log.ts";
import { makeSampleLog, readerOf } from "./sample-bundle.ts";

// The long run makes a million of them. A failure names its seed.
const LONG = process.env["TEST_LONG"] === "1";
const BUNDLES = LONG ? 600_000 : 3_000;
const PROOFS = LONG ? 350_000 : 3_000;
const TILES = LONG ? 50_000 : 300;
const TIMEOUT_MS = LONG ? 3_600_000 : 60_000;

const crypto = createNodeCrypto();

/** True when it was refused. A bug in the verifier stays an error. */
async function refuses(step: () => unknown): Promise<boolean> {
  try {
    await step();
    return false;
  } catch (error) {
    if (error instanceof LedgerError) return true;
    throw error;
  }
}

describe("of changed bundles", () => {
  // Nothing can show that an addendum was left out, so that is no change to find.
  const exempt = /^\/addenda(\/\d+)?$/;

  async function originals(): Promise<readonly string[]> {
    const golden = readFileSync(join(import.meta.dirname, "fixtures/0.1-csv-analyst-approved.json"), "utf8").trimEnd();
    const sample = await makeSampleLog({ addenda: ["eval", "review", "adjust"], rotations: 1, handedOver: true });
    const redacted = await makeSampleLog({ withheld: [1, 3] });
    return [golden, sample.bundle, redacted.bundle];
  }

  /** Changes the signed text too, not only what lies around it. */
  function mutate(text: string, random: () => number): string {
    // Bundles are objects; `mutateJson` does not care for more.
    const bundle = JSON.parse(text) as Record<string, unknown> & { envelope: { payload: string } };
    if (random() < 0.3) {
      const payload = JSON.parse(Buffer.from(bundle.envelope.payload, "base64").toString("utf8")) as Record<
        string,
        unknown
      >;
      mutateJson(payload, random, /^$/);
      bundle.envelope.payload = Buffer.from(canonicalJson(payload)).toString("base64");
    } else mutateJson(bundle, random, exempt);
    return canonicalJson(bundle);
  }

  it(`none of ${BUNDLES} is accepted`, { timeout: TIMEOUT_MS }, async () => {
    const texts = await originals();
    for (const text of texts) await verifyBundle(text, { crypto });
    const accepted: string[] = [];
    for (let seed = 0, tried = 0; tried < BUNDLES; seed++) {
      const random = seededRandom(seed);
      const original = pick(texts, random);
      const text = random() < 0.1 ? mutateText(original, random) : mutate(original, random);
      // Something may have been replaced by its like.
      if (text === original || `${original}\n` === text) continue;
      tried++;
      if (!(await refuses(() => verifyBundle(text, { crypto })))) accepted.push(`seed ${seed}`);
    }
    expect(accepted).toEqual([]);
  });
});

describe("of changed proofs", () => {
  it(`none of ${PROOFS} is accepted`, { timeout: TIMEOUT_MS }, async () => {
    const sample = await makeSampleLog({ filler: [120, 60, 119] });
    const leaves = sample.entries.map((entry) => leafHash(Buffer.from(entry)));
    const size = leaves.length;
    const read = remembering(readerOf(leaves));
    const roots = Array.from({ length: size + 1 }, (_, n) => treeRoot(n, read));
    const key = parseVerifierKey(sample.parts.log.vkey);
    const { checkpoint } = sample.parts.log;
    const zero = new Uint8Array(32);
    const flip = (hash: Uint8Array, random: () => number): Uint8Array => {
      const at = Math.floor(random() * hash.length);
      return hash.with(at, (hash[at] ?? 0) ^ (1 << Math.floor(random() * 8)));
    };
    const spoil = (proof: readonly Uint8Array[], random: () => number): readonly Uint8Array[] => {
      const at = Math.floor(random() * proof.length);
      const hash = proof[at] ?? zero;
      if (proof.length === 0 || random() < 0.1) return [...proof, flip(zero, random)];
      if (random() < 0.2) return proof.toSpliced(at, 1);
      return proof.with(at, flip(hash, random));
    };

    const attempts: readonly ((random: () => number) => Promise<boolean>)[] = [
      async (random) => {
        const index = Math.floor(random() * size);
        const claim = { index, size, leafHash: leaves[index] ?? zero, proof: inclusionProof(index, size, read) };
        const other = { ...claim, index: (index + 1 + Math.floor(random() * (size - 1))) % size };
        const spoiled = random() < 0.3 ? other : { ...claim, proof: spoil(claim.proof, random) };
        return await refuses(() => verifyInclusion({ ...spoiled, root: roots[size] ?? zero }, crypto.sha256));
      },
      async (random) => {
        const from = 1 + Math.floor(random() * (size - 1));
        const claim = { fromSize: from, toSize: size, fromRoot: roots[from] ?? zero, toRoot: roots[size] ?? zero };
        const proof = spoil(consistencyProof(from, size, read), random);
        return await refuses(() => verifyConsistency({ ...claim, proof }));
      },
      async (random) => {
        const index = Math.floor(random() * size);
        const text = formatTlogProof({ index, hashes: inclusionProof(index, size, read), checkpoint });
        const changed = mutateText(text, random);
        if (changed === text) return true;
        return await refuses(async () => {
          const proof = parseTlogProof(changed);
          const head = await verifyCheckpoint(proof.checkpoint, key, crypto);
          const leaf = leaves[index] ?? zero;
          verifyInclusion({ index: proof.index, leafHash: leaf, proof: proof.hashes, ...head }, crypto.sha256);
        });
      },
    ];
    const accepted: string[] = [];
    for (let seed = 0; seed < PROOFS; seed++) {
      const random = seededRandom(seed);
      if (!(await pick(attempts, random)(random))) accepted.push(`seed ${seed}`);
    }
    expect(accepted).toEqual([]);
  });
});

function remembering(read: SubtreeReader): SubtreeReader {
  const known = new Map<string, Uint8Array>();
  return (level, index) => {
    const hash = known.get(`${level}/${index}`) ?? read(level, index);
    known.set(`${level}/${index}`, hash);
    return hash;
  };
}

describe("of changed tiles and rows", () => {
  const { tiles, head } = publishedLog(600);
  const paths = [...tiles.keys()];

  it(`none of ${TILES} is accepted, and the first bad one is named`, { timeout: TIMEOUT_MS }, async () => {
    const wrong: string[] = [];
    for (let seed = 0; seed < TILES; seed++) {
      const random = seededRandom(seed);
      const path = pick(paths, random);
      const bytes = new Uint8Array(tiles.get(path) ?? []);
      const at = Math.floor(random() * bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      const found = await firstBad(new Map(tiles).set(path, bytes));
      const expected = indexAt(path, at);
      if (found === undefined || !expected.includes(found)) wrong.push(`seed ${seed}: ${path} byte ${at} → ${found}`);
    }
    expect(wrong).toEqual([]);
  });

  async function firstBad(changed: ReadonlyMap<string, Uint8Array>): Promise<number | undefined> {
    try {
      await verifyTiles(async (path) => changed.get(path), head, crypto.sha256);
      return undefined;
    } catch (error) {
      if (error instanceof LedgerError) return error.index;
      throw error;
    }
  }

  /** What may be named for a byte: the hash or entry it is in; for the length of an entry, also the tile's first. */
  function indexAt(path: string, at: number): readonly number[] {
    const [, level, number = ""] = path.split("/");
    const start = Number.parseInt(number, 10) * 256;
    if (level !== "entries") return [start + Math.floor(at / 32)];
    const bytes = Buffer.from(tiles.get(path) ?? []);
    for (let entry = start, offset = 0; ; entry++) {
      const end = offset + 2 + bytes.readUInt16BE(offset);
      if (at < end) return at < offset + 2 ? [start, entry] : [entry];
      offset = end;
    }
  }
});

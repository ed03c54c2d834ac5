import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { consistencyProof, encodeBase64, inclusionProof, leafHash, pae, payloadOf } from "../src/index.ts";
import { makeSampleLog, readerOf } from "./sample-bundle.ts";
import type { SampleLog } from "./sample-bundle.ts";

// Programs that share no code with this package must come to the same verdict.
const run = promisify(execFile);
const TIMEOUT_MS = 60_000;

let folder: string;
let sample: SampleLog;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-ledger-"));
  sample = await makeSampleLog({ filler: [200, 100, 299] });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function opensslAccepts(publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): Promise<boolean> {
  // SubjectPublicKeyInfo of Ed25519 (RFC 8410) is this prefix and the raw key.
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), publicKey]);
  await writeFile(join(folder, "key.der"), spki);
  await writeFile(join(folder, "data"), data);
  await writeFile(join(folder, "sig"), signature);
  const args = "pkeyutl -verify -rawin -pubin -keyform DER -inkey key.der -in data -sigfile sig".split(" ");
  try {
    const { stdout } = await run("openssl", args, { cwd: folder, timeout: TIMEOUT_MS });
    return stdout.includes("Signature Verified Successfully");
  } catch (error) {
    // 1 is its verdict; anything else, such as no openssl at all, is a failure of the test.
    if (error instanceof Error && "code" in error && error.code === 1) return false;
    throw error;
  }
}

describe("openssl", () => {
  it("accepts both signatures of the envelope, and refuses them for another payload", async () => {
    const { envelope, serviceAccount, controlPlane } = sample.parts;
    const signed = pae(envelope.payloadType, payloadOf(envelope));
    const keys = [serviceAccount.publicKey, controlPlane.publicKey];
    for (const [i, { sig }] of envelope.signatures.entries()) {
      const key = keys[i] ?? new Uint8Array(0);
      const signature = Buffer.from(sig, "base64");
      expect(await opensslAccepts(key, signed, signature)).toBe(true);
      expect(await opensslAccepts(key, signed.with(40, 0), signature)).toBe(false);
    }
  });

  it("accepts the log's signature over the checkpoint's text", async () => {
    const { checkpoint } = sample.parts.log;
    const split = checkpoint.lastIndexOf("\n\n") + 1;
    const line = checkpoint.slice(split + 1).trim();
    const signature = Buffer.from(line.split(" ")[2] ?? "", "base64").subarray(4);
    const text = Buffer.from(checkpoint.slice(0, split));
    expect(await opensslAccepts(sample.signers.log.publicKey, text, signature)).toBe(true);
    expect(await opensslAccepts(sample.signers.log.publicKey, Buffer.concat([text, text]), signature)).toBe(false);
  });
});

describe("a verifier in Python", () => {
  const hashes = (proof: readonly Uint8Array[]): readonly string[] => proof.map(encodeBase64);

  function document(): Record<string, unknown> {
    const { entries, parts, bundle } = sample;
    const leaves = entries.map((entry) => leafHash(Buffer.from(entry)));
    const read = readerOf(leaves);
    const size = entries.length;
    const pairs = Array.from({ length: 60 }, (_, i) => [(i * 37) % size, size - ((i * 11) % 300)] as const);
    return {
      entries,
      bundle,
      checkpoint: parts.log.checkpoint,
      vkey: parts.log.vkey,
      inclusion: Array.from({ length: 61 }, (_, i) => {
        const index = (i * 101) % size;
        return { index, proof: hashes(inclusionProof(index, size, read)) };
      }),
      consistency: pairs
        .filter(([from, to]) => from <= to)
        .map(([from, to]) => ({ from, to, proof: hashes(consistencyProof(from, to, read)) })),
      tiles: {
        "0/0/256": encodeBase64(Buffer.concat(leaves.slice(0, 256))),
        "1/0/2": encodeBase64(Buffer.concat([read(8, 0), read(8, 1)])),
      },
    };
  }

  async function verdict(input: Record<string, unknown>): Promise<string> {
    const running = run("python3", [join(import.meta.dirname, "verify_log.py")], { timeout: TIMEOUT_MS });
    running.child.stdin?.end(JSON.stringify(input));
    try {
      return (await running).stdout.trim();
    } catch (error) {
      if (error instanceof Error && "stderr" in error) return String(error.stderr).trim();
      throw error;
    }
  }

  it("accepts our proofs, tiles, checkpoint, key entries and event root", async () => {
    expect(JSON.parse(await verdict(document()))).toEqual({
      size: sample.entries.length,
      inclusion: 61,
      consistency: expect.any(Number),
      tiles: 2,
      events: 3,
    });
  });

  it("refuses a changed entry, proof and event, so that its yes means something", async () => {
    const good = document();
    expect(await verdict({ ...good, entries: sample.entries.with(3, "{}") })).toContain("checkpoint root");
    expect(await verdict({ ...good, inclusion: [{ index: 1, proof: [] }] })).toContain("inclusion proof");
    expect(await verdict({ ...good, consistency: [{ from: 1, to: 9, proof: [] }] })).toContain("consistency proof");
    const bundle = sample.bundle.replace("TASK_STATE_WORKING", "TASK_STATE_WORKINg");
    expect(await verdict({ ...good, bundle })).toContain("event root");
  });
});

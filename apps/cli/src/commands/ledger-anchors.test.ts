import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contentEntry, formatTlogProof, formatVerifierKey, leafHash, noteKey, signCheckpoint } from "@berth/ledger";
import { nodeSigner } from "@berth/ledger/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

const ORIGIN = "other.test/ledger/1";
const AT = "2026-11-29T10:00:00.000Z";

/** A log whose one leaf stands for the checkpoint of ours. */
async function anchored(): Promise<{ readonly vkey: string; readonly anchor: object }> {
  const [ours, other] = [nodeSigner(), nodeSigner()];
  const checkpoint = await signCheckpoint({ origin: "ours.test/ledger/1", size: 7, root: new Uint8Array(32) }, ours);
  const entry = contentEntry("anchor", Buffer.from(checkpoint), "cp:x");
  const head = await signCheckpoint({ origin: ORIGIN, size: 1, root: leafHash(Buffer.from(entry)) }, other);
  const proof = formatTlogProof({ index: 0, hashes: [], checkpoint: head });
  const vkey = formatVerifierKey(noteKey(ORIGIN, other.publicKey));
  return {
    vkey,
    anchor: { sink: `log:${ORIGIN}`, size: 7, at: AT, checkpoint, evidence: { type: "log", vkey, entry, proof } },
  };
}

describe("ledger anchors", () => {
  let folder: string;
  let sample: Awaited<ReturnType<typeof anchored>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "berth-cli-"));
    sample = await anchored();
    const file = { sink: "file", size: 7, at: AT, checkpoint: "x", evidence: { type: "file" } };
    await writeFile(join(folder, "anchors.json"), JSON.stringify({ anchors: [sample.anchor, file] }));
    await writeFile(join(folder, "none.json"), JSON.stringify({ anchors: [file] }));
    await writeFile(
      join(folder, "changed.json"),
      JSON.stringify({ anchors: [sample.anchor] }).replace("ours.", "0urs."),
    );
    await writeFile(join(folder, "wrong.json"), '{"anchors":[{"evidence":{"proof":7},"checkpoint":""}]}');
  });
  afterAll(async () => await rm(folder, { recursive: true, force: true }));

  const anchors = (...argv: readonly string[]): ReturnType<typeof runAgainst> =>
    runAgainst({ "GET /ledger/anchors": { json: { anchors: [sample.anchor] } } }, ["ledger", "anchors", ...argv], {
      cwd: folder,
    });

  test("are listed, from the platform or from what was kept of it", async () => {
    expect((await anchors()).io.out()).toContain(`log:${ORIGIN}`);
    const { io, requests } = await anchors("anchors.json");
    expect([requests, io.out().split("\n").length]).toEqual([[], 4]);
  });

  test("with --log the other log's proofs are checked, without network from a file", async () => {
    for (const argv of [[], ["anchors.json"]]) {
      const { code, io } = await anchors(...argv, "--log", sample.vkey, "--json");
      const held = { valid: true, anchors: [{ size: 7, at: AT, valid: true, index: 0 }] };
      expect([code, io.document()]).toEqual([0, held]);
    }
    for (const [file, key] of [
      ["changed.json", sample.vkey],
      ["none.json", sample.vkey],
      ["anchors.json", (await anchored()).vkey],
    ] as const) {
      const { code, io } = await anchors(file, "--log", key, "--json");
      expect([code, io.document()]).toMatchObject([1, { valid: false }]);
    }
    expect((await anchors("wrong.json", "--log", sample.vkey)).code).toBe(2);
    expect((await anchors("anchors.json", "--log", "none")).code).toBe(2);
  });
});

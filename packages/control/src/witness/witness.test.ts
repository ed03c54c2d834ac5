import { randomBytes } from "node:crypto";
import {
  encodeBase64,
  parseCheckpointText,
  parseTlogProof,
  parseVerifierKey,
  signCheckpoint,
  verifyBundle,
  verifyCheckpoint,
  verifyWitnesses,
} from "@berth/ledger";
import type { VerifiedReceipt } from "@berth/ledger";
import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { OutboundError } from "@berth/runtime";
import { describe, expect, it } from "vitest";
import { createKeyPair } from "../keys/key-pair.ts";
import { CALLER, ORIGIN, endRun, memoryKeys, openFixture } from "../receipts/test/receipts-fixture.ts";
import type { Fixture } from "../receipts/test/receipts-fixture.ts";
import { createWitnesses } from "./create-witnesses.ts";
import type { CosignedCheckpoint } from "./ask-witnesses.ts";
import type { RunningWitnesses } from "./create-witnesses.ts";

const ADMIN: Principal = { kind: "user", id: "usr_admin", orgId: DEFAULT_ORG_ID, scopes: ["admin"] };

interface Platform extends AsyncDisposable {
  readonly fixture: Fixture;
  readonly witnesses: RunningWitnesses;
  readonly logged: string[];
  readonly vkey: string;
  grow(runs: number): Promise<string>;
}

/** A platform that reaches the others by their names. */
async function open(name: string, network: Map<string, RunningWitnesses> = new Map()): Promise<Platform> {
  const cosigned = (): CosignedCheckpoint | undefined => witnesses?.cosigned();
  const fixture = await openFixture(undefined, memoryKeys(), `${name}/ledger/1`, undefined, cosigned);
  const logged: string[] = [];
  let witnesses: RunningWitnesses | undefined = undefined;
  witnesses = createWitnesses({
    store: fixture.store,
    signer: createKeyPair().signer,
    name: `${name}/witness`,
    outbound: {
      assertUrl: async (url) => new URL(url),
      request: async ({ url, body = "" }) => {
        const other = network.get(new URL(url).host);
        if (other === undefined) throw new OutboundError("unreachable", "nobody is there");
        const { status, text } = await other.addCheckpoint(Buffer.from(body).toString());
        return { status, headers: {}, body: Buffer.from(text), truncated: false };
      },
    },
    ledger: fixture.receipts,
    now: () => new Date("2026-11-29T10:00:02.000Z"),
    log: (line) => logged.push(line),
  });
  network.set(name, witnesses);
  return {
    fixture,
    witnesses,
    logged,
    vkey: JSON.parse(fixture.receipts.keys()).log.vkey,
    async grow(runs) {
      for (let i = 0; i < runs; i++) await endRun(fixture.store);
      await fixture.receipts.flush();
      return (await fixture.receipts.checkpoint()) ?? "";
    },
    async [Symbol.asyncDispose]() {
      await witnesses.close();
      await fixture.receipts.close();
    },
  };
}

describe("two platforms", () => {
  it("have receipts that carry what the other signed, as long as that has them", async () => {
    const network = new Map<string, RunningWitnesses>();
    await using a = await open("a.test", network);
    await using b = await open("b.test", network);
    await b.witnesses.addLog(ADMIN, a.vkey);
    await a.witnesses.addPeer(ADMIN, { vkey: b.witnesses.vkey, url: "https://b.test/" });
    const { store, receipts } = a.fixture;
    const runs: string[] = [];
    for (const count of [3, 300]) {
      runs.push(await endRun(store));
      await a.grow(count);
      if (runs.length === 1) await a.witnesses.ask();
    }
    const verify = async (taskId: string | undefined, atLeast: number): Promise<VerifiedReceipt> => {
      const { receiptId } = await receipts.forTask(CALLER, taskId ?? "");
      const policy = { keys: [b.witnesses.vkey], atLeast };
      const proof = parseTlogProof(await receipts.tlogProof(CALLER, receiptId));
      const verified = await verifyBundle(await receipts.bundle(CALLER, receiptId), { witnesses: policy });
      expect(parseCheckpointText(proof.checkpoint.slice(0, proof.checkpoint.lastIndexOf("\n\n") + 1)).size).toBe(
        verified.log.size,
      );
      return verified;
    };
    const [early, late] = runs;
    expect((await verify(early, 1)).witnesses).toMatchObject([{ key: b.witnesses.vkey }]);
    await expect(verify(late, 1)).rejects.toMatchObject({ check: "trust.witnesses" });
    expect((await verify(late, 0)).log.size).toBeGreaterThan(300);
    await a.witnesses.ask();
    for (const run of runs) await verify(run, 1);
  });

  it("cosign each other's logs as they grow, and publish it", async () => {
    const network = new Map<string, RunningWitnesses>();
    await using a = await open("a.test", network);
    await using b = await open("b.test", network);
    await b.witnesses.addLog(ADMIN, a.vkey);
    await a.witnesses.addPeer(ADMIN, { vkey: b.witnesses.vkey, url: "https://b.test/" });
    for (const runs of [3, 300]) {
      const note = await a.grow(runs);
      expect(await a.witnesses.checkpoint()).toBe(note);
      await a.witnesses.ask();
      const published = (await a.witnesses.checkpoint()) ?? "";
      expect(published.startsWith(note)).toBe(true);
      const text = note.slice(0, note.lastIndexOf("\n\n") + 1);
      await verifyWitnesses(published, { keys: [b.witnesses.vkey], atLeast: 1 });
      expect(a.witnesses.cosigned()).toEqual({ note: published, size: parseCheckpointText(text).size });
      const { size } = await verifyCheckpoint(published, parseVerifierKey(a.vkey));
      expect(a.witnesses.witnessedSize()).toBe(size);
    }
    expect(a.logged).toEqual([]);
    expect((await b.fixture.store.audit.list(DEFAULT_ORG_ID, 5)).map(({ action }) => action)).toEqual([
      "witness.add_log",
    ]);
  });

  it("go on where the witness is when the platform has forgotten it", async () => {
    const network = new Map<string, RunningWitnesses>();
    await using a = await open("a.test", network);
    await using b = await open("b.test", network);
    await b.witnesses.addLog(ADMIN, a.vkey);
    const note = await a.grow(2);
    const { status } = await b.witnesses.addCheckpoint(`old 0\n\n${note}`);
    expect(status).toBe(200);
    await a.witnesses.addPeer(ADMIN, { vkey: b.witnesses.vkey, url: "https://b.test" });
    const { size } = await verifyCheckpoint(await a.grow(5), parseVerifierKey(a.vkey));
    await a.witnesses.ask();
    expect(a.witnesses.witnessedSize()).toBe(size);
  });

  it("say once that a witness is away, and again when it is back", async () => {
    const network = new Map<string, RunningWitnesses>();
    await using a = await open("a.test", network);
    await using b = await open("b.test", network);
    await b.witnesses.addLog(ADMIN, a.vkey);
    await a.witnesses.addPeer(ADMIN, { vkey: b.witnesses.vkey, url: "https://b.test" });
    await a.grow(1);
    network.delete("b.test");
    await a.witnesses.ask();
    await a.witnesses.ask();
    network.set("b.test", b.witnesses);
    await a.witnesses.ask();
    expect(a.logged).toEqual([expect.stringContaining("did not sign"), expect.stringContaining("signs again")]);
  });
});

describe("a witness", () => {
  it("answers as C2SP tlog-witness says, and signs nothing that does not grow from what it signed", async () => {
    await using a = await open("a.test");
    await using b = await open("b.test");
    const ask = async (body: string): Promise<{ status: number; text: string }> =>
      await b.witnesses.addCheckpoint(body);
    const proof = async (from: number, to: number): Promise<string> =>
      (await a.fixture.receipts.consistency(from, to)).map((hash) => `${encodeBase64(hash)}\n`).join("");
    const first = await a.grow(3);
    expect((await ask(`old 0\n\n${first}`)).status).toBe(404);
    await b.witnesses.addLog(ADMIN, a.vkey);
    for (const broken of [
      "",
      "old",
      `old 00\n\n${first}`,
      `old -1\n\n${first}`,
      "old 0\n\nnonsense",
      `old 6\n\n${first}`,
    ])
      expect((await ask(broken)).status).toBe(400);
    const foreign = await signCheckpoint(
      { origin: "a.test/ledger/1", size: 5, root: randomBytes(32) },
      createKeyPair().signer,
    );
    expect((await ask(`old 0\n\n${foreign}`)).status).toBe(403);
    expect((await ask(`old 0\n\n${first}`)).status).toBe(200);
    expect((await ask(`old 5\n\n${first}`)).status).toBe(200);
    const second = await a.grow(4);
    expect(await ask(`old 0\n\n${second}`)).toEqual({ status: 409, text: "5\n" });
    expect((await ask(`old 5\n\n${second}`)).status).toBe(422);
    expect((await ask(`old 5\n${await proof(4, 9)}\n${second}`)).status).toBe(422);
    expect((await ask(`old 5\n${await proof(5, 9)}\n${second}`)).status).toBe(200);
    expect(await ask(`old 5\n\n${first}`)).toEqual({ status: 409, text: "9\n" });
    const fork = await signCheckpoint(
      { origin: "a.test/ledger/1", size: 9, root: randomBytes(32) },
      a.fixture.keys.log,
    );
    expect(await ask(`old 9\n\n${fork}`)).toEqual({ status: 409, text: "9\n" });
  });

  it("is set up by administrators of the default organization, with keys of the right kind", async () => {
    await using a = await open("a.test");
    const { witnesses, vkey } = a;
    for (const principal of [{ ...ADMIN, scopes: ["read"] } as const, { ...ADMIN, orgId: "org_other" }]) {
      await expect(witnesses.addLog(principal, vkey)).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
      await expect(witnesses.peers(principal)).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
    }
    await expect(witnesses.addLog(ADMIN, witnesses.vkey)).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
    const peer = { vkey, url: "https://x.test" };
    await expect(witnesses.addPeer(ADMIN, peer)).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
    await witnesses.addLog(ADMIN, vkey);
    await expect(witnesses.addLog(ADMIN, vkey)).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    await witnesses.removeLog(ADMIN, "a.test/ledger/1");
    await expect(witnesses.removeLog(ADMIN, ORIGIN)).rejects.toMatchObject({ reason: "KEY_NOT_FOUND" });
    await expect(witnesses.removePeer(ADMIN, "none")).rejects.toMatchObject({ reason: "KEY_NOT_FOUND" });
  });
});

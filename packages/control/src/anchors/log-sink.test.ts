import { parseVerifierKey, verifyLogAnchor } from "@berth/ledger";
import type { LogAnchor } from "@berth/ledger";
import { DEFAULT_ORG_ID, isPlatformError } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { describe, expect, it } from "vitest";
import { endRun, memoryKeys, openFixture } from "../receipts/test/receipts-fixture.ts";
import type { Fixture } from "../receipts/test/receipts-fixture.ts";
import { createLogSink } from "./log-sink.ts";
import type { LogSinkOptions } from "./log-sink.ts";

const GUEST: Principal = { kind: "api_key", id: "key_1", orgId: DEFAULT_ORG_ID, scopes: ["invoke"] };
const vkeyOf = ({ receipts }: Fixture): string => JSON.parse(receipts.keys()).log.vkey;

async function grow({ store, receipts }: Fixture, runs: number): Promise<string> {
  for (let i = 0; i < runs; i++) await endRun(store);
  await receipts.flush();
  return (await receipts.checkpoint()) ?? "";
}

/** Reaches the log of `other` as its gateway would let it. */
function outboundTo(
  other: Fixture,
  change: (answer: LogAnchor) => LogAnchor = (answer) => answer,
): LogSinkOptions["outbound"] {
  return {
    async request({ body = "" }) {
      const answered = async (): Promise<readonly [number, object]> => {
        try {
          return [201, change(await other.receipts.enterCheckpoint(GUEST, Buffer.from(body).toString()))];
        } catch (error) {
          return [400, { reason: isPlatformError(error) ? error.reason : String(error) }];
        }
      };
      const [status, answer] = await answered();
      return { status, headers: {}, body: Buffer.from(JSON.stringify(answer)), truncated: false };
    },
  };
}

describe("a log as an anchor of another", () => {
  it("holds the other's checkpoint, and proves it without either of them", async () => {
    await using ours = await openFixture(undefined, memoryKeys(), "ours.test/ledger/1");
    await using other = await openFixture(undefined, memoryKeys(), "other.test/ledger/1");
    const vkey = vkeyOf(other);
    const sink = createLogSink({ url: "https://other.test/", vkey, token: "t", outbound: outboundTo(other) });
    expect(sink.name).toBe("log:other.test/ledger/1");
    for (const runs of [1, 300]) {
      await grow(other, 3);
      const checkpoint = await grow(ours, runs);
      const evidence = await sink.anchor(checkpoint);
      if (evidence.type !== "log") throw new Error("it gave something else");
      const place = await verifyLogAnchor(checkpoint, evidence, parseVerifierKey(evidence.vkey));
      expect(place).toMatchObject({ origin: "other.test/ledger/1", index: place.size - 1 });
      const { entry, proof } = evidence;
      const wrong: readonly [string, LogAnchor, string][] = [
        [checkpoint.replace("ours", "0urs"), evidence, vkey],
        [checkpoint, { entry: entry.replace('"k":"anchor"', '"k":"audit"'), proof }, vkey],
        [checkpoint, { entry: entry.replace('"v":1', '"v":1,"x":1'), proof }, vkey],
        [checkpoint, { entry, proof: proof.replace(/index \d+/, "index 0") }, vkey],
        [checkpoint, evidence, vkeyOf(ours)],
      ];
      for (const [note, anchor, key] of wrong) {
        await expect(verifyLogAnchor(note, anchor, parseVerifierKey(key))).rejects.toMatchObject({
          name: "LedgerError",
        });
      }
    }
    expect(await other.receipts.check({ ...GUEST, scopes: ["audit"] })).toMatchObject({ differences: [] });
  });

  it("keeps no answer that does not prove it", async () => {
    await using ours = await openFixture(undefined, memoryKeys(), "ours.test/ledger/1");
    await using other = await openFixture(undefined, memoryKeys(), "other.test/ledger/1");
    const checkpoint = await grow(ours, 1);
    const lie = outboundTo(other, ({ entry, proof }) => ({ entry, proof: proof.replace(/^index .*$/m, "index 0") }));
    const place = { url: "https://other.test", vkey: vkeyOf(other), token: "t" };
    await expect(createLogSink({ ...place, outbound: lie }).anchor(checkpoint)).rejects.toMatchObject({
      name: "LedgerError",
    });
    const honest = createLogSink({ ...place, outbound: outboundTo(other) });
    await expect(honest.anchor("no checkpoint")).rejects.toThrow("it answered 400");
    expect(() => createLogSink({ ...place, vkey: "none", outbound: lie })).toThrow("The key of the log to anchor in");
  });

  it("takes checkpoints from those who may call agents, and nothing else than checkpoints", async () => {
    await using fixture = await openFixture();
    const { receipts } = fixture;
    const note = await grow(fixture, 1);
    const auditor: Principal = { ...GUEST, scopes: ["audit"] };
    await expect(receipts.enterCheckpoint(auditor, note)).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
    const signature = note.slice(note.lastIndexOf("\n\n") + 2);
    for (const wrong of ["", "x", note.slice(0, -2), note.repeat(100), `a\nb\nc\n\n${signature}`, `${note}more\n`]) {
      await expect(receipts.enterCheckpoint(GUEST, wrong)).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
    }
    const twice = await Promise.all([receipts.enterCheckpoint(GUEST, note), receipts.enterCheckpoint(GUEST, note)]);
    for (const { entry } of twice) expect(entry).toBe(twice[0]?.entry);
  });
});

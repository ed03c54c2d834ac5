import { keyId, parseEnvelope, parseStrictJson, parseTrustPolicy, verifyBundle } from "@berth/ledger";
import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { createInMemoryStore } from "@berth/store/memory";
import type { ReceiptRecord } from "@berth/store";
import { temporaryFolder } from "@berth/testing";
import { afterAll, describe, expect, it } from "vitest";
import { loadReceiptKeys } from "./key-files.ts";
import { CALLER, ORIGIN, endRun, openFixture, publishRelease } from "./test/receipts-fixture.ts";
import type { Fixture } from "./test/receipts-fixture.ts";
import { createThreadedReceiptBuilder } from "./threaded-receipt-builder.ts";

const ADMIN: Principal = { kind: "user", id: "usr_admin", orgId: DEFAULT_ORG_ID, scopes: ["admin"] };
const folder = temporaryFolder("berth-rotation");
let folders = 0;

afterAll(() => folder[Symbol.dispose]());

const newFolder = (): string => `${folder.path}/${folders++}`;

async function sealed({ store, receipts }: Fixture): Promise<ReceiptRecord> {
  const taskId = await endRun(store);
  await receipts.flush();
  return await receipts.forTask(CALLER, taskId);
}

function signersOf({ envelope }: ReceiptRecord): readonly string[] {
  return parseEnvelope(parseStrictJson(envelope)).signatures.map(({ keyid }) => keyid);
}

async function isTrusted({ receipts }: Fixture, { receiptId }: ReceiptRecord): Promise<boolean> {
  const trust = parseTrustPolicy(receipts.keys());
  return (await verifyBundle(await receipts.bundle(CALLER, receiptId), { trust })).trusted;
}

describe("a key that is rotated", () => {
  it.each([
    ["the control plane's", { role: "cp" } as const, 1],
    ["an agent's", { role: "sa", agentId: "agt_1" } as const, 0],
  ])("%s: the log says so before the new one signs, and receipts of both verify", async (_, of, which) => {
    await using fixture = await openFixture(createInMemoryStore(), await loadReceiptKeys(newFolder()));
    await publishRelease(fixture.store);
    const before = await sealed(fixture);
    const id = await fixture.receipts.rotateKey(ADMIN, of);
    const after = await sealed(fixture);
    expect(signersOf(before)[which]).not.toBe(id);
    expect(signersOf(after)[which]).toBe(id);
    expect(signersOf(after)[1 - which]).toBe(signersOf(before)[1 - which]);
    const record = (await fixture.store.receipts.ledgerKeys()).find(({ keyId: known }) => known === id);
    expect(record).toMatchObject({ op: "rotate", role: of.role });
    expect(record?.leafIndex).toBeLessThan(after.leafIndex);
    for (const receipt of [before, after]) expect(await isTrusted(fixture, receipt)).toBe(true);
  });

  it("takes over after a restart when the log had said so and the platform died before it did", async () => {
    const [store, keysFolder] = [createInMemoryStore(), newFolder()];
    const keys = await loadReceiptKeys(keysFolder);
    const old = keyId("cp", keys.controlPlane.publicKey);
    const { rotation } = keys;
    if (rotation === undefined) throw new Error("keys in files can be rotated");
    const dying = {
      ...keys,
      rotation: {
        ...rotation,
        promote: async () => {
          throw new Error("killed");
        },
      },
    };
    {
      await using fixture = await openFixture(store, dying);
      await sealed(fixture);
      await expect(fixture.receipts.rotateKey(ADMIN, { role: "cp" })).rejects.toThrow("killed");
      expect(signersOf(await sealed(fixture))).toContain(old);
    }
    await using fixture = await openFixture(store, await loadReceiptKeys(keysFolder));
    const receipt = await sealed(fixture);
    expect(signersOf(receipt)).not.toContain(old);
    expect(await isTrusted(fixture, receipt)).toBe(true);
  });

  it("signs nothing after a restart when the log had not said so, and is the successor of the next rotation", async () => {
    const [store, keysFolder] = [createInMemoryStore(), newFolder()];
    const prepared = await (await loadReceiptKeys(keysFolder)).rotation?.prepare({ role: "cp" });
    const successor = keyId("cp", prepared?.publicKey ?? new Uint8Array(32));
    await using fixture = await openFixture(store, await loadReceiptKeys(keysFolder));
    expect(signersOf(await sealed(fixture))).not.toContain(successor);
    expect(await fixture.receipts.rotateKey(ADMIN, { role: "cp" })).toBe(successor);
    expect(signersOf(await sealed(fixture))).toContain(successor);
  });

  it("is known to a thread that builds receipts", async () => {
    const keysFolder = newFolder();
    const builder = createThreadedReceiptBuilder(keysFolder);
    const keys = await loadReceiptKeys(keysFolder);
    {
      await using fixture = await openFixture(createInMemoryStore(), keys, ORIGIN, builder);
      await sealed(fixture);
      const id = await fixture.receipts.rotateKey(ADMIN, { role: "cp" });
      expect(signersOf(await sealed(fixture))).toContain(id);
    }
    await builder.close();
  });
});

describe("a key that is revoked", () => {
  it("is one that signs no more; the log says so, and it is published no longer", async () => {
    await using fixture = await openFixture(createInMemoryStore(), await loadReceiptKeys(newFolder()));
    const { receipts, store } = fixture;
    const old = signersOf(await sealed(fixture))[1] ?? "";
    await expect(receipts.revokeKey(ADMIN, old)).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    const id = await receipts.rotateKey(ADMIN, { role: "cp" });
    expect(receipts.keys()).toContain(old);
    await receipts.revokeKey(ADMIN, old);
    await expect(receipts.revokeKey(ADMIN, old)).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    await expect(receipts.revokeKey(ADMIN, "cp:none")).rejects.toMatchObject({ reason: "KEY_NOT_FOUND" });
    expect(receipts.keys()).not.toContain(old);
    expect(receipts.keys()).toContain(id);
    const last = (await store.receipts.ledgerKeys()).at(-1);
    expect(last).toMatchObject({ op: "revoke", keyId: old, by: { role: "cp" } });
  });

  it("is for administrators, and nothing happens that cannot be written down", async () => {
    await using fixture = await openFixture(createInMemoryStore(), await loadReceiptKeys(newFolder()));
    const { receipts, store } = fixture;
    await expect(receipts.rotateKey(CALLER, { role: "cp" })).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
    await expect(receipts.revokeKey(CALLER, "cp:x")).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
    const elsewhere = { ...ADMIN, orgId: "org_other" };
    await expect(receipts.rotateKey(elsewhere, { role: "cp" })).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
    await expect(receipts.rotateKey(elsewhere, { role: "sa", agentId: "agt_1" })).rejects.toMatchObject({
      reason: "AGENT_NOT_FOUND",
    });
    const foreign = signersOf(await sealed(fixture))[0] ?? "";
    await expect(receipts.revokeKey(elsewhere, foreign)).rejects.toMatchObject({ reason: "KEY_NOT_FOUND" });
    expect((await receipts.ledgerKeys({ ...elsewhere, scopes: ["audit"] })).map(({ role }) => role)).toEqual(["cp"]);
    await receipts.rotateKey(ADMIN, { role: "cp" });
    expect((await store.audit.list(DEFAULT_ORG_ID, 5)).map(({ action }) => action)).toEqual(["ledger-key.rotate"]);
  });
});

import { contentEntry, parseAddendum, parseEnvelope, parseRunReceipt, parseStrictJson, payloadOf } from "@berth/ledger";
import { keyId, pae, sha256, verifyEd25519 } from "@berth/ledger";
import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { AuditRecord } from "@berth/store";
import { describe, expect, it } from "vitest";
import { AUDITOR, CALLER, ORIGIN, endRun, openFixture } from "./test/receipts-fixture.ts";

const REVIEW = { approver: "usr_boss", verdict: "approved", notes: `sha256:${"ab".repeat(32)}` } as const;

describe("an addendum", () => {
  it("is a statement about its receipt, signed by the control plane, with a leaf of its own", async () => {
    await using fixture = await openFixture();
    const { store, receipts, keys } = fixture;
    const taskId = await endRun(store);
    await receipts.flush();
    const { receiptId, envelope } = await receipts.forTask(CALLER, taskId);
    const addendumId = await receipts.addAddendum(DEFAULT_ORG_ID, receiptId, "review", REVIEW);
    await receipts.flush();
    const [record] = await receipts.addenda(DEFAULT_ORG_ID, receiptId);
    if (record === undefined) throw new Error("no addendum");
    expect(record).toMatchObject({ addendumId, receiptId, taskId, kind: "review", orgId: DEFAULT_ORG_ID });
    const signed = parseEnvelope(parseStrictJson(record.envelope));
    const [signature] = signed.signatures;
    expect(signature?.keyid).toBe(keyId("cp", keys.controlPlane.publicKey));
    const data = pae(signed.payloadType, payloadOf(signed));
    await verifyEd25519(keys.controlPlane.publicKey, data, Buffer.from(signature?.sig ?? "", "base64"));
    const receiptPayload = payloadOf(parseEnvelope(parseStrictJson(envelope)));
    expect(parseRunReceipt(receiptPayload).predicate.receipt).toBe(receiptId);
    const digest = Buffer.from(sha256(receiptPayload)).toString("hex");
    expect(parseAddendum(payloadOf(signed))).toMatchObject({
      subject: [{ name: receiptId, digest: { sha256: digest } }],
      predicate: { v: 1, addendum: addendumId, log: ORIGIN, ...REVIEW },
    });
    const [entry] = await store.receipts.ledgerEntries(record.leafIndex, record.leafIndex + 1);
    expect(entry?.data).toBe(contentEntry("review", payloadOf(signed), signature?.keyid ?? ""));
    expect((await receipts.check(AUDITOR)).differences).toEqual([]);
    expect(await receipts.addenda("org_other", receiptId)).toEqual([]);
  });

  it("is refused for a receipt that is not there, and for a claim that cannot be signed", async () => {
    await using fixture = await openFixture();
    const { store, receipts } = fixture;
    const add = async (receiptId: string, score: string): Promise<string> =>
      await receipts.addAddendum(DEFAULT_ORG_ID, receiptId, "eval", {
        suite: "s",
        rubric: REVIEW.notes,
        score,
        passed: true,
        failures: [],
      });
    await expect(add("rcpt_none", "1")).rejects.toMatchObject({ reason: "RECEIPT_NOT_FOUND" });
    const taskId = await endRun(store);
    await receipts.flush();
    const { receiptId } = await receipts.forTask(CALLER, taskId);
    await expect(add(receiptId, "about 1")).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
    expect(await store.receipts.queued(10)).toEqual([]);
  });
});

describe("the queue of the ledger", () => {
  it("turns audit entries into leaves together with receipts, and knows where each stands", async () => {
    await using fixture = await openFixture();
    const { store, receipts, keys } = fixture;
    const act = { orgId: DEFAULT_ORG_ID, at: "2026-11-29T10:00:00.000Z", actor: "usr_1", resource: "key_1" } as const;
    for (let n = 0; n < 300; n++) await store.audit.append({ ...act, action: `key.${n}`, outcome: "ok" });
    await endRun(store);
    await receipts.flush();
    expect(await store.receipts.queued(10)).toEqual([]);
    const entries: readonly AuditRecord[] = await store.audit.list(DEFAULT_ORG_ID, 1000);
    expect(entries).toHaveLength(300);
    expect(new Set(entries.map(({ leafIndex }) => leafIndex)).size).toBe(300);
    const [{ leafIndex = -1, ...entry } = { auditId: "" }] = entries;
    const [leaf] = await store.receipts.ledgerEntries(leafIndex, leafIndex + 1);
    const text = JSON.stringify(Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1))));
    expect(leaf?.data).toBe(contentEntry("audit", Buffer.from(text), keyId("cp", keys.controlPlane.publicKey)));
  });

  it("is not held up by an item that cannot be read", async () => {
    await using fixture = await openFixture();
    const { store, receipts, logged } = fixture;
    const item = { orgId: DEFAULT_ORG_ID, queuedAt: "2026-11-29T10:00:00.000Z" } as const;
    await store.receipts.enqueue({ ...item, kind: "eval", ref: "add_broken", payload: "{" });
    const { auditId } = await store.audit.append({
      orgId: DEFAULT_ORG_ID,
      at: item.queuedAt,
      actor: "usr_1",
      action: "key.create",
      resource: "k",
      outcome: "ok",
    });
    await receipts.flush();
    expect((await store.audit.find(DEFAULT_ORG_ID, auditId))?.leafIndex).toBe(1);
    expect((await store.receipts.queued(10)).map(({ ref }) => ref)).toEqual(["add_broken"]);
    expect(logged.join()).toContain("no leaf for eval add_broken");
  });
});

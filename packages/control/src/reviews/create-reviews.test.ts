import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { describe, expect, it } from "vitest";
import { digestOf } from "../receipts/node-sha256.ts";
import { CALLER, STRANGER, endRun, openFixture } from "../receipts/test/receipts-fixture.ts";
import type { Fixture } from "../receipts/test/receipts-fixture.ts";
import { createReviews } from "./create-reviews.ts";
import type { Reviews } from "./reviews.ts";

const BOSS: Principal = {
  kind: "user",
  id: "usr_boss",
  orgId: DEFAULT_ORG_ID,
  scopes: ["approve", "read"],
  authn: { scheme: "session" },
};
const SIGNED_OFF = { verdict: "approved", notes: "Checked against the order." } as const;

async function openReviews(
  fixture: Fixture,
  principalId?: string,
): Promise<{ readonly reviews: Reviews; readonly receiptId: string; readonly taskId: string }> {
  const { store, receipts } = fixture;
  const taskId = await endRun(store, principalId === undefined ? {} : { principalId });
  await receipts.flush();
  const record = await store.receipts.findByTask(DEFAULT_ORG_ID, taskId);
  const reviews = createReviews({ store, receipts, now: () => new Date("2026-11-29T10:00:02.000Z") });
  return { reviews, receiptId: record?.receiptId ?? "", taskId };
}

describe("a review", () => {
  it("is signed into the log with the approver, how they were verified, and the hash of the notes only", async () => {
    await using fixture = await openFixture();
    const { reviews, receiptId, taskId } = await openReviews(fixture);
    const notes = digestOf(SIGNED_OFF.notes);
    const made = await reviews.add(BOSS, receiptId, SIGNED_OFF);
    expect(made).toMatchObject({ receiptId, taskId, approver: BOSS.id, verdict: "approved", notes });
    expect(await reviews.list(CALLER, receiptId)).toEqual([]);
    await fixture.receipts.flush();
    const [sealed, ...others] = await reviews.list(CALLER, receiptId);
    expect(others).toEqual([]);
    expect(sealed).toMatchObject({ ...made, at: "2026-11-29T10:00:02.000Z", authn: { scheme: "session" } });
    const [addendum] = await fixture.receipts.addenda(DEFAULT_ORG_ID, receiptId);
    const payload: { readonly payload: string } = JSON.parse(addendum?.envelope ?? "");
    expect(Buffer.from(payload.payload, "base64").toString()).not.toContain("order");
  });

  it("is in the audit log with its notes, before it is signed", async () => {
    await using fixture = await openFixture();
    const { reviews, receiptId } = await openReviews(fixture);
    await reviews.add(BOSS, receiptId, { verdict: "rejected", notes: "The total is wrong." });
    const [entry] = await fixture.store.audit.list(DEFAULT_ORG_ID, 10);
    expect(entry).toMatchObject({
      actor: BOSS.id,
      action: "review.write",
      resource: receiptId,
      outcome: "ok",
      detail: { verdict: "rejected", notes: "The total is wrong." },
    });
  });

  it("may be followed by another, and both stay", async () => {
    await using fixture = await openFixture();
    const { reviews, receiptId } = await openReviews(fixture);
    await reviews.add(BOSS, receiptId, SIGNED_OFF);
    await fixture.receipts.flush();
    await reviews.add(BOSS, receiptId, { verdict: "rejected", notes: "On second thoughts." });
    await fixture.receipts.flush();
    expect((await reviews.list(BOSS, receiptId)).map(({ verdict }) => verdict)).toEqual(["approved", "rejected"]);
  });

  const keyOfCaller: Principal = { ...BOSS, kind: "api_key", id: "key_other", createdBy: CALLER.id };
  const REFUSED: readonly [string, Principal, string, string][] = [
    ["whoever made the call", { ...BOSS, id: CALLER.id }, CALLER.id, "PERMISSION_DENIED"],
    ["a key of that person", keyOfCaller, CALLER.id, "PERMISSION_DENIED"],
    ["the person whose key made the call", { ...BOSS, id: "usr_maker" }, "key_1", "PERMISSION_DENIED"],
    ["an agent that acts for somebody", { ...BOSS, actors: ["spiffe://x/agent/a"] }, CALLER.id, "PERMISSION_DENIED"],
    ["a service account", { ...BOSS, kind: "service_account" }, CALLER.id, "PERMISSION_DENIED"],
    ["somebody of another issuer", { ...BOSS, kind: "external" }, CALLER.id, "PERMISSION_DENIED"],
    ["somebody without the right", { ...BOSS, scopes: ["read", "audit"] }, CALLER.id, "PERMISSION_DENIED"],
    ["who does not see the run", { ...BOSS, scopes: ["approve"] }, CALLER.id, "RECEIPT_NOT_FOUND"],
    ["another organization", { ...BOSS, orgId: "org_other" }, CALLER.id, "RECEIPT_NOT_FOUND"],
  ];
  it.each(REFUSED)("is refused to %s, and nothing is written", async (_who, principal, callerId, reason) => {
    await using fixture = await openFixture();
    await fixture.store.apiKeys.insert({
      keyId: "key_1",
      orgId: DEFAULT_ORG_ID,
      name: "of the maker",
      secretHash: "ab".repeat(32),
      scopes: ["invoke"],
      createdAt: "2026-11-29T09:00:00.000Z",
      createdBy: "usr_maker",
    });
    const { reviews, receiptId } = await openReviews(fixture, callerId);
    await expect(reviews.add(principal, receiptId, SIGNED_OFF)).rejects.toMatchObject({ reason });
    expect(await fixture.store.audit.list(DEFAULT_ORG_ID, 10)).toEqual([]);
    expect(await fixture.store.receipts.queued(10)).toEqual([]);
  });

  it("is refused for empty, long or broken notes", async () => {
    await using fixture = await openFixture();
    const { reviews, receiptId } = await openReviews(fixture);
    for (const notes of ["", "  ", "x".repeat(2_001), "a\u0000b", "\ud800"]) {
      const refused = reviews.add(BOSS, receiptId, { verdict: "approved", notes });
      await expect(refused).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
    }
  });

  it("is not shown to who does not see the run", async () => {
    await using fixture = await openFixture();
    const { reviews, receiptId } = await openReviews(fixture);
    await expect(reviews.list(STRANGER, receiptId)).rejects.toMatchObject({ reason: "RECEIPT_NOT_FOUND" });
  });
});

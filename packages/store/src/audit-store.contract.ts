import { expect, it } from "vitest";
import type { NewAuditEntry } from "./audit-store.ts";
import { AT, atMs } from "./contract-samples.ts";
import type { Store } from "./store.ts";

/** Tests share one store: each uses an organization of its own. */
export function auditStoreContract(store: () => Store): void {
  const entryOf = (orgId: string, changes: Partial<NewAuditEntry> = {}): NewAuditEntry => ({
    orgId,
    at: AT,
    actor: "usr_1",
    action: "agent.deploy",
    resource: "a \u0000 b",
    outcome: "ok",
    ...changes,
  });

  it("keeps the audit in order and lists the newest first", async () => {
    const orgId = "org_audit";
    for (const n of [1, 2, 3]) await store().audit.append(entryOf(orgId, { detail: { n } }));
    expect(await store().audit.list(orgId, 2)).toMatchObject([
      entryOf(orgId, { detail: { n: 3 } }),
      entryOf(orgId, { detail: { n: 2 } }),
    ]);
    expect(await store().audit.list("org_none", 10)).toEqual([]);
  });

  it("gives every entry an id and a salt of its own, and finds it by the id in its organization", async () => {
    const orgId = "org_audit_ids";
    const from = { address: "192.0.2.1", userAgent: "curl", door: "rest", requestId: "req_1" };
    const kept = await store().audit.append(entryOf(orgId, { from, actors: ["spiffe://x/a"] }));
    const other = await store().audit.append(entryOf(orgId));
    expect(kept.auditId).toMatch(/^aud_/);
    expect(kept.salt).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect([other.auditId, other.salt]).not.toEqual([kept.auditId, kept.salt]);
    expect(kept).toMatchObject({ from, actors: ["spiffe://x/a"] });
    expect(await store().audit.find(orgId, kept.auditId)).toEqual(kept);
    expect(await store().audit.find("org_other", kept.auditId)).toBeUndefined();
    expect(await store().audit.find(orgId, "nul \u0000")).toBeUndefined();
  });

  it("queues an entry for the log in the same write, as canonical text, and knows its leaf once it is sealed", async () => {
    const orgId = "org_audit_queue";
    const kept = await store().audit.append(entryOf(orgId, { detail: { z: 1, a: "lone \ud800" } }));
    const item = (await store().receipts.queued(10_000)).find(({ ref }) => ref === kept.auditId);
    expect(item).toMatchObject({ orgId, kind: "audit", queuedAt: AT });
    expect(JSON.parse(item?.payload ?? "")).toEqual(kept);
    expect(item?.payload).toContain('"detail":{"a":"lone \ufffd","z":1}');
    const expectedSize = await store().receipts.ledgerSize();
    await store().receipts.seal({
      expectedSize,
      entries: [{ index: expectedSize, data: "leaf" }],
      receipts: [],
      checkpoint: `checkpoint ${expectedSize + 1}`,
      audits: [{ orgId, auditId: kept.auditId, leafIndex: expectedSize }],
      settled: [item?.queueId ?? -1],
    });
    expect(await store().audit.find(orgId, kept.auditId)).toEqual({ ...kept, leafIndex: expectedSize });
    expect((await store().receipts.queued(10_000)).some(({ ref }) => ref === kept.auditId)).toBe(false);
  });

  it("finds by actor, action, resource, outcome and time, all of which must hold, page by page", async () => {
    const orgId = "org_audit_query";
    const add = async (changes: Partial<NewAuditEntry>): Promise<void> => {
      await store().audit.append(entryOf(orgId, changes));
    };
    await add({ actor: "usr_a", action: "key.create", resource: "k1", at: atMs(1) });
    await add({ actor: "usr_b", action: "key.revoke", resource: "k1", at: atMs(2), outcome: "denied" });
    await add({ actor: "usr_a", action: "keyring.open", at: atMs(3) });
    const found = async (filter: Parameters<Store["audit"]["query"]>[1]): Promise<string[]> =>
      (await store().audit.query(orgId, filter, { size: 10 })).entries.map(({ action }) => action);
    expect(await found({ actor: "usr_a" })).toEqual(["keyring.open", "key.create"]);
    expect(await found({ action: "key." })).toEqual(["key.revoke", "key.create"]);
    expect(await found({ action: "key" })).toEqual([]);
    expect(await found({ resource: "a \u0000 b" })).toEqual(["keyring.open"]);
    expect(await found({ resource: "k1", outcome: "denied" })).toEqual(["key.revoke"]);
    expect(await found({ from: atMs(2), to: atMs(3) })).toEqual(["key.revoke"]);
    const first = await store().audit.query(orgId, {}, { size: 2 });
    expect(first.entries.map(({ action }) => action)).toEqual(["keyring.open", "key.revoke"]);
    const token = first.nextPageToken ?? "";
    const second = await store().audit.query(orgId, {}, { size: 2, token });
    expect(second.entries.map(({ action }) => action)).toEqual(["key.create"]);
    expect(second.nextPageToken).toBeUndefined();
    await expect(store().audit.query(orgId, {}, { size: 2, token: "x" })).rejects.toMatchObject({
      reason: "INVALID_PARAMS",
    });
  });
}

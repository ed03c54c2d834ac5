import {
  canonicalJson,
  leafHash,
  parseCheckpointText,
  parseTlogProof,
  parseVerifierKey,
  sha256,
  verifyCheckpoint,
  verifyInclusion,
} from "@berth/ledger";
import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { NewAuditEntry } from "@berth/store";
import { describe, expect, it } from "vitest";
import { openFixture } from "../receipts/test/receipts-fixture.ts";
import { createAuditLog } from "./create-audit-log.ts";
import type { AuditLog } from "./audit-log.ts";
import { withOrigin, withRequestOrigin } from "./request-origin.ts";

const AUDITOR: Principal = { kind: "user", id: "usr_a", orgId: DEFAULT_ORG_ID, scopes: ["audit"] };
const now = (): Date => new Date("2026-11-29T10:00:00.000Z");
const ACT: NewAuditEntry = {
  orgId: DEFAULT_ORG_ID,
  at: "2026-11-29T09:00:00.000Z",
  actor: "usr_1",
  action: "key.create",
  resource: "key_1",
  outcome: "ok",
};

async function open(): Promise<Awaited<ReturnType<typeof openFixture>> & { readonly audit: AuditLog }> {
  const fixture = await openFixture();
  const { store, receipts } = fixture;
  return { ...fixture, audit: createAuditLog({ store, ledger: receipts, now }) };
}

describe("the audit log", () => {
  it("proves an entry offline: the entry is the leaf's, the leaf is in the signed log", async () => {
    await using fixture = await open();
    const { store, receipts, audit } = fixture;
    const { auditId } = await store.audit.append({ ...ACT, detail: { note: "é \u0000" } });
    for (let i = 0; i < 20; i++) await store.audit.append(ACT);
    await expect(audit.proof(AUDITOR, auditId)).rejects.toMatchObject({ reason: "RECEIPT_PENDING" });
    await receipts.flush();
    const { entry, leaf, proof, vkey } = JSON.parse(JSON.stringify(await audit.proof(AUDITOR, auditId)));
    const { h, k } = JSON.parse(leaf);
    expect(k).toBe("audit");
    expect(h).toBe(Buffer.from(sha256(Buffer.from(canonicalJson(entry)))).toString("base64"));
    const { index, hashes, checkpoint } = parseTlogProof(proof);
    const { size, root } = await verifyCheckpoint(checkpoint, parseVerifierKey(vkey));
    expect(parseCheckpointText(checkpoint.slice(0, checkpoint.lastIndexOf("\n\n") + 1)).size).toBe(size);
    verifyInclusion({ index, size, root, proof: hashes, leafHash: leafHash(Buffer.from(leaf)) });
  });

  it("is for those who may read it, of their own organization", async () => {
    await using fixture = await open();
    const { store, receipts, audit } = fixture;
    const { auditId } = await store.audit.append(ACT);
    await receipts.flush();
    const developer = { ...AUDITOR, scopes: ["deploy"] } as const;
    await expect(audit.query(developer, {}, { size: 1 })).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
    await expect(audit.proof(developer, auditId)).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
    const elsewhere = { ...AUDITOR, orgId: "org_other" };
    expect((await audit.query(elsewhere, {}, { size: 1 })).entries).toEqual([]);
    await expect(audit.proof(elsewhere, auditId)).rejects.toMatchObject({ reason: "AUDIT_ENTRY_NOT_FOUND" });
    await expect(audit.query(AUDITOR, { from: "yesterday" }, { size: 1 })).rejects.toMatchObject({
      reason: "INVALID_PARAMS",
    });
    expect((await audit.query(AUDITOR, { from: "2026-11-29T10:00+01:00" }, { size: 9 })).entries).toHaveLength(1);
  });

  it("says from where a request came that made it write", async () => {
    await using fixture = await open();
    const audit = withOrigin(fixture.store.audit);
    const origin = { address: "192.0.2.7", userAgent: "curl", door: "api", requestId: "req_1" };
    await withRequestOrigin({ ...origin, actors: ["spiffe://x/a"] }, async () => await audit.append(ACT));
    await audit.append(ACT);
    const [second, first] = await audit.list(DEFAULT_ORG_ID, 2);
    expect(first).toMatchObject({ ...ACT, from: origin, actors: ["spiffe://x/a"] });
    expect(second).not.toHaveProperty("from");
  });

  it("writes down who was refused, but not more than sixty a minute", async () => {
    await using fixture = await open();
    const { store, audit } = fixture;
    for (let i = 0; i < 100; i++) audit.noteDenied(AUDITOR, { action: "key.manage", resource: "POST /v1/keys" });
    const { entries } = await store.audit.query(DEFAULT_ORG_ID, { outcome: "denied" }, { size: 1000 });
    expect(entries).toHaveLength(60);
    expect(entries[0]).toMatchObject({ actor: AUDITOR.id, action: "key.manage", resource: "POST /v1/keys" });
  });
});

import { expect, it } from "vitest";
import type { ConformanceRecord } from "./conformance-store.ts";
import { AT, ORG, atMs } from "./contract-samples.ts";
import type { Store } from "./store.ts";

export function conformanceStoreContract(store: () => Store): void {
  it("keeps the newest conformance of each release, for its organization alone", async () => {
    const record: ConformanceRecord = {
      orgId: ORG,
      agentId: "agt_1",
      releaseId: "rel_conform",
      checks: [{ id: "card", section: "A2A 1.0 §4.4.1", outcome: "failed", detail: "NUL\u0000 and half \ud800" }],
      by: "usr_1",
      at: AT,
    };
    await store().conformance.save(record);
    expect(await store().conformance.find(ORG, "rel_conform")).toEqual(record);
    const newer = { ...record, checks: [], at: atMs(5) };
    await store().conformance.save(newer);
    expect(await store().conformance.find(ORG, "rel_conform")).toEqual(newer);
    expect(await store().conformance.find("org_other", "rel_conform")).toBeUndefined();
    expect(await store().conformance.find(ORG, "NUL\u0000")).toBeUndefined();
  });
}

import { expect, it } from "vitest";
import { AT, ORG, atMs } from "./contract-samples.ts";
import { MAX_REMEMBERED_DELIVERIES } from "./source-store.ts";
import type { SourceRecord } from "./source-store.ts";
import type { Store } from "./store.ts";

/** Tests share one store: each uses ids of its own. */
export function sourceStoreContract(store: () => Store): void {
  const sourceOf = (agentName: string, changes: Partial<SourceRecord> = {}): SourceRecord => ({
    orgId: ORG,
    sourceId: `src_${agentName}`,
    agentName,
    kind: "github",
    url: "https://forge.example/a/b.git",
    branch: "main",
    autoDeploy: true,
    sealedSecret: "v1.sealed",
    principalId: "key_1",
    createdAt: AT,
    updatedAt: AT,
    ...changes,
  });

  it("keeps one source per agent, found by its id and by its agent", async () => {
    const first = sourceOf("one", { path: "agents/one", credential: "forge" });
    await store().sources.save(first);
    expect(await store().sources.find("src_one")).toEqual(first);
    expect(await store().sources.ofAgent(ORG, "one")).toEqual(first);
    expect(await store().sources.ofAgent("org_other", "one")).toBeUndefined();
    expect(await store().sources.find("nul \u0000")).toBeUndefined();
    const changed = sourceOf("one", { branch: "next", updatedAt: atMs(5) });
    await store().sources.save(changed);
    expect(await store().sources.find("src_one")).toEqual(changed);
    const other = sourceOf("one", { sourceId: "src_one_again" });
    await store().sources.save(other);
    expect(await store().sources.find("src_one")).toBeUndefined();
    expect(await store().sources.ofAgent(ORG, "one")).toEqual(other);
    await expect(store().sources.save(sourceOf("thief", { sourceId: "src_one_again" }))).rejects.toMatchObject({
      reason: "STORE_CONFLICT",
    });
  });

  it("removes a source once, for its own organization, with what it remembers", async () => {
    await store().sources.save(sourceOf("gone"));
    expect(await store().sources.claim("src_gone", ["d1"])).toBe(true);
    expect(await store().sources.remove("org_other", "gone")).toBe(false);
    expect(await store().sources.remove(ORG, "gone")).toBe(true);
    expect(await store().sources.remove(ORG, "gone")).toBe(false);
    expect(await store().sources.claim("src_gone", ["d2"])).toBe(false);
    await store().sources.save(sourceOf("gone"));
    expect(await store().sources.claim("src_gone", ["d1"])).toBe(true);
  });

  it("takes a delivery once, under each of its marks, unless it is given back", async () => {
    await store().sources.save(sourceOf("marked"));
    const { sources } = store();
    const both = await Promise.all([
      sources.claim("src_marked", ["id1", "h1"]),
      sources.claim("src_marked", ["id1", "h1"]),
    ]);
    expect(both.filter(Boolean)).toHaveLength(1);
    expect(await sources.claim("src_marked", ["id2", "h1"])).toBe(false);
    expect(await sources.claim("src_marked", ["id2", "h2"])).toBe(true);
    await sources.release("src_marked", ["id2", "h2"]);
    expect(await sources.claim("src_marked", ["id2", "h2"])).toBe(true);
  });

  it("remembers as many marks as it says", async () => {
    await store().sources.save(sourceOf("busy"));
    const marks = Array.from({ length: MAX_REMEMBERED_DELIVERIES }, (_, index) => `m${index}`);
    for (let at = 0; at < marks.length; at += 100) {
      expect(await store().sources.claim("src_busy", marks.slice(at, at + 100))).toBe(true);
    }
    expect(await store().sources.claim("src_busy", ["m0"])).toBe(false);
    expect(await store().sources.claim("src_busy", ["one more"])).toBe(true);
    expect(await store().sources.claim("src_busy", ["m0"])).toBe(true);
    expect(await store().sources.claim("src_busy", ["m2"])).toBe(false);
  });
}

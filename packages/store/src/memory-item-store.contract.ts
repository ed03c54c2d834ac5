import { expect, it } from "vitest";
import { AT, ORG, atMs } from "./contract-samples.ts";
import type { MemoryItem, MemoryItemStore, MemoryQuota, MemorySpace, SavedMemory } from "./memory-item-store.ts";
import type { Store } from "./store.ts";

const QUOTA: MemoryQuota = { maxItems: 100, maxBytes: 10_000 };
const MODEL = "model-1";

/** Tests share one store: each uses a space of its own. */
export function memoryItemStoreContract(store: () => Store): void {
  const memories = (): MemoryItemStore => store().memories;
  let spaces = 0;
  const newSpace = (changes: Partial<MemorySpace> = {}): MemorySpace => ({
    orgId: ORG,
    agentId: `agt_${++spaces}`,
    owner: "usr_1",
    ...changes,
  });
  const itemOf = (space: MemorySpace, itemId: string, changes: Partial<MemoryItem> = {}): MemoryItem => ({
    ...space,
    itemId: `${itemId}_${space.agentId}_${space.owner}`,
    digest: `sha256:${itemId}`,
    text: `text of ${itemId} \u0000 é`,
    spans: [[0, 5]],
    metadata: { n: 1 },
    by: "usr_1",
    createdAt: AT,
    updatedAt: AT,
    ...changes,
  });
  const bytesOf = (first: number): Uint8Array => new Uint8Array([first, 0, 0, 63]);
  const save = async (item: MemoryItem, quota: MemoryQuota = QUOTA, model: string = MODEL): Promise<SavedMemory> =>
    await memories().save(item, [{ model, bytes: bytesOf(1) }], { model, quota });

  it("keeps an item with its vectors, for its space only", async () => {
    const space = newSpace();
    const item = itemOf(space, "mem_a", { key: "k", source: "here", runId: "task_1", expiresAt: atMs(9) });
    expect(await save(item)).toEqual({ item, outcome: "created" });
    expect(await memories().get(space, [item.itemId, "mem_none"])).toEqual([item]);
    expect(await memories().findKey(space, "k")).toEqual(item);
    for (const other of [
      { ...space, orgId: "org_2" },
      { ...space, owner: "" },
      { ...space, agentId: "agt_x" },
    ]) {
      expect(await memories().get(other, [item.itemId])).toEqual([]);
      expect(await memories().findKey(other, "k")).toBeUndefined();
      expect(await memories().list(other, { limit: 10 })).toEqual([]);
      expect(await memories().space(other)).toBeUndefined();
      expect(await memories().remove(other, [item.itemId])).toBe(0);
      expect(await memories().changes(other, { model: MODEL, after: 0, limit: 10 })).toEqual([]);
    }
    const [change] = await memories().changes(space, { model: MODEL, after: 0, limit: 10 });
    expect(change).toMatchObject({ revision: 1, item });
    expect(change?.item === undefined ? [] : [...(change.vectors ?? [])]).toEqual([...bytesOf(1)]);
  });

  it("keeps the same text once, with its newest metadata", async () => {
    const space = newSpace();
    const item = itemOf(space, "mem_a");
    expect(await memories().refresh(item)).toBeUndefined();
    await save(item);
    const again = { ...item, itemId: "mem_b", metadata: { n: 2 }, createdAt: atMs(5), updatedAt: atMs(5) };
    const kept = { ...again, itemId: item.itemId, createdAt: AT };
    expect(await memories().refresh(again)).toEqual({ item: kept, outcome: "unchanged" });
    expect(await save(again)).toEqual({ item: kept, outcome: "unchanged" });
    expect(await memories().list(space, { limit: 10 })).toEqual([kept]);
    expect(await memories().space(space)).toMatchObject({ items: 1, revision: 3 });
    expect((await save({ ...item, itemId: "mem_c", key: "k" })).outcome).toBe("created");
    expect(await memories().refresh({ ...item, key: "other" })).toBeUndefined();
  });

  it("replaces what stands under a key", async () => {
    const space = newSpace();
    const [old, next] = [itemOf(space, "mem_a", { key: "k" }), itemOf(space, "mem_b", { key: "k" })];
    await save(old);
    expect(await save(next)).toEqual({ item: next, outcome: "replaced" });
    expect(await memories().list(space, { limit: 10 })).toEqual([next]);
    const changes = await memories().changes(space, { model: MODEL, after: 1, limit: 10 });
    expect(changes).toMatchObject([
      { revision: 2, itemId: old.itemId },
      { revision: 3, item: next },
    ]);
  });

  it("counts items and bytes, and refuses what is beyond the quota", async () => {
    const space = newSpace();
    const quota = { maxItems: 2, maxBytes: 60 };
    const item = itemOf(space, "mem_a", { text: "x".repeat(20) });
    await save(item, quota);
    expect(await memories().space(space)).toMatchObject({ items: 1, bytes: 27, model: MODEL, floor: 0 });
    await expect(save(itemOf(space, "mem_b", { text: "x".repeat(40) }), quota)).rejects.toMatchObject({
      reason: "QUOTA_EXCEEDED",
    });
    await save(itemOf(space, "mem_c", { text: "y" }), quota);
    await expect(save(itemOf(space, "mem_d", { text: "z" }), quota)).rejects.toMatchObject({
      reason: "QUOTA_EXCEEDED",
    });
    expect(await memories().remove(space, [item.itemId])).toBe(1);
    await save(itemOf(space, "mem_d", { text: "z" }), quota);
    expect(await memories().space(space)).toMatchObject({ items: 2, bytes: 16 });
    expect(await memories().list(space, { limit: 10 })).toHaveLength(2);
  });

  it("lists the newest first, page by page, and the spaces of an agent by owner", async () => {
    const space = newSpace();
    for (const id of ["mem_a", "mem_b", "mem_c"]) await save(itemOf(space, id));
    const first = await memories().list(space, { limit: 2 });
    expect(first.map(({ digest }) => digest)).toEqual(["sha256:mem_c", "sha256:mem_b"]);
    const rest = await memories().list(space, { limit: 2, after: first[1]?.itemId ?? "" });
    expect(rest.map(({ digest }) => digest)).toEqual(["sha256:mem_a"]);
    await save(itemOf({ ...space, owner: "" }, "mem_a"));
    const owners = async (page: { after?: string; limit: number }): Promise<string[]> =>
      (await memories().spaces(ORG, space.agentId, page)).map(({ owner }) => owner);
    expect(await owners({ limit: 10 })).toEqual(["", "usr_1"]);
    expect(await owners({ limit: 10, after: "" })).toEqual(["usr_1"]);
    expect(await memories().spaces("org_2", space.agentId, { limit: 10 })).toEqual([]);
  });

  it("says which event tells of an item", async () => {
    const space = newSpace();
    const item = itemOf(space, "mem_a");
    await save(item);
    await memories().setEvent(item, 7);
    await memories().setEvent({ orgId: "org_2", itemId: item.itemId }, 8);
    expect(await memories().get(space, [item.itemId])).toEqual([{ ...item, eventSeq: 7 }]);
  });

  it("prunes what has expired, and in time forgets that it was there", async () => {
    const space = newSpace();
    const item = itemOf(space, "mem_a", { expiresAt: atMs(5) });
    await save(item);
    await save(itemOf(space, "mem_b", { expiresAt: atMs(50) }));
    const forgetBefore = atMs(-1_000_000_000);
    expect(await memories().prune({ now: atMs(4), forgetBefore, limit: 10 })).toBe(0);
    expect(await memories().prune({ now: atMs(5), forgetBefore, limit: 10 })).toBe(1);
    const told = await memories().changes(space, { model: MODEL, after: 2, limit: 10 });
    expect(told).toEqual([{ revision: 3, itemId: item.itemId }]);
    const later = new Date(Date.now() + 3_600_000).toISOString();
    await memories().prune({ now: atMs(5), forgetBefore: later, limit: 10 });
    expect(await memories().changes(space, { model: MODEL, after: 2, limit: 10 })).toEqual([]);
    expect(await memories().space(space)).toMatchObject({ floor: 3, items: 1 });
  });

  it("moves a space to another model when every item has its vectors", async () => {
    const space = newSpace();
    const [a, b] = [itemOf(space, "mem_a"), itemOf(space, "mem_b")];
    await save(a);
    await save(b);
    const stale = await memories().staleSpaces("model-2", 1_000);
    expect(stale.map(({ agentId }) => agentId)).toContain(space.agentId);
    expect(await memories().switchModel(space, "model-2")).toBe(false);
    for (const item of await memories().unembedded(space, "model-2", 1)) {
      await memories().addVectors(item, { model: "model-2", bytes: bytesOf(2) });
    }
    expect(await memories().unembedded(space, "model-2", 10)).toHaveLength(1);
    for (const item of [a, b]) await memories().addVectors(item, { model: "model-2", bytes: bytesOf(2) });
    await memories().addVectors({ orgId: ORG, itemId: "mem_gone" }, { model: "model-2", bytes: bytesOf(2) });
    expect(await memories().unembedded(space, "model-2", 10)).toEqual([]);
    expect(await memories().switchModel(space, "model-2")).toBe(true);
    expect(await memories().space(space)).toMatchObject({ model: "model-2", revision: 3, floor: 3 });
    expect(await memories().unembedded(space, MODEL, 10)).toHaveLength(2);
    expect(await memories().switchModel(newSpace(), "model-2")).toBe(false);
  });

  it("takes writes of one space at once, each with a revision of its own", async () => {
    const space = newSpace();
    const ids = Array.from({ length: 8 }, (_, i) => `mem_${i}`);
    await Promise.all(ids.map(async (id) => await save(itemOf(space, id))));
    const changes = await memories().changes(space, { model: MODEL, after: 0, limit: 100 });
    expect(changes.map(({ revision }) => revision)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await memories().space(space)).toMatchObject({ items: 8, revision: 8 });
  });

  it("refuses ids that no database takes, and finds nothing under them", async () => {
    const space = newSpace();
    await expect(save(itemOf(space, "mem_a", { key: "nul \u0000" }))).rejects.toThrow();
    expect(await memories().findKey(space, "nul \u0000")).toBeUndefined();
    expect(await memories().list({ ...space, owner: "nul \u0000" }, { limit: 10 })).toEqual([]);
  });
}

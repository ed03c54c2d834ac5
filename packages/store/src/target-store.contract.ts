import { expect, it } from "vitest";
import { AT, ORG, atMs } from "./contract-samples.ts";
import type { Store } from "./store.ts";
import type { PlacementRecord, TargetRecord } from "./target-store.ts";

/** Tests share one store: each uses an organization of its own. */
export function targetStoreContract(store: () => Store): void {
  const targetOf = (name: string, changes: Partial<TargetRecord> = {}): TargetRecord => ({
    orgId: ORG,
    name,
    kind: "cloud-run",
    settings: { region: "europe-west1", nested: { list: [1, "two"] } },
    sealedCredential: "sealed",
    registry: { repository: "registry.test/team", credential: "REGISTRY" },
    createdBy: "usr_1",
    createdAt: AT,
    updatedAt: AT,
    ...changes,
  });
  const placementOf = (releaseId: string, changes: Partial<PlacementRecord> = {}): PlacementRecord => ({
    orgId: ORG,
    agentId: "agt_1",
    releaseId,
    target: "prod",
    placement: { url: "https://echo.test", resources: { revision: "r1" } },
    createdAt: AT,
    ...changes,
  });

  it("lists the targets of one organization by name, and finds one", async () => {
    const orgId = "org_targets";
    const { sealedCredential: _, registry: __, ...bare } = targetOf("b", { orgId });
    await store().targets.save(bare);
    await store().targets.save(targetOf("a", { orgId }));
    expect(await store().targets.list(orgId)).toEqual([targetOf("a", { orgId }), bare]);
    expect(await store().targets.find(orgId, "b")).toEqual(bare);
    expect(await store().targets.find("org_other", "b")).toBeUndefined();
    expect(await store().targets.list("org_without")).toEqual([]);
    expect(await store().targets.find(orgId, "NUL\u0000")).toBeUndefined();
  });

  it("puts a target in place of another of its name, and removes it once", async () => {
    const orgId = "org_replaced_target";
    await store().targets.save(targetOf("one", { orgId }));
    await store().targets.save(targetOf("one", { orgId, kind: "kubernetes", updatedAt: atMs(5) }));
    expect(await store().targets.find(orgId, "one")).toMatchObject({ kind: "kubernetes", updatedAt: atMs(5) });
    expect(await store().targets.remove("org_other", "one")).toBe(false);
    expect(await store().targets.remove(orgId, "one")).toBe(true);
    expect(await store().targets.remove(orgId, "one")).toBe(false);
  });

  it("keeps where each release runs, newest first, by agent and by target", async () => {
    const orgId = "org_placements";
    await store().targets.savePlacement(placementOf("rel_1", { orgId }));
    await store().targets.savePlacement(placementOf("rel_2", { orgId, createdAt: atMs(1), target: "stage" }));
    await store().targets.savePlacement(placementOf("rel_3", { orgId, createdAt: atMs(2), agentId: "agt_2" }));
    const ids = async (filter: { agentId?: string; target?: string }): Promise<readonly string[]> =>
      (await store().targets.placements(orgId, { limit: 10, ...filter })).map(({ releaseId }) => releaseId);
    expect(await ids({})).toEqual(["rel_3", "rel_2", "rel_1"]);
    expect(await ids({ agentId: "agt_1" })).toEqual(["rel_2", "rel_1"]);
    expect(await ids({ target: "prod" })).toEqual(["rel_3", "rel_1"]);
    expect(await store().targets.placements(orgId, { limit: 1 })).toEqual([
      placementOf("rel_3", { orgId, createdAt: atMs(2), agentId: "agt_2" }),
    ]);
    expect(await store().targets.placements("org_without", { limit: 10 })).toEqual([]);
  });

  it("replaces a placement of a release, and removes it once", async () => {
    const orgId = "org_replaced_placement";
    await store().targets.savePlacement(placementOf("rel_1", { orgId }));
    const moved = placementOf("rel_1", { orgId, placement: { url: "https://elsewhere.test" } });
    await store().targets.savePlacement(moved);
    expect(await store().targets.placement(orgId, "rel_1")).toEqual(moved);
    expect(await store().targets.placement("org_other", "rel_1")).toBeUndefined();
    expect(await store().targets.removePlacement(orgId, "rel_1")).toBe(true);
    expect(await store().targets.removePlacement(orgId, "rel_1")).toBe(false);
    expect(await store().targets.placement(orgId, "rel_1")).toBeUndefined();
  });
}

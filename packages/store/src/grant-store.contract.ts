import { expect, it } from "vitest";
import { AT, ORG, atMs } from "./contract-samples.ts";
import type { GrantRecord } from "./grant-store.ts";
import type { Store } from "./store.ts";

/** Tests share one store: each uses ids of its own. */
export function grantStoreContract(store: () => Store): void {
  const grantOf = (grantId: string, changes: Partial<GrantRecord> = {}): GrantRecord => ({
    orgId: ORG,
    grantId,
    runId: `run_of_${grantId}`,
    agentId: "agt_1",
    scope: { read: ["data/**", 'quo"te\u0000'], write: "outputs/x/", maxBytes: 10, maxCost: "1.50" },
    issuedAt: AT,
    expiresAt: atMs(900_000),
    runDeadline: atMs(3_600_000),
    ...changes,
  });
  const insert = async (...grants: readonly GrantRecord[]): Promise<void> => {
    for (const grant of grants) await store().grants.insert(grant);
  };
  const revokedAt = async (grantId: string, orgId: string = ORG): Promise<string | undefined> =>
    (await store().grants.find(orgId, grantId))?.revokedAt;

  it("keeps a grant as it was inserted, for its own organization", async () => {
    const grant = grantOf("gr_1", { priorId: "gr_0", parentId: "gr_p", approvalId: "apr_1", renewAs: { read: [] } });
    await insert(grant);
    expect(await store().grants.find(ORG, "gr_1")).toEqual(grant);
    expect(await store().grants.find("org_other", "gr_1")).toBeUndefined();
    expect(await store().grants.find(ORG, "gr_unknown")).toBeUndefined();
    expect(await store().grants.find(ORG, "nul \u0000")).toBeUndefined();
    await expect(store().grants.insert(grant)).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    await insert({ ...grant, orgId: "org_grants" });
  });

  it("replaces a grant once: the new one stands and the prior one is revoked", async () => {
    await insert(grantOf("gr_a1", { runId: "run_a" }));
    const next = grantOf("gr_a2", { runId: "run_a", priorId: "gr_a1", issuedAt: atMs(5) });
    await store().grants.replace(next, "gr_a1", atMs(5));
    expect(await revokedAt("gr_a1")).toBe(atMs(5));
    expect(await store().grants.find(ORG, "gr_a2")).toEqual(next);
    for (const [priorId, grantId] of [
      ["gr_a1", "gr_a3"],
      ["gr_absent", "gr_a3"],
      ["nul \u0000", "gr_a3"],
      ["gr_a2", "gr_a1"],
    ] as const) {
      const late = store().grants.replace({ ...next, grantId, priorId: "gr_a1" }, priorId, atMs(6));
      await expect(late).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    }
    expect(await revokedAt("gr_a2")).toBeUndefined();
    expect((await store().grants.ofRun(ORG, "run_a")).map(({ grantId }) => grantId)).toEqual(["gr_a1", "gr_a2"]);
  });

  it("lets one of several that replace the same grant at once win", async () => {
    await insert(grantOf("gr_race"));
    const rivals = [1, 2, 3, 4].map(async (i) => {
      await store().grants.replace(grantOf(`gr_race_${i}`, { priorId: "gr_race" }), "gr_race", AT);
    });
    const outcomes = (await Promise.allSettled(rivals)).map(({ status }) => status).sort();
    expect(outcomes).toEqual(["fulfilled", "rejected", "rejected", "rejected"]);
  });

  // b1 ← b2 (renewed); c1 cut from b1, c1 ← c2; d1 cut from c2; e1 is not related.
  const family = async (prefix: string, runs: string): Promise<void> =>
    await insert(
      grantOf(`${prefix}b1`, { runId: `${runs}b`, revokedAt: atMs(1) }),
      grantOf(`${prefix}b2`, { runId: `${runs}b`, priorId: `${prefix}b1` }),
      grantOf(`${prefix}c1`, { runId: `${runs}c`, parentId: `${prefix}b1`, revokedAt: atMs(2) }),
      grantOf(`${prefix}c2`, { runId: `${runs}c`, parentId: `${prefix}b1`, priorId: `${prefix}c1` }),
      grantOf(`${prefix}d1`, { runId: `${runs}d`, parentId: `${prefix}c2` }),
      grantOf(`${prefix}e1`, { runId: `${runs}e` }),
    );

  it("revokes a grant with its line and all that was cut from it, and nothing above", async () => {
    await family("gr_f", "run_f");
    expect(await store().grants.revoke("org_other", "gr_fb2", atMs(9))).toEqual([]);
    expect(await store().grants.revoke(ORG, "gr_fc1", atMs(9))).toEqual(["gr_fc2", "gr_fd1"]);
    expect(await revokedAt("gr_fb2")).toBeUndefined();
    expect(await store().grants.revoke(ORG, "gr_fb1", atMs(10))).toEqual(["gr_fb2"]);
    expect(await revokedAt("gr_fc1")).toBe(atMs(2));
    expect(await revokedAt("gr_fd1")).toBe(atMs(9));
    expect(await revokedAt("gr_fe1")).toBeUndefined();
    expect(await store().grants.revoke(ORG, "gr_fb1", atMs(11))).toEqual([]);
  });

  it("leaves nothing valid of a line that is renewed while it is revoked", async () => {
    for (let i = 0; i < 20; i++) {
      const runId = `run_renewed_${i}`;
      await insert(grantOf(`gr_n${i}`, { runId }), grantOf(`gr_n${i}c`, { runId: `${runId}_c`, parentId: `gr_n${i}` }));
      const renewal = async (next: string, prior: string): Promise<void> =>
        await store().grants.replace(grantOf(next, { runId, priorId: prior }), prior, AT);
      await Promise.allSettled([
        renewal(`gr_n${i}b`, `gr_n${i}`).then(async () => await renewal(`gr_n${i}d`, `gr_n${i}b`)),
        store().grants.revoke(ORG, `gr_n${i}`, AT),
      ]);
      const left = [...(await store().grants.ofRun(ORG, runId)), ...(await store().grants.ofRun(ORG, `${runId}_c`))];
      expect(left.filter(({ revokedAt }) => revokedAt === undefined)).toEqual([]);
    }
  });

  it("revokes from the newest of a line what was cut from an earlier one", async () => {
    await family("gr_g", "run_g");
    expect(await store().grants.revoke(ORG, "gr_gb2", atMs(9))).toEqual(["gr_gb2", "gr_gc2", "gr_gd1"]);
  });

  it("revokes all grants of a run, and what was cut from them", async () => {
    await family("gr_h", "run_h");
    expect(await store().grants.revokeRun(ORG, "run_hb", atMs(9))).toEqual(["gr_hb2", "gr_hc2", "gr_hd1"]);
    expect(await store().grants.revokeRun(ORG, "run_hb", atMs(9))).toEqual([]);
    expect(await store().grants.revokeRun(ORG, "nul \u0000", atMs(9))).toEqual([]);
  });

  it("lists grants newest first, by agent and by whether they hold at an instant", async () => {
    const orgId = "org_listed";
    await insert(
      grantOf("gr_l1", { orgId, issuedAt: atMs(1) }),
      grantOf("gr_l2", { orgId, issuedAt: atMs(2), revokedAt: atMs(3) }),
      grantOf("gr_l3", { orgId, issuedAt: atMs(3), expiresAt: atMs(50) }),
      grantOf("gr_l4", { orgId, issuedAt: atMs(4), agentId: "agt_2" }),
    );
    const list = async (filter: { agentId?: string; valid?: string }): Promise<readonly string[]> =>
      (await store().grants.list(orgId, filter)).map(({ grantId }) => grantId);
    expect(await list({})).toEqual(["gr_l4", "gr_l3", "gr_l2", "gr_l1"]);
    expect(await list({ agentId: "agt_1" })).toEqual(["gr_l3", "gr_l2", "gr_l1"]);
    expect(await list({ valid: atMs(49) })).toEqual(["gr_l4", "gr_l3", "gr_l1"]);
    expect(await list({ valid: atMs(50), agentId: "agt_1" })).toEqual(["gr_l1"]);
    expect(await list({ agentId: "nul \u0000" })).toEqual([]);
  });
}

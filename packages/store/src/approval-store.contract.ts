import { expect, it } from "vitest";
import type { ApprovalHookRecord, ApprovalPolicyRecord, ApprovalRecord } from "./approval-store.ts";
import { AT, ORG, atMs } from "./contract-samples.ts";
import type { Store } from "./store.ts";

/** Tests share one store: each uses ids of its own. */
export function approvalStoreContract(store: () => Store): void {
  const approvalOf = (approvalId: string, changes: Partial<ApprovalRecord> = {}): ApprovalRecord => ({
    orgId: ORG,
    approvalId,
    taskId: "task_1",
    agentId: "agt_1",
    agentName: "csv-analyst",
    requesterId: "key_1",
    read: ["private/**"],
    reason: "to compare \u0000",
    priorGrantId: "gr_1",
    requestedAt: AT,
    expiresAt: atMs(60_000),
    state: "pending",
    ...changes,
  });

  it("keeps an approval as it was inserted, for its organization alone", async () => {
    const approval = approvalOf("apr_1", { write: "outputs/x/" });
    await store().approvals.insert(approval);
    expect(await store().approvals.find(ORG, "apr_1")).toEqual(approval);
    expect(await store().approvals.find("org_other", "apr_1")).toBeUndefined();
    expect(await store().approvals.find(ORG, "nul \u0000")).toBeUndefined();
    await expect(store().approvals.insert(approval)).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
  });

  it("settles an approval once, whoever comes first", async () => {
    const approval = approvalOf("apr_race", { taskId: "task_race" });
    await store().approvals.insert(approval);
    const decision = { by: "usr_1", at: AT, extent: "task" as const, read: ["private/a"], signature: "a.b.c" };
    const outcomes = await Promise.all([
      store().approvals.settle({ ...approval, state: "approved", decision }),
      store().approvals.settle({ ...approval, state: "denied", decision: { ...decision, by: "usr_2" } }),
      store().approvals.settle({ ...approval, state: "expired" }),
    ]);
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    const settled = await store().approvals.find(ORG, "apr_race");
    expect(await store().approvals.settle({ ...approval, state: "canceled" })).toBe(false);
    expect(await store().approvals.find(ORG, "apr_race")).toEqual(settled);
    expect(await store().approvals.settle(approvalOf("apr_unknown", { state: "denied" }))).toBe(false);
  });

  it("lists the newest first, by state and by task", async () => {
    const orgId = "org_approvals";
    await store().approvals.insert(approvalOf("apr_l1", { orgId, requestedAt: atMs(1) }));
    await store().approvals.insert(approvalOf("apr_l2", { orgId, requestedAt: atMs(2), taskId: "task_2" }));
    await store().approvals.insert(approvalOf("apr_l3", { orgId, requestedAt: atMs(3) }));
    await store().approvals.settle(approvalOf("apr_l3", { orgId, requestedAt: atMs(3), state: "denied" }));
    const ids = async (filter: Parameters<Store["approvals"]["list"]>[1]): Promise<readonly string[]> =>
      (await store().approvals.list(orgId, filter)).map(({ approvalId }) => approvalId);
    expect(await ids({ limit: 10 })).toEqual(["apr_l3", "apr_l2", "apr_l1"]);
    expect(await ids({ limit: 1 })).toEqual(["apr_l3"]);
    expect(await ids({ state: "pending", limit: 10 })).toEqual(["apr_l2", "apr_l1"]);
    expect(await ids({ taskId: "task_2", limit: 10 })).toEqual(["apr_l2"]);
  });

  it("knows whose time is over, in every organization", async () => {
    await store().approvals.insert(approvalOf("apr_o1", { orgId: "org_o1", expiresAt: atMs(-2_000) }));
    await store().approvals.insert(approvalOf("apr_o2", { orgId: "org_o2", expiresAt: atMs(-1_000) }));
    await store().approvals.insert(approvalOf("apr_o3", { orgId: "org_o2", expiresAt: atMs(-1_000), state: "denied" }));
    const overdue = await store().approvals.overdue(AT, 10);
    expect(overdue.map(({ approvalId }) => approvalId)).toEqual(["apr_o1", "apr_o2"]);
    expect(await store().approvals.overdue(AT, 1)).toHaveLength(1);
  });

  it("keeps policies and hooks, the oldest first", async () => {
    const orgId = "org_policies";
    const policy = (policyId: string, ms: number): ApprovalPolicyRecord => ({
      orgId,
      policyId,
      agentName: "csv-analyst",
      read: ["public/**"],
      maxFiles: 10,
      maxBytes: 1_000,
      extent: "once",
      createdAt: atMs(ms),
      createdBy: "usr_1",
    });
    const hook = (hookId: string, ms: number): ApprovalHookRecord => ({
      orgId,
      hookId,
      url: "https://example.com/hook",
      createdAt: atMs(ms),
      createdBy: "usr_1",
    });
    await store().approvals.insertPolicy(policy("pol_2", 2));
    await store().approvals.insertPolicy(policy("pol_1", 1));
    expect(await store().approvals.policies(orgId)).toEqual([policy("pol_1", 1), policy("pol_2", 2)]);
    await expect(store().approvals.insertPolicy(policy("pol_1", 3))).rejects.toMatchObject({
      reason: "STORE_CONFLICT",
    });
    expect(await store().approvals.removePolicy("org_other", "pol_1")).toBe(false);
    expect(await store().approvals.removePolicy(orgId, "pol_1")).toBe(true);
    await store().approvals.insertHook(hook("hook_2", 2));
    await store().approvals.insertHook(hook("hook_1", 1));
    expect(await store().approvals.hooks(orgId)).toEqual([hook("hook_1", 1), hook("hook_2", 2)]);
    expect(await store().approvals.removeHook("org_other", "hook_1")).toBe(false);
    expect(await store().approvals.removeHook(orgId, "hook_1")).toBe(true);
    expect((await store().approvals.hooks(orgId)).map(({ hookId }) => hookId)).toEqual(["hook_2"]);
  });
}

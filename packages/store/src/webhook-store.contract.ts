import { expect, it } from "vitest";
import { AT, ORG, atMs } from "./contract-samples.ts";
import type { Store } from "./store.ts";
import type { WebhookRecord } from "./webhook-store.ts";

/** Tests share one store: each uses ids of its own. */
export function webhookStoreContract(store: () => Store): void {
  const hookOf = (webhookId: string, changes: Partial<WebhookRecord> = {}): WebhookRecord => ({
    orgId: ORG,
    webhookId,
    agentId: "agt_hooked",
    skill: "review \u0000",
    kind: "standard",
    sealedSecret: "v1.sealed",
    principalId: "key_1",
    createdAt: AT,
    ...changes,
  });

  it("keeps a webhook as it was inserted, and finds it without its organization", async () => {
    const hook = hookOf("hook_1", { kind: "github" });
    await store().webhooks.insert(hook);
    expect(await store().webhooks.find("hook_1")).toEqual(hook);
    expect(await store().webhooks.find("hook_unknown")).toBeUndefined();
    expect(await store().webhooks.find("nul \u0000")).toBeUndefined();
    await expect(store().webhooks.insert({ ...hook, orgId: "org_2" })).rejects.toMatchObject({
      reason: "STORE_CONFLICT",
    });
  });

  it("lists the webhooks of one agent of one organization, newest first", async () => {
    const agentId = "agt_listed";
    await store().webhooks.insert(hookOf("hook_l1", { agentId, createdAt: atMs(1) }));
    await store().webhooks.insert(hookOf("hook_l2", { agentId, createdAt: atMs(2) }));
    await store().webhooks.insert(hookOf("hook_l3", { agentId, orgId: "org_hooks" }));
    expect((await store().webhooks.list(ORG, agentId)).map(({ webhookId }) => webhookId)).toEqual([
      "hook_l2",
      "hook_l1",
    ]);
    expect(await store().webhooks.list(ORG, "agt_none")).toEqual([]);
  });

  it("removes a webhook once, for its own organization", async () => {
    await store().webhooks.insert(hookOf("hook_r"));
    expect(await store().webhooks.remove("org_other", "hook_r")).toBe(false);
    expect(await store().webhooks.remove(ORG, "hook_r")).toBe(true);
    expect(await store().webhooks.remove(ORG, "hook_r")).toBe(false);
    expect(await store().webhooks.find("hook_r")).toBeUndefined();
  });
}

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentStoreContract } from "./agent-store.contract.ts";
import { approvalStoreContract } from "./approval-store.contract.ts";
import { evalSampleStoreContract } from "./eval-sample-store.contract.ts";
import { evalStoreContract } from "./eval-store.contract.ts";
import { grantStoreContract } from "./grant-store.contract.ts";
import { identityStoreContract } from "./identity-store.contract.ts";
import { journalStoreContract } from "./journal-store.contract.ts";
import { memoryItemStoreContract } from "./memory-item-store.contract.ts";
import { oauthStoreContract } from "./oauth-store.contract.ts";
import { pushStoreContract } from "./push-store.contract.ts";
import { receiptStoreContract } from "./receipt-store.contract.ts";
import { recordsContract } from "./records.contract.ts";
import { secretStoreContract } from "./secret-store.contract.ts";
import type { Store } from "./store.ts";
import { taskReadsContract } from "./task-reads.contract.ts";
import { taskWritesContract } from "./task-writes.contract.ts";
import { auditStoreContract } from "./audit-store.contract.ts";
import { budgetStoreContract } from "./budget-store.contract.ts";
import { imageStoreContract } from "./image-store.contract.ts";
import { modelStoreContract } from "./model-store.contract.ts";
import { conformanceStoreContract } from "./conformance-store.contract.ts";
import { targetStoreContract } from "./target-store.contract.ts";
import { sourceStoreContract } from "./source-store.contract.ts";
import { webhookStoreContract } from "./webhook-store.contract.ts";
import { anchorStoreContract } from "./anchor-store.contract.ts";
import { runStoreContract } from "./run-store.contract.ts";
import { witnessStoreContract } from "./witness-store.contract.ts";
import { workspaceStoreContract } from "./workspace-store.contract.ts";

/** Makes an empty store; it is closed by whoever asked for it. */
export type OpenStore = () => Promise<Store>;

/** What every driver of `Store` promises. `open` gives each group of tests an empty store of its own. */
export function storeContract(driver: string, open: OpenStore): void {
  describe(`${driver} as a Store`, () => {
    group("tasks, written", open, taskWritesContract);
    group("tasks, read", open, taskReadsContract);
    group("agents", open, agentStoreContract);
    group("receipts", open, receiptStoreContract);
    group("push notifications", open, pushStoreContract);
    group("keys and deployments", open, recordsContract);
    group("witnesses", open, witnessStoreContract);
    group("anchors", open, anchorStoreContract);
    group("runs", open, runStoreContract);
    group("the audit log", open, auditStoreContract);
    group("webhooks", open, webhookStoreContract);
    group("sources", open, sourceStoreContract);
    group("budgets", open, budgetStoreContract);
    group("models", open, modelStoreContract);
    group("images", open, imageStoreContract);
    group("targets", open, targetStoreContract);
    group("conformance", open, conformanceStoreContract);
    group("journals", open, journalStoreContract);
    group("grants", open, grantStoreContract);
    group("approvals", open, approvalStoreContract);
    group("identities", open, identityStoreContract);
    group("the authorization server", open, oauthStoreContract);
    group("workspaces", open, workspaceStoreContract);
    group("secrets", open, secretStoreContract);
    group("evals", open, evalStoreContract);
    group("memories", open, memoryItemStoreContract);
    group("eval samples", open, evalSampleStoreContract);

    it("answers a ping while open, and closes twice without complaint", async () => {
      const store = await open();
      await store.ping();
      await store.close();
      await store.close();
      await expect(store.ping()).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
      await expect(store.tasks.find("org_1", "task_1")).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
      await expect(
        store.tasks.append({
          orgId: "org_1",
          taskId: "t",
          expectedSeq: 1,
          events: [{ at: "2026-01-01T00:00:00Z", body: { kind: "note", name: "late", data: {} } }],
        }),
      ).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
    });
  });
}

function group(name: string, open: OpenStore, contract: (store: () => Store) => void): void {
  describe(name, () => {
    let store: Store | undefined;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(async () => {
      await store?.close();
    });
    contract(() => {
      if (store === undefined) throw new Error("the store is opened before the tests");
      return store;
    });
  });
}

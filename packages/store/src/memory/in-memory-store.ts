import type { Store } from "../store.ts";
import { InMemoryAgentStore } from "./in-memory-agent-store.ts";
import { InMemoryApprovalStore } from "./in-memory-approval-store.ts";
import { InMemoryAuditStore } from "./in-memory-audit-store.ts";
import { InMemoryBudgetStore } from "./in-memory-budget-store.ts";
import { InMemoryConformanceStore } from "./in-memory-conformance-store.ts";
import { InMemoryEvalSampleStore } from "./in-memory-eval-sample-store.ts";
import { InMemoryEvalStore } from "./in-memory-eval-store.ts";
import { InMemoryImageStore } from "./in-memory-image-store.ts";
import { InMemoryModelStore } from "./in-memory-model-store.ts";
import { InMemoryIdentityStore } from "./in-memory-identity-store.ts";
import { InMemoryGrantStore } from "./in-memory-grant-store.ts";
import { InMemoryItemStore } from "./in-memory-item-store.ts";
import { InMemoryJournalStore } from "./in-memory-journal-store.ts";
import { InMemoryOAuthStore } from "./in-memory-oauth-store.ts";
import { InMemoryPushStore } from "./in-memory-push-store.ts";
import { InMemoryReceiptStore } from "./in-memory-receipt-store.ts";
import { InMemoryApiKeyStore } from "./in-memory-api-key-store.ts";
import { InMemoryDeploymentStore } from "./in-memory-deployment-store.ts";
import { InMemorySecretStore } from "./in-memory-secret-store.ts";
import { InMemorySourceStore } from "./in-memory-source-store.ts";
import { InMemoryState } from "./in-memory-state.ts";
import { InMemoryTargetStore } from "./in-memory-target-store.ts";
import { InMemoryTaskStore } from "./in-memory-task-store.ts";
import { InMemoryTelemetryStore } from "./in-memory-telemetry-store.ts";
import { InMemoryWebhookStore } from "./in-memory-webhook-store.ts";
import { InMemoryAnchorStore } from "./in-memory-anchor-store.ts";
import { InMemoryRunStore } from "./in-memory-run-store.ts";
import { InMemoryWitnessStore } from "./in-memory-witness-store.ts";
import { InMemoryWorkspaceStore } from "./in-memory-workspace-store.ts";

/** A store that forgets everything at close and keeps every other promise of the interfaces: for unit tests. */
export function createInMemoryStore(options: { readonly now?: () => Date } = {}): Store {
  const state = new InMemoryState();
  const close = async (): Promise<void> => state.close();
  return {
    tasks: new InMemoryTaskStore(state),
    agents: new InMemoryAgentStore(state, options.now ?? (() => new Date())),
    apiKeys: new InMemoryApiKeyStore(state),
    receipts: new InMemoryReceiptStore(state),
    journals: new InMemoryJournalStore(state),
    audit: new InMemoryAuditStore(state),
    deployments: new InMemoryDeploymentStore(state),
    push: new InMemoryPushStore(state),
    webhooks: new InMemoryWebhookStore(state),
    sources: new InMemorySourceStore(state),
    approvals: new InMemoryApprovalStore(state),
    grants: new InMemoryGrantStore(state),
    identity: new InMemoryIdentityStore(state),
    oauth: new InMemoryOAuthStore(state, options.now ?? (() => new Date())),
    workspaces: new InMemoryWorkspaceStore(state),
    secrets: new InMemorySecretStore(state),
    budgets: new InMemoryBudgetStore(state),
    witness: new InMemoryWitnessStore(state),
    anchors: new InMemoryAnchorStore(state),
    runs: new InMemoryRunStore(state),
    evals: new InMemoryEvalStore(state),
    memories: new InMemoryItemStore(state, options.now ?? (() => new Date())),
    evalSamples: new InMemoryEvalSampleStore(state),
    models: new InMemoryModelStore(state),
    images: new InMemoryImageStore(state),
    targets: new InMemoryTargetStore(state),
    conformance: new InMemoryConformanceStore(state),
    telemetry: new InMemoryTelemetryStore(state, options.now ?? (() => new Date())),
    ping: async () => state.assertOpen(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

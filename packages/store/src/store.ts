import type { AgentStore } from "./agent-store.ts";
import type { ApiKeyStore } from "./api-key-store.ts";
import type { ApprovalStore } from "./approval-store.ts";
import type { AuditStore } from "./audit-store.ts";
import type { BudgetStore } from "./budget-store.ts";
import type { ConformanceStore } from "./conformance-store.ts";
import type { DeploymentStore } from "./deployment-store.ts";
import type { ImageStore } from "./image-store.ts";
import type { TargetStore } from "./target-store.ts";
import type { EvalSampleStore } from "./eval-sample-store.ts";
import type { EvalStore } from "./eval-store.ts";
import type { GrantStore } from "./grant-store.ts";
import type { IdentityStore } from "./identity-store.ts";
import type { JournalStore } from "./journal-store.ts";
import type { ModelStore } from "./model-store.ts";
import type { MemoryItemStore } from "./memory-item-store.ts";
import type { OAuthStore } from "./oauth-store.ts";
import type { PushStore } from "./push-store.ts";
import type { ReceiptStore } from "./receipt-store.ts";
import type { RunStore } from "./run-store.ts";
import type { SecretStore } from "./secret-store.ts";
import type { TaskStore } from "./task-store.ts";
import type { TelemetryStore } from "./telemetry-store.ts";
import type { SourceStore } from "./source-store.ts";
import type { WebhookStore } from "./webhook-store.ts";
import type { AnchorStore } from "./anchor-store.ts";
import type { WitnessStore } from "./witness-store.ts";
import type { WorkspaceStore } from "./workspace-store.ts";

/** Everything the platform keeps in its database, behind one handle that must be closed. */
export interface Store extends AsyncDisposable {
  readonly tasks: TaskStore;
  readonly agents: AgentStore;
  readonly apiKeys: ApiKeyStore;
  readonly receipts: ReceiptStore;
  readonly journals: JournalStore;
  readonly audit: AuditStore;
  readonly deployments: DeploymentStore;
  readonly images: ImageStore;
  readonly targets: TargetStore;
  readonly conformance: ConformanceStore;
  readonly push: PushStore;
  readonly webhooks: WebhookStore;
  readonly sources: SourceStore;
  readonly approvals: ApprovalStore;
  readonly grants: GrantStore;
  readonly identity: IdentityStore;
  readonly oauth: OAuthStore;
  readonly workspaces: WorkspaceStore;
  readonly secrets: SecretStore;
  readonly budgets: BudgetStore;
  readonly witness: WitnessStore;
  readonly anchors: AnchorStore;
  readonly evals: EvalStore;
  readonly memories: MemoryItemStore;
  readonly evalSamples: EvalSampleStore;
  readonly models: ModelStore;
  readonly runs: RunStore;
  readonly telemetry: TelemetryStore;
  /** Cheap: throws STORE_UNAVAILABLE when the database cannot be reached in 2 s. */
  ping(): Promise<void>;
  /** Acknowledged writes are already durable; waits for what is in flight, then lets go. Twice is harmless. */
  close(): Promise<void>;
}

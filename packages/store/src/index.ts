export type {
  AgentFilter,
  AgentKind,
  AgentRecord,
  AgentStore,
  AgentWithRelease,
  ReleaseRecord,
  RemoteRelease,
} from "./agent-store.ts";
export type { ApiKeyRecord, ApiKeyStore } from "./api-key-store.ts";
export type { AuditEntry, AuditStore } from "./audit-store.ts";
export type { BlobStore } from "./blob-store.ts";
export type { DeploymentRecord, DeploymentStatus, DeploymentStep, DeploymentStore } from "./deployment-store.ts";
export type {
  PushConfigPage,
  PushConfigRecord,
  PushDelivery,
  PushDeliveryState,
  PushLease,
  PushOutcome,
  PushStore,
} from "./push-store.ts";
export type { LedgerEntry, PendingReceipt, ReceiptRecord, ReceiptStore, SealBatch } from "./receipt-store.ts";
export type { Store } from "./store.ts";
export type {
  AppendOutcome,
  AppendRequest,
  CreateOutcome,
  DedupeEntry,
  EventQuery,
  NewTask,
  TaskFilter,
  TaskPage,
  TaskRecord,
  TaskStore,
} from "./task-store.ts";
export { WEBHOOK_KINDS } from "./webhook-store.ts";
export type { WebhookKind, WebhookRecord, WebhookStore } from "./webhook-store.ts";

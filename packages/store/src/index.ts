export type {
  AgentFilter,
  AgentKind,
  AgentRecord,
  AgentStore,
  AgentWithRelease,
  PublishedAgent,
  ReleaseRecord,
  RemoteRelease,
  Route,
} from "./agent-store.ts";
export { ALL_TRAFFIC, allTo, endedWith, movedTo } from "./agent-traffic.ts";
export type {
  AgentTraffic,
  CanaryRecord,
  CanaryRules,
  EndedCanary,
  ReleaseTally,
  TrafficShare,
} from "./agent-traffic.ts";
export type { ApiKeyRecord, ApiKeyStore } from "./api-key-store.ts";
export type {
  ApprovalDecision,
  ApprovalHookRecord,
  ApprovalPolicyRecord,
  ApprovalRecord,
  ApprovalState,
  ApprovalStore,
} from "./approval-store.ts";
export type { AuditEntry, AuditFilter, AuditOrigin, AuditRecord, AuditStore, NewAuditEntry } from "./audit-store.ts";
export type { BlobStore } from "./blob-store.ts";
export { DeploymentStatus, hasEnded } from "./deployment-store.ts";
export type {
  DeploymentEval,
  DeploymentLine,
  DeploymentOptions,
  DeploymentRecord,
  DeploymentSource,
  DeploymentStep,
  DeploymentStore,
} from "./deployment-store.ts";
export { MAX_REFERRERS } from "./image-store.ts";
export type {
  ImageStore,
  ImageUsage,
  ManifestInfo,
  NamePage,
  Referrer,
  RepositoryInfo,
  StoredManifest,
} from "./image-store.ts";
export type { ByteRange, LayerContent, LayerStore, LayerWrite } from "./layer-store.ts";
export { SOURCE_KINDS } from "./source-store.ts";
export type { SourceKind, SourceRecord, SourceStore } from "./source-store.ts";
export type { ConformanceCheck, ConformanceRecord, ConformanceStore } from "./conformance-store.ts";
export type { PlacementRecord, TargetRecord, TargetStore } from "./target-store.ts";
export type {
  PushConfigPage,
  PushConfigRecord,
  PushDelivery,
  PushDeliveryState,
  PushLease,
  PushOutcome,
  PushStore,
} from "./push-store.ts";
export type { EvalSample, EvalSampleStore, EvalSampleSummary, SamplingPoint, SealedTask } from "./eval-sample-store.ts";
export type { EvalCaseResult, EvalRunRecord, EvalRunSummary, EvalStatus, EvalStore, EvalUsage } from "./eval-store.ts";
export type { GrantRecord, GrantScope, GrantStore } from "./grant-store.ts";
export type {
  IdentityStore,
  IssuerBinding,
  IssuerRecord,
  MembershipRecord,
  OrganizationRecord,
  SessionRecord,
  AppSessionPlace,
  UserRecord,
} from "./identity-store.ts";
export { JOURNAL_DIMENSIONS, MAX_PROOFS, MAX_SUMS } from "./journal-store.ts";
export type {
  AccountSum,
  JournalDimension,
  JournalFilter,
  JournalLine,
  JournalRecord,
  JournalStore,
  JournalSum,
  ProofQuery,
  RunJournal,
  SumQuery,
  TaskKey,
  TaskProof,
} from "./journal-store.ts";
export { balances } from "./kept-journal.ts";
export type {
  MemoryChange,
  MemoryItem,
  MemoryItemStore,
  MemoryQuota,
  MemorySpace,
  MemorySpaceState,
  MemoryVectors,
  SavedMemory,
} from "./memory-item-store.ts";
export type { OAuthRecord, OAuthStore } from "./oauth-store.ts";
export type { AnchorRecord, AnchorStore } from "./anchor-store.ts";
export type { RunRecord, RunStore } from "./run-store.ts";
export type { WitnessPeer, WitnessStore, WitnessedLog } from "./witness-store.ts";
export { LEDGER_ITEM_KINDS } from "./receipt-store.ts";
export type {
  AddendumRecord,
  LedgerEntry,
  LedgerItem,
  LedgerItemKind,
  LedgerKeyRecord,
  NewLedgerItem,
  PendingReceipt,
  ReceiptRecord,
  ReceiptStore,
  SealBatch,
} from "./receipt-store.ts";
export type { SecretRecord, SecretStore } from "./secret-store.ts";
export type { Store } from "./store.ts";
export type {
  AppendOutcome,
  AppendRequest,
  CreateOutcome,
  DedupeEntry,
  EventQuery,
  NewTask,
  TaskCaller,
  TaskFilter,
  TaskPage,
  TaskRecord,
  TaskStore,
} from "./task-store.ts";
export { assertVersion } from "./workspace-file.ts";
export { MAX_MODEL_ENTRIES, MODEL_PROVIDER_KINDS } from "./model-store.ts";
export type { ModelAlias, ModelProvider, ModelProviderKind, ModelStore, PricedModel } from "./model-store.ts";
export { LIMIT_SUBJECTS } from "./budget-store.ts";
export type { BudgetStore, LimitRule, LimitSubject, Spending, SpendingKey } from "./budget-store.ts";
export { WEBHOOK_KINDS } from "./webhook-store.ts";
export type { WebhookKind, WebhookRecord, WebhookStore } from "./webhook-store.ts";
export { MAX_VERSIONS } from "./workspace-store.ts";
export type {
  FileVersion,
  PendingOutputs,
  PutConditions,
  Reservation,
  WorkspaceQuota,
  WorkspaceStore,
  WorkspaceUsage,
} from "./workspace-store.ts";
export { TELEMETRY_READ_TIMEOUT_MS } from "./telemetry-store.ts";
export type {
  ExportBatch,
  ExportDestination,
  ExportState,
  ExportStore,
  LogBucket,
  LogFacet,
  LogPage,
  LogRange,
  LogStore,
  MetricStore,
  NewExportBatch,
  SpanPage,
  TelemetryBytes,
  SpanStore,
  TelemetryStore,
  TraceSummary,
} from "./telemetry-store.ts";

import type { Generated } from "kysely";
import type { ApiKeyRecord } from "../api-key-store.ts";
import type { AgentKind } from "../agent-store.ts";
import type { SpendingKey } from "../budget-store.ts";
import type { ImageBlobsTable, ImageManifestsTable, ImageTagsTable } from "./image-tables.ts";
import type { ModelEntriesTable } from "./model-tables.ts";
import type { SourceMarksTable, SourcesTable } from "./source-tables.ts";
import type { ReleaseConformanceTable, TargetPlacementsTable, TargetsTable } from "./target-tables.ts";
import type { AnchorRecord } from "../anchor-store.ts";
import type { WitnessPeer, WitnessedLog } from "../witness-store.ts";
import type { PushDelivery } from "../push-store.ts";
import type { TaskState } from "@berth/protocol";
import type { EvalRunsTable, EvalSamplesTable, EvalSamplingTable, EvalSuitesTable } from "./eval-tables.ts";
import type { AddendaTable, LedgerKeysTable, LedgerQueueTable, ReceiptsTable } from "./ledger-tables.ts";
import type { MemoryItemsTable, MemorySpacesTable, MemoryVectorsTable } from "./memory-tables.ts";
import type {
  IssuersTable,
  MembershipsTable,
  OAuthRecordsTable,
  OrganizationsTable,
  SessionsTable,
  UsedTokensTable,
  UserIdentitiesTable,
  UsersTable,
} from "./identity-tables.ts";
import type { JournalsTable, PostingsTable } from "./journal-schema.ts";
import type {
  BatchesTable,
  DestinationsTable,
  LogHeadsTable,
  LogsTable,
  MetricNamesTable,
  PointsTable,
  SpansTable,
  TracesTable,
} from "./telemetry-tables.ts";

/**
 * The tables as the migrations leave them. Through our type parsers int8 is a number and timestamptz is RFC 3339 text.
 * Columns named `body` or `record` hold JSON as text: jsonb refuses \u0000, which agents and callers may send.
 */
export interface Database {
  tasks: TasksTable;
  events: EventsTable;
  task_dedupe: TaskDedupeTable;
  agent_counters: AgentCountersTable;
  receipt_queue: ReceiptQueueTable;
  receipts: ReceiptsTable;
  ledger_entries: LedgerEntriesTable;
  ledger_head: LedgerHeadTable;
  ledger_queue: LedgerQueueTable;
  ledger_keys: LedgerKeysTable;
  addenda: AddendaTable;
  witness_logs: WitnessedLog;
  witness_peers: WitnessPeer;
  anchors: AnchorRecord;
  runs: RunsTable;
  journals: JournalsTable;
  postings: PostingsTable;
  agents: AgentsTable;
  releases: ReleasesTable;
  release_tallies: ReleaseTalliesTable;
  api_keys: ApiKeysTable;
  audit_entries: AuditEntriesTable;
  deployments: DeploymentsTable;
  deployment_lines: DeploymentLinesTable;
  push_configs: PushConfigsTable;
  push_deliveries: PushDeliveriesTable;
  webhooks: WebhooksTable;
  sources: SourcesTable;
  source_marks: SourceMarksTable;
  approvals: ApprovalsTable;
  approval_policies: ApprovalPoliciesTable;
  approval_hooks: ApprovalHooksTable;
  grants: GrantsTable;
  organizations: OrganizationsTable;
  users: UsersTable;
  user_identities: UserIdentitiesTable;
  memberships: MembershipsTable;
  sessions: SessionsTable;
  issuers: IssuersTable;
  used_tokens: UsedTokensTable;
  oauth_records: OAuthRecordsTable;
  workspace_files: WorkspaceFilesTable;
  workspace_versions: WorkspaceFilesTable;
  workspace_usage: WorkspaceUsageTable;
  workspace_bytes: WorkspaceBytesTable;
  workspace_outputs: WorkspaceOutputsTable;
  secrets: SecretsTable;
  limit_rules: LimitRulesTable;
  budget_spending: BudgetSpendingTable;
  eval_suites: EvalSuitesTable;
  eval_runs: EvalRunsTable;
  memory_spaces: MemorySpacesTable;
  memory_items: MemoryItemsTable;
  memory_vectors: MemoryVectorsTable;
  telemetry_spans: SpansTable;
  telemetry_traces: TracesTable;
  telemetry_logs: LogsTable;
  telemetry_log_heads: LogHeadsTable;
  telemetry_points: PointsTable;
  telemetry_metric_names: MetricNamesTable;
  telemetry_destinations: DestinationsTable;
  telemetry_batches: BatchesTable;
  model_entries: ModelEntriesTable;
  image_manifests: ImageManifestsTable;
  image_tags: ImageTagsTable;
  image_blobs: ImageBlobsTable;
  targets: TargetsTable;
  target_placements: TargetPlacementsTable;
  release_conformance: ReleaseConformanceTable;
  eval_sampling: EvalSamplingTable;
  eval_samples: EvalSamplesTable;
}

interface LimitRulesTable {
  org_id: string;
  updated_at: string;
  record: string;
}

interface BudgetSpendingTable {
  org_id: string;
  month: string;
  subject: SpendingKey["subject"];
  id: string;
  calls: number;
  tokens: number;
  cost_micros: number;
}

export interface TasksTable {
  org_id: string;
  task_id: string;
  context_id: string;
  agent_id: string;
  release_id: string;
  principal_id: string;
  state: TaskState;
  last_seq: number;
  agent_seq: number;
  created_at: string;
  status_at: string;
}

interface EventsTable {
  org_id: string;
  task_id: string;
  seq: number;
  at: string;
  body: string;
}

interface TaskDedupeTable {
  org_id: string;
  principal_id: string;
  agent_id: string;
  key: string;
  digest: string;
  task_id: string;
  seq: number;
}

interface AgentCountersTable {
  org_id: string;
  agent_id: string;
  last_seq: number;
}

interface ReceiptQueueTable {
  org_id: string;
  task_id: string;
  queued_at: string;
  queue_id: Generated<number>;
}

/** One log for the installation, so the only tables without an organization. */
interface LedgerEntriesTable {
  index: number;
  data: string;
}

interface LedgerHeadTable {
  id: number;
  size: number;
  checkpoint: string | null;
}

interface AgentsTable {
  org_id: string;
  agent_id: string;
  name: string;
  kind: AgentKind;
  active_release_id: string;
  version: number;
  traffic: string | null;
  canary: boolean;
  created_at: string;
  updated_at: string;
  removed_at: string | null;
}

interface ReleaseTalliesTable {
  org_id: string;
  release_id: string;
  agent_id: string;
  record: string;
}

interface ReleasesTable {
  org_id: string;
  release_id: string;
  agent_id: string;
  digest: string;
  created_at: string;
  tags: readonly string[];
  skills: readonly string[];
  search_text: string;
  record: string;
}

export interface ApiKeysTable {
  org_id: string;
  key_id: string;
  secret_hash: string;
  name: string;
  scopes: ApiKeyRecord["scopes"];
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
  created_by: string | null;
  agents: readonly string[] | null;
  cidrs: readonly string[] | null;
}

interface AuditEntriesTable {
  org_id: string;
  audit_id: Generated<number>;
  at: string;
  record: string;
  entry_id: string | null;
  actor: string | null;
  action: string | null;
  resource: string | null;
  outcome: string | null;
  leaf_index: number | null;
}

interface DeploymentsTable {
  org_id: string;
  deployment_id: string;
  agent_name: string | null;
  created_at: string;
  record: string;
  status: string;
  kept_until: string | null;
}

interface DeploymentLinesTable {
  org_id: string;
  deployment_id: string;
  seq: number;
  at: string;
  step: string;
  stream: string;
  text: string;
}

interface ApprovalsTable {
  org_id: string;
  approval_id: string;
  task_id: string;
  state: string;
  requested_at: string;
  expires_at: string;
  record: string;
}

interface ApprovalPoliciesTable {
  org_id: string;
  policy_id: string;
  created_at: string;
  record: string;
}

interface ApprovalHooksTable {
  org_id: string;
  hook_id: string;
  created_at: string;
  record: string;
}

interface WebhooksTable {
  org_id: string;
  webhook_id: string;
  agent_id: string;
  created_at: string;
  record: string;
}

export interface GrantsTable {
  org_id: string;
  grant_id: string;
  run_id: string;
  agent_id: string;
  prior_id: string | null;
  parent_id: string | null;
  issued_at: string;
  expires_at: string;
  revoked_at: string | null;
  record: string;
}

export interface WorkspaceFilesTable {
  org_id: string;
  path: string;
  version: number;
  digest: string | null;
  bytes: number;
  media_type: string;
  written_at: string;
  written_by: string;
  run_id: string | null;
}

interface WorkspaceUsageTable {
  org_id: string;
  files: number;
  bytes: number;
  released: Generated<number>;
}

interface WorkspaceBytesTable {
  digest: string;
  org_id: string;
  bytes: number;
  versions: number;
  touched_at: string;
}

export interface SecretsTable {
  org_id: string;
  name: string;
  agent_name: string;
  version: number;
  sealed: string;
  key_id: string;
  hosts: readonly string[] | null;
  updated_at: string;
  updated_by: string;
}

interface WorkspaceOutputsTable {
  org_id: string;
  task_id: string;
  queue_id: Generated<number>;
}

export interface RunsTable {
  org_id: string;
  task_id: string;
  record: string;
  wake_at: string | null;
}

export interface PushConfigsTable {
  org_id: string;
  task_id: string;
  config_id: string;
  record: string;
  created_at: string;
  cursor: number;
  /** Of its URL, with the port where that is not the scheme's. */
  host: string;
  ended: boolean;
  due_at: string | null;
  lease_id: string | null;
  lease_until: string | null;
}

export interface PushDeliveriesTable {
  org_id: string;
  delivery_id: string;
  task_id: string;
  config_id: string;
  seq: number;
  state: PushDelivery["state"];
  attempts: number;
  created_at: string;
  updated_at: string;
  next_attempt_at: string | null;
  last_error: string | null;
}

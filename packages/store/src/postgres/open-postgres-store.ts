import { PlatformError } from "@berth/protocol";
import { sql } from "kysely";
import type { Kysely } from "kysely";
import { storeClosed } from "../store-closed.ts";
import { TELEMETRY_READ_TIMEOUT_MS } from "../telemetry-store.ts";
import type { Store } from "../store.ts";
import { migrate } from "./migrate.ts";
import { openDatabase } from "./open-database.ts";
import type { PostgresConnection } from "./open-database.ts";
import { PostgresAgentStore } from "./postgres-agent-store.ts";
import { PostgresApiKeyStore } from "./postgres-api-key-store.ts";
import { PostgresApprovalStore } from "./postgres-approval-store.ts";
import { PostgresAuditStore } from "./postgres-audit-store.ts";
import { PostgresBudgetStore } from "./postgres-budget-store.ts";
import { PostgresConformanceStore } from "./postgres-conformance-store.ts";
import { PostgresDeploymentStore } from "./postgres-deployment-store.ts";
import { PostgresEvalSampleStore } from "./postgres-eval-sample-store.ts";
import { PostgresEvalStore } from "./postgres-eval-store.ts";
import { PostgresImageStore } from "./postgres-image-store.ts";
import { PostgresModelStore } from "./postgres-model-store.ts";
import { PostgresIdentityStore } from "./postgres-identity-store.ts";
import { PostgresGrantStore } from "./postgres-grant-store.ts";
import { PostgresJournalStore } from "./postgres-journal-store.ts";
import { PostgresMemoryItemStore } from "./postgres-memory-item-store.ts";
import { PostgresOAuthStore } from "./postgres-oauth-store.ts";
import { PostgresPushStore } from "./postgres-push-store.ts";
import { PostgresReceiptStore } from "./postgres-receipt-store.ts";
import { PostgresSecretStore } from "./postgres-secret-store.ts";
import { PostgresTargetStore } from "./postgres-target-store.ts";
import { PostgresTaskStore } from "./postgres-task-store.ts";
import { PostgresTelemetryStore } from "./postgres-telemetry-store.ts";
import { PostgresSourceStore } from "./postgres-source-store.ts";
import { PostgresWebhookStore } from "./postgres-webhook-store.ts";
import { PostgresAnchorStore } from "./postgres-anchor-store.ts";
import { PostgresRunStore } from "./postgres-run-store.ts";
import { PostgresWitnessStore } from "./postgres-witness-store.ts";
import { PostgresWorkspaceStore } from "./postgres-workspace-store.ts";
import type { Database } from "./schema.ts";
import { commitQuickly } from "./quick-batch.ts";
import { commitBatch } from "./task-batch.ts";
import { WritePump } from "./write-pump.ts";

const PING_TIMEOUT_MS = 2000;
const TELEMETRY_READERS = 3;
const TELEMETRY_WRITERS = 2;

export interface PostgresStoreOptions {
  readonly connection: PostgresConnection;
  /** Connections besides the one that group commit has for itself. Default 10. */
  readonly poolSize?: number;
  readonly now?: () => Date;
}

/**
 * Connects, migrates, and returns a store that must be closed.
 * @throws PlatformError STORE_UNAVAILABLE when the database cannot be reached, refuses us, or is newer than this program.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { connection, now = () => new Date() } = options;
  await prepare(connection, now);
  const reader = openDatabase(connection, { connections: options.poolSize ?? 10 });
  // Its own connection: however many slow reads there are, writes do not wait for them.
  const writer = openDatabase(connection, { connections: 1 });
  const pump = new WritePump({
    quickly: async (items) => await commitQuickly(writer.query, items),
    thoroughly: async (items) => await commitBatch(writer.db, items),
  });
  const telemetryReader = openDatabase(connection, {
    connections: TELEMETRY_READERS,
    statementTimeoutMs: TELEMETRY_READ_TIMEOUT_MS,
  });
  const telemetryWriter = openDatabase(connection, { connections: TELEMETRY_WRITERS });
  const { db } = reader;
  const telemetry = new PostgresTelemetryStore({ db, reader: telemetryReader.db, writer: telemetryWriter.db }, now);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    closing ??= (async () => {
      await Promise.all([pump.close(), telemetry.close()]);
      await Promise.all([writer, reader, telemetryReader, telemetryWriter].map(async (each) => await each.close()));
    })();
    await closing;
  };
  return {
    tasks: new PostgresTaskStore(db, pump),
    agents: new PostgresAgentStore(db, now),
    apiKeys: new PostgresApiKeyStore(db),
    receipts: new PostgresReceiptStore(db),
    journals: new PostgresJournalStore(db),
    audit: new PostgresAuditStore(db),
    deployments: new PostgresDeploymentStore(db),
    push: new PostgresPushStore(db),
    webhooks: new PostgresWebhookStore(db),
    sources: new PostgresSourceStore(db),
    approvals: new PostgresApprovalStore(db),
    grants: new PostgresGrantStore(db),
    identity: new PostgresIdentityStore(db),
    oauth: new PostgresOAuthStore(db, now),
    workspaces: new PostgresWorkspaceStore(db),
    secrets: new PostgresSecretStore(db),
    budgets: new PostgresBudgetStore(db),
    witness: new PostgresWitnessStore(db),
    anchors: new PostgresAnchorStore(db),
    runs: new PostgresRunStore(db),
    evals: new PostgresEvalStore(db),
    memories: new PostgresMemoryItemStore(db, now),
    evalSamples: new PostgresEvalSampleStore(db),
    models: new PostgresModelStore(db),
    images: new PostgresImageStore(db),
    targets: new PostgresTargetStore(db),
    conformance: new PostgresConformanceStore(db),
    telemetry,
    ping: async () => {
      if (closing !== undefined) throw storeClosed();
      await ping(db);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function prepare(connection: PostgresConnection, now: () => Date): Promise<void> {
  const migrator = openDatabase(connection, { connections: 1, slow: true });
  try {
    await migrate(migrator.db, now);
  } finally {
    await migrator.close();
  }
}

async function ping(db: Kysely<Database>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new PlatformError("STORE_UNAVAILABLE", `The database did not answer in ${PING_TIMEOUT_MS} ms.`));
  }, PING_TIMEOUT_MS);
  const answer = sql`select 1`.execute(db);
  // When it loses the race nobody else hears of its failure.
  answer.catch(() => undefined);
  try {
    await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

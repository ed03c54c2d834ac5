import { PlatformError, TaskState } from "@berth/protocol";
import { sql } from "kysely";
import type { Kysely, RawBuilder } from "kysely";
import { boundPageSize, decodePageToken, encodePageToken, isIndexPart } from "../page-token.ts";
import type { LedgerEntry, PendingReceipt, ReceiptRecord, ReceiptStore, SealBatch } from "../receipt-store.ts";
import { checkSealBatch, outputsOf, sealConflict } from "../seal-batch.ts";
import { isStorableText } from "../storable-text.ts";
import { MAX_LEDGER_ENTRIES, MAX_MISSING } from "../task-limits.ts";
import type { Database, ReceiptsTable } from "./schema.ts";
import { SqlState, sqlStateOf } from "./store-error.ts";
import { unnest } from "./unnest.ts";

const MAX_PENDING = 10_000;
const TERMINAL = [TaskState.Completed, TaskState.Failed, TaskState.Canceled, TaskState.Rejected];

export class PostgresReceiptStore implements ReceiptStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async pending(limit: number): Promise<readonly PendingReceipt[]> {
    const rows = await this.#db
      .selectFrom("receipt_queue")
      .select(["org_id", "task_id", "queued_at"])
      .orderBy("queue_id")
      .limit(Math.min(Math.max(0, limit), MAX_PENDING))
      .execute();
    return rows.map((row) => ({ orgId: row.org_id, taskId: row.task_id, queuedAt: row.queued_at }));
  }

  async seal(batch: SealBatch): Promise<void> {
    const receipts = checkSealBatch(batch);
    try {
      const { rows } = await sealing(batch, receipts).execute(this.#db);
      if (rows.length === 0) throw sealConflict(batch.expectedSize, await this.ledgerSize());
    } catch (error) {
      if (sqlStateOf(error) !== SqlState.UniqueViolation) throw error;
      throw new PlatformError("STORE_CONFLICT", "A task of this batch has a receipt already.", { cause: error });
    }
  }

  async findByTask(orgId: string, taskId: string): Promise<ReceiptRecord | undefined> {
    return await this.#findBy("task_id", orgId, taskId);
  }

  async find(orgId: string, receiptId: string): Promise<ReceiptRecord | undefined> {
    return await this.#findBy("receipt_id", orgId, receiptId);
  }

  async #findBy(column: "task_id" | "receipt_id", orgId: string, id: string): Promise<ReceiptRecord | undefined> {
    if (!isStorableText(orgId) || !isStorableText(id)) return undefined;
    const row = await this.#db
      .selectFrom("receipts")
      .selectAll()
      .where("org_id", "=", orgId)
      .where(column, "=", id)
      .executeTakeFirst();
    return row === undefined ? undefined : toReceiptRecord(row);
  }

  async list(
    orgId: string,
    page: { readonly size: number; readonly token?: string },
  ): Promise<{ readonly receipts: readonly ReceiptRecord[]; readonly nextPageToken?: string }> {
    const size = boundPageSize(page.size);
    let query = this.#db.selectFrom("receipts").selectAll().where("org_id", "=", orgId);
    if (page.token !== undefined) {
      const [before] = decodePageToken("receipts", page.token, [isIndexPart]);
      query = query.where("leaf_index", "<", Number(before));
    }
    const rows = await query
      .orderBy("leaf_index", "desc")
      .limit(size + 1)
      .execute();
    const receipts = rows.slice(0, size).map(toReceiptRecord);
    const last = receipts.at(-1);
    const more = rows.length > size && last !== undefined;
    return { receipts, ...(more ? { nextPageToken: encodePageToken("receipts", [String(last.leafIndex)]) } : {}) };
  }

  async ledgerSize(): Promise<number> {
    const { size } = await this.#db.selectFrom("ledger_head").select("size").executeTakeFirstOrThrow();
    return size;
  }

  async ledgerEntries(from: number, to: number): Promise<readonly LedgerEntry[]> {
    if (to - from > MAX_LEDGER_ENTRIES) throw new Error(`at most ${MAX_LEDGER_ENTRIES} entries in one read`);
    return await this.#db
      .selectFrom("ledger_entries")
      .select(["index", "data"])
      .where("index", ">=", from)
      .where("index", "<", to)
      .orderBy("index")
      .execute();
  }

  async checkpoint(): Promise<string | undefined> {
    const head = await this.#db.selectFrom("ledger_head").select("checkpoint").executeTakeFirstOrThrow();
    return head.checkpoint ?? undefined;
  }

  /** One statement and so one moment: between two a task could move from queue to receipt and look lost. */
  async counts(
    orgId: string,
  ): Promise<{ terminalTasks: number; receipts: number; pending: number; missing: string[] }> {
    const terminal = sql.join(TERMINAL.map((state) => sql.lit(state)));
    const { rows } = await sql<{ tasks: number; receipts: number; pending: number; missing: string[] }>`
      select
        (select count(*) from tasks where org_id = ${orgId} and state in (${terminal})) as tasks,
        (select count(*) from receipts where org_id = ${orgId}) as receipts,
        (select count(*) from receipt_queue where org_id = ${orgId}) as pending,
        array(
          select t.task_id from tasks t
          where t.org_id = ${orgId} and t.state in (${terminal})
            and not exists (select from receipts r where r.org_id = t.org_id and r.task_id = t.task_id)
            and not exists (select from receipt_queue q where q.org_id = t.org_id and q.task_id = t.task_id)
          order by t.task_id limit ${sql.lit(MAX_MISSING)}
        ) as missing`.execute(this.#db);
    const [row] = rows;
    if (row === undefined) throw new Error("a select without from has one row");
    return { terminalTasks: row.tasks, receipts: row.receipts, pending: row.pending, missing: row.missing };
  }
}

/**
 * One statement and so one transaction and one round trip; it sets `synchronous_commit` for itself, as `durably` does.
 * The head row is the lock of the log: sealers of other nodes wait for it, then find another size and write nothing.
 */
function sealing(batch: SealBatch, receipts: readonly ReceiptRecord[]): RawBuilder<unknown> {
  const { expectedSize, checkpoint } = batch;
  const size = expectedSize + batch.entries.length;
  const entries = unnest(
    batch.entries.map(({ index, data }) => [index, data]),
    ["int8", "text"],
  );
  const rows = unnest(
    receipts.map((r) => [r.orgId, r.receiptId, r.taskId, r.leafIndex, r.envelope, r.sealedAt]),
    ["text", "text", "text", "int8", "text", "timestamptz"],
  );
  const tasks = unnest(
    receipts.map(({ orgId, taskId }) => [orgId, taskId]),
    ["text", "text"],
  );
  const outputs = unnest(
    outputsOf(batch).map(({ orgId, taskId }) => [orgId, taskId]),
    ["text", "text"],
  );
  return sql`
    with durable as materialized (select set_config('synchronous_commit', 'on', true) as on_commit),
    head as (
      update ledger_head set size = ${size}, checkpoint = ${checkpoint} where size = ${expectedSize} returning id
    ),
    logged as (
      insert into ledger_entries (index, data) select e.* from head, ${entries} as e
    ),
    written as (
      insert into receipts (org_id, receipt_id, task_id, leaf_index, envelope, sealed_at)
      select r.* from head, ${rows} as r
    ),
    produced as (
      insert into workspace_outputs (org_id, task_id) select o.* from head, ${outputs} as o on conflict do nothing
    ),
    served as (
      delete from receipt_queue as q using head, ${tasks} as t (org_id, task_id)
      where q.org_id = t.org_id and q.task_id = t.task_id
    )
    select head.id from head, durable`;
}

function toReceiptRecord(row: ReceiptsTable): ReceiptRecord {
  return {
    orgId: row.org_id,
    receiptId: row.receipt_id,
    taskId: row.task_id,
    leafIndex: row.leaf_index,
    envelope: row.envelope,
    sealedAt: row.sealed_at,
  };
}

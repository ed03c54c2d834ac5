import { PlatformError, TaskState } from "@berth/protocol";
import { sql } from "kysely";
import type { Kysely } from "kysely";
import { boundPageSize, decodePageToken, encodePageToken, isIndexPart } from "../page-token.ts";
import type {
  AddendumRecord,
  LedgerEntry,
  LedgerItem,
  LedgerKeyRecord,
  NewLedgerItem,
  PendingReceipt,
  ReceiptRecord,
  ReceiptStore,
  SealBatch,
} from "../receipt-store.ts";
import { checkSealBatch, sealConflict, settledAlready } from "../seal-batch.ts";
import { isStorableText } from "../storable-text.ts";
import { MAX_LEDGER_ENTRIES, MAX_MISSING } from "../task-limits.ts";
import { durably } from "./durably.ts";
import { queueItem } from "./queue-item.ts";
import { sealing } from "./sealing.ts";
import type { AddendaTable, LedgerKeysTable, ReceiptsTable } from "./ledger-tables.ts";
import type { Database } from "./schema.ts";
import { SqlState, sqlStateOf } from "./store-error.ts";

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

  async enqueue(item: NewLedgerItem): Promise<void> {
    await durably(this.#db, async (tx) => await queueItem(tx, item));
  }

  async queued(limit: number): Promise<readonly LedgerItem[]> {
    const rows = await this.#db
      .selectFrom("ledger_queue")
      .selectAll()
      .orderBy("queue_id")
      .limit(Math.min(Math.max(0, limit), MAX_PENDING))
      .execute();
    return rows.map((row) => ({
      queueId: row.queue_id,
      orgId: row.org_id,
      kind: row.kind,
      ref: row.ref,
      payload: row.payload,
      queuedAt: row.queued_at,
    }));
  }

  async addenda(orgId: string, receiptId: string): Promise<readonly AddendumRecord[]> {
    if (!isStorableText(orgId) || !isStorableText(receiptId)) return [];
    const rows = await this.#db
      .selectFrom("addenda")
      .selectAll()
      .where("org_id", "=", orgId)
      .where("receipt_id", "=", receiptId)
      .orderBy("leaf_index")
      .execute();
    return rows.map(toAddendum);
  }

  async ledgerKeys(): Promise<readonly LedgerKeyRecord[]> {
    return (await this.#db.selectFrom("ledger_keys").selectAll().orderBy("leaf_index").execute()).map(toLedgerKey);
  }

  async ledgerKey(keyId: string): Promise<readonly LedgerKeyRecord[]> {
    if (!isStorableText(keyId)) return [];
    const rows = await this.#db
      .selectFrom("ledger_keys")
      .selectAll()
      .where("key_id", "=", keyId)
      .orderBy("leaf_index")
      .execute();
    return rows.map(toLedgerKey);
  }

  async eraseSeed(orgId: string, receiptId: string): Promise<void> {
    await durably(this.#db, async (tx) => {
      await tx
        .updateTable("receipts")
        .set({ event_seed: "" })
        .where("org_id", "=", orgId)
        .where("receipt_id", "=", receiptId)
        .execute();
    });
  }

  async seal(batch: SealBatch): Promise<void> {
    const receipts = checkSealBatch(batch);
    try {
      const { rows } = await sealing(batch, receipts).execute(this.#db);
      if (rows.length === 0) {
        const size = await this.ledgerSize();
        throw size === batch.expectedSize ? settledAlready() : sealConflict(batch.expectedSize, size);
      }
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
  ): Promise<{ terminalTasks: number; receipts: number; journals: number; pending: number; missing: string[] }> {
    const terminal = sql.join(TERMINAL.map((state) => sql.lit(state)));
    const { rows } = await sql<CountsRow>`
      select
        (select count(*) from tasks where org_id = ${orgId} and state in (${terminal})) as tasks,
        (select count(*) from receipts where org_id = ${orgId}) as receipts,
        (select count(*) from journals where org_id = ${orgId} and entry = 0) as journals,
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
    const { tasks, ...others } = row;
    return { terminalTasks: tasks, ...others };
  }
}

interface CountsRow {
  readonly tasks: number;
  readonly receipts: number;
  readonly journals: number;
  readonly pending: number;
  readonly missing: string[];
}

function toReceiptRecord(row: ReceiptsTable): ReceiptRecord {
  return {
    orgId: row.org_id,
    receiptId: row.receipt_id,
    taskId: row.task_id,
    leafIndex: row.leaf_index,
    envelope: row.envelope,
    sealedAt: row.sealed_at,
    ...(row.event_seed === null ? {} : { eventSeed: row.event_seed }),
  };
}

function toAddendum(row: AddendaTable): AddendumRecord {
  return {
    orgId: row.org_id,
    addendumId: row.addendum_id,
    receiptId: row.receipt_id,
    taskId: row.task_id,
    kind: row.kind,
    leafIndex: row.leaf_index,
    envelope: row.envelope,
    sealedAt: row.sealed_at,
  };
}

function toLedgerKey(row: LedgerKeysTable): LedgerKeyRecord {
  return {
    keyId: row.key_id,
    role: row.role,
    op: row.op,
    ...(row.agent_id === null ? {} : { agentId: row.agent_id }),
    ...(row.org_id === null ? {} : { orgId: row.org_id }),
    publicKey: row.public_key,
    leafIndex: row.leaf_index,
    ...(row.by_role === null || row.by_key === null || row.signature === null
      ? {}
      : { by: { role: row.by_role, publicKey: row.by_key, signature: row.signature } }),
    at: row.at,
  };
}

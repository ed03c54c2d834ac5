import type { TaskState } from "@berth/protocol";
import { sql } from "kysely";
import type { Kysely, RawBuilder } from "kysely";
import { MAX_PROOFS, MAX_SUMS } from "../journal-store.ts";
import type {
  AccountSum,
  JournalDimension,
  JournalFilter,
  JournalRecord,
  JournalStore,
  JournalSum,
  ProofQuery,
  SumQuery,
  TaskProof,
} from "../journal-store.ts";
import { keptJournal, modelsText, refundConflict } from "../kept-journal.ts";
import {
  boundPageSize,
  decodePageToken,
  encodePageToken,
  isIndexPart,
  isInstantPart,
  isTextPart,
} from "../page-token.ts";
import { isStorableText, requireStorableText } from "../storable-text.ts";
import type { NewLedgerItem } from "../receipt-store.ts";
import { keyOf } from "../task-book.ts";
import { MAX_TASK_LOGS } from "../task-limits.ts";
import { durably } from "./durably.ts";
import { queueItem } from "./queue-item.ts";
import { toJournalRecord, toJournalSum } from "./journal-rows.ts";
import type { JournalRow, SumRow } from "./journal-rows.ts";
import type { Database } from "./schema.ts";
import { SqlState, sqlStateOf } from "./store-error.ts";
import { unnest } from "./unnest.ts";

/** The lines of journal `j`, in order. */
const LINES = sql`(select json_agg(json_build_object('account', p.account, 'amountMicros', p.amount_micros) order by p.line)::text
  from postings as p where p.org_id = j.org_id and p.task_id = j.task_id and p.entry = j.entry) as lines`;

const DIMENSIONS: Readonly<Record<JournalDimension, RawBuilder<unknown>>> = {
  agent: sql`j.agent_id`,
  skill: sql`coalesce(j.skill, '')`,
  model: sql`coalesce(j.models, '')`,
  caller: sql`j.principal_id`,
  day: sql`to_char(j.at at time zone 'UTC', 'YYYY-MM-DD') collate "C"`,
};

export class PostgresJournalStore implements JournalStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async ofTasks(orgId: string, taskIds: readonly string[]): Promise<ReadonlyMap<string, readonly JournalRecord[]>> {
    if (taskIds.length > MAX_TASK_LOGS) throw new Error(`at most ${MAX_TASK_LOGS} tasks in one read`);
    const { rows } = await sql<JournalRow>`select j.*, ${LINES} from journals as j
      where j.org_id = ${orgId} and j.task_id = any(${taskIds.filter(isStorableText)}::text[])
      order by j.task_id, j.entry`.execute(this.#db);
    return Map.groupBy(rows.map(toJournalRecord), ({ taskId }) => taskId);
  }

  async refund(journal: JournalRecord, addendum: NewLedgerItem): Promise<void> {
    const kept = keptJournal(journal);
    const { orgId, taskId, entry } = kept;
    if (entry < 1) throw refundConflict(kept);
    try {
      await durably(this.#db, async (tx) => {
        const { rows } = await sql<{ entry: number }>`select max(entry) as entry from journals
          where org_id = ${orgId} and task_id = ${taskId}`.execute(tx);
        if (rows[0]?.entry !== entry - 1) throw refundConflict(kept);
        await tx
          .insertInto("journals")
          .values({
            org_id: orgId,
            task_id: taskId,
            entry,
            at: kept.at,
            agent_id: kept.agentId,
            release_id: kept.releaseId,
            principal_id: kept.principalId,
            agent_name: kept.agentName ?? null,
            skill: kept.skill ?? null,
            models: modelsText(kept) ?? null,
            price: kept.price ?? null,
            currency: kept.currency,
            amount_micros: kept.amountMicros,
            elapsed_ms: kept.elapsedMs,
            input_tokens: kept.inputTokens,
            output_tokens: kept.outputTokens,
            reason: kept.reason ?? null,
            made_by: kept.madeBy ?? null,
          })
          .execute();
        const key = { org_id: orgId, task_id: taskId, entry };
        await tx
          .insertInto("postings")
          .values(
            kept.lines.map(({ account, amountMicros }, line) => ({
              ...key,
              line,
              account,
              amount_micros: amountMicros,
            })),
          )
          .execute();
        await queueItem(tx, addendum);
      });
    } catch (error) {
      // Another refund of the same run was faster.
      if (sqlStateOf(error) === SqlState.UniqueViolation) throw refundConflict(kept, error);
      throw error;
    }
  }

  async list(
    { orgId, taskId, from, to }: JournalFilter,
    page: { readonly size: number; readonly token?: string },
  ): Promise<{ readonly journals: readonly JournalRecord[]; readonly nextPageToken?: string }> {
    requireStorableText({ orgId, taskId });
    const size = boundPageSize(page.size);
    const conditions = [sql`j.org_id = ${orgId}`];
    if (taskId !== undefined) conditions.push(sql`j.task_id = ${taskId}`);
    if (from !== undefined) conditions.push(sql`j.at >= ${from}::timestamptz`);
    if (to !== undefined) conditions.push(sql`j.at < ${to}::timestamptz`);
    if (page.token !== undefined) {
      const [at, task, entry] = decodePageToken("journals", page.token, [isInstantPart, isTextPart, isIndexPart]);
      conditions.push(sql`(j.at, j.task_id, j.entry) < (${at}::timestamptz, ${task}, ${entry}::int8)`);
    }
    const { rows } = await sql<JournalRow>`select j.*, ${LINES} from journals as j
      where ${sql.join(conditions, sql` and `)}
      order by j.at desc, j.task_id desc, j.entry desc limit ${size + 1}`.execute(this.#db);
    const journals = rows.slice(0, size).map(toJournalRecord);
    const last = journals.at(-1);
    if (rows.length <= size || last === undefined) return { journals };
    return { journals, nextPageToken: encodePageToken("journals", [last.at, last.taskId, String(last.entry)]) };
  }

  async sums({ orgId, from, to, groupBy, limit }: SumQuery): Promise<readonly JournalSum[]> {
    requireStorableText({ orgId });
    const key = sql`array[${sql.join(groupBy.map((dimension) => DIMENSIONS[dimension]))}]::text[] collate "C"`;
    const { rows } = await sql<SumRow>`select ${key} as key, max(j.agent_name) as agent_name,
        (count(*) filter (where j.entry = 0))::text as calls,
        sum(j.elapsed_ms)::text as elapsed_ms,
        sum(j.input_tokens)::text as input_tokens,
        sum(j.output_tokens)::text as output_tokens,
        coalesce(sum(j.amount_micros) filter (where j.entry = 0), 0)::text as charged,
        coalesce(sum(j.amount_micros) filter (where j.entry > 0), 0)::text as refunded
      from journals as j
      where j.org_id = ${orgId} and j.at >= ${from}::timestamptz and j.at < ${to}::timestamptz
      group by 1
      order by coalesce(sum(j.amount_micros) filter (where j.entry = 0), 0) desc,
        count(*) filter (where j.entry = 0) desc, 1
      limit ${Math.min(limit, MAX_SUMS)}`.execute(this.#db);
    return rows.map((row) => toJournalSum(row, groupBy.includes("agent")));
  }

  async accounts({ orgId, from, to }: Pick<SumQuery, "orgId" | "from" | "to">): Promise<readonly AccountSum[]> {
    requireStorableText({ orgId });
    const { rows } = await sql<{ account: string; debit: string; credit: string }>`select p.account,
        sum(greatest(p.amount_micros, 0))::text as debit, sum(greatest(-p.amount_micros, 0))::text as credit
      from journals as j join postings as p on p.org_id = j.org_id and p.task_id = j.task_id and p.entry = j.entry
      where j.org_id = ${orgId} and j.at >= ${from}::timestamptz and j.at < ${to}::timestamptz
      group by p.account order by p.account limit ${MAX_SUMS}`.execute(this.#db);
    return rows.map(({ account, debit, credit }) => ({
      account,
      debitMicros: BigInt(debit),
      creditMicros: BigInt(credit),
    }));
  }

  /** One statement and so one moment: between two a run could end, or its receipt be sealed, and look wrong. */
  async proofs(query: ProofQuery): Promise<readonly TaskProof[]> {
    const { rows } = await sql<ProofRow>`
      with t as materialized (${chosen(query)})
      select t.org_id, t.task_id, t.state,
        exists (select from receipt_queue as q where q.org_id = t.org_id and q.task_id = t.task_id) as queued,
        r.receipt_id, r.leaf_index, r.envelope, r.sealed_at,
        j.entry, j.at, j.agent_id, j.release_id, j.principal_id, j.agent_name, j.skill, j.models, j.price, j.currency,
        j.amount_micros, j.elapsed_ms, j.input_tokens, j.output_tokens, j.reason, j.made_by, ${LINES}
      from t
      left join receipts as r on r.org_id = t.org_id and r.task_id = t.task_id
      left join journals as j on j.org_id = t.org_id and j.task_id = t.task_id
      order by t.org_id, t.task_id, j.entry`.execute(this.#db);
    const tasks = Map.groupBy(rows, (row) => keyOf(row.org_id, row.task_id));
    return [...tasks.values()].map(toTaskProof);
  }
}

function chosen(query: ProofQuery): RawBuilder<unknown> {
  if ("tasks" in query) {
    const keys = query.tasks.slice(0, MAX_PROOFS).map(({ orgId, taskId }) => [orgId, taskId]);
    return sql`select t.org_id, t.task_id, t.state from tasks as t
      join ${unnest(keys, ["text", "text"])} as k (org_id, task_id) on k.org_id = t.org_id and k.task_id = t.task_id`;
  }
  const { orgId, after, limit } = query;
  const conditions = [
    ...(orgId === undefined ? [] : [sql`t.org_id = ${orgId}`]),
    ...(after === undefined ? [] : [sql`(t.org_id, t.task_id) > (${after.orgId}, ${after.taskId})`]),
  ];
  const where = conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`;
  return sql`select t.org_id, t.task_id, t.state from tasks as t ${where}
    order by t.org_id, t.task_id limit ${Math.min(limit, MAX_PROOFS)}`;
}

type Nullable<T> = { [K in keyof T]: T[K] | null };

interface ProofRow extends Nullable<Omit<JournalRow, "org_id" | "task_id">> {
  readonly org_id: string;
  readonly task_id: string;
  readonly state: TaskState;
  readonly queued: boolean;
  readonly receipt_id: string | null;
  readonly leaf_index: number | null;
  readonly envelope: string | null;
  readonly sealed_at: string | null;
}

function toTaskProof(rows: readonly ProofRow[]): TaskProof {
  const [first] = rows;
  if (first === undefined) throw new Error("a group has at least one row");
  const { org_id: orgId, task_id: taskId, state, queued, receipt_id: receiptId } = first;
  const { leaf_index: leafIndex, envelope, sealed_at: sealedAt } = first;
  const sealed = receiptId !== null && leafIndex !== null && envelope !== null && sealedAt !== null;
  return {
    orgId,
    taskId,
    state,
    queued,
    ...(sealed ? { receipt: { orgId, receiptId, taskId, leafIndex, envelope, sealedAt } } : {}),
    // A row of the outer join without an entry has no journal; with one it has all that must not be null.
    journals: rows.flatMap((row) => (row.entry === null ? [] : [toJournalRecord(row as JournalRow)])),
  };
}

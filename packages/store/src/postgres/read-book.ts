import { sql } from "kysely";
import type { Kysely, RawBuilder } from "kysely";
import { dedupeKeyOf, keyOf } from "../task-book.ts";
import type { DedupeScope, TaskBook } from "../task-book.ts";
import type { TaskWrite } from "../task-write.ts";
import type { Database, TasksTable } from "./schema.ts";
import { toTaskRecord } from "./task-rows.ts";
import { unnest } from "./unnest.ts";

/**
 * Fills the book with what these writes are decided on. Order of locks, the same in every process: counters of agents,
 * then tasks, each in key order. Dedupe entries need none: the agent's counter or the task's row stands for them.
 */
export async function readBook(tx: Kysely<Database>, writes: readonly TaskWrite[], book: TaskBook): Promise<void> {
  await lockCounters(tx, writes, book);
  await lockTasks(tx, writes, book);
  await readDedupe(tx, writes, book);
}

async function lockCounters(tx: Kysely<Database>, writes: readonly TaskWrite[], book: TaskBook): Promise<void> {
  const agents = new Map<string, readonly [string, string]>();
  for (const write of writes) {
    if (write.kind === "create") agents.set(keyOf(write.orgId, write.agentId), [write.orgId, write.agentId]);
  }
  if (agents.size === 0) return;
  const wanted = unnest([...agents.values()], ["text", "text"]);
  const lock = sql<{ org_id: string; agent_id: string; last_seq: number }>`
    select org_id, agent_id, last_seq from agent_counters
    where (org_id, agent_id) in (select * from ${wanted}) order by org_id, agent_id for update`;
  let { rows } = await lock.execute(tx);
  if (rows.length < agents.size) {
    await sql`insert into agent_counters (org_id, agent_id, last_seq)
      select k.org_id, k.agent_id, 0 from ${wanted} as k (org_id, agent_id) order by 1, 2
      on conflict do nothing`.execute(tx);
    ({ rows } = await lock.execute(tx));
  }
  for (const row of rows) book.agentSeqs.set(keyOf(row.org_id, row.agent_id), row.last_seq);
}

async function lockTasks(tx: Kysely<Database>, writes: readonly TaskWrite[], book: TaskBook): Promise<void> {
  const wanted = unnest(
    writes.map(({ orgId, taskId }) => [orgId, taskId]),
    ["text", "text"],
  );
  const { rows } = await sql<TasksTable>`
    select * from tasks where (org_id, task_id) in (select * from ${wanted})
    order by org_id, task_id for update`.execute(tx);
  enterTasks(book, rows);
}

async function readDedupe(tx: Kysely<Database>, writes: readonly TaskWrite[], book: TaskBook): Promise<void> {
  const scopes = writes.flatMap((write) => scopeOf(write, book) ?? []);
  if (scopes.length === 0) return;
  const wanted: RawBuilder<unknown> = unnest(
    scopes.map(({ orgId, principalId, agentId, key }) => [orgId, principalId, agentId, key]),
    ["text", "text", "text", "text"],
  );
  const { rows } = await sql<TasksTable & { key: string; digest: string; seq: number; scope_principal: string }>`
    select t.*, d.key, d.digest, d.seq, d.principal_id as scope_principal
    from task_dedupe d join tasks t on t.org_id = d.org_id and t.task_id = d.task_id
    where (d.org_id, d.principal_id, d.agent_id, d.key) in (select * from ${wanted})`.execute(tx);
  enterTasks(book, rows);
  for (const row of rows) {
    const scope = { orgId: row.org_id, principalId: row.scope_principal, agentId: row.agent_id, key: row.key };
    const entry = { ...scope, digest: row.digest, taskId: row.task_id, seq: row.seq };
    book.dedupe.set(dedupeKeyOf(scope), entry);
  }
}

/** An append is deduplicated in the scope of its task, which may be created earlier in the same batch. */
function scopeOf(write: TaskWrite, book: TaskBook): DedupeScope | undefined {
  if (write.dedupe === undefined) return undefined;
  const task = write.kind === "create" ? write : book.tasks.get(keyOf(write.orgId, write.taskId));
  if (task === undefined) return undefined;
  const { orgId, principalId, agentId } = task;
  return { orgId, principalId, agentId, key: write.dedupe.key };
}

/** Rows that were locked are current; a row read without a lock does not replace one. */
function enterTasks(book: TaskBook, rows: readonly TasksTable[]): void {
  for (const row of rows) {
    const key = keyOf(row.org_id, row.task_id);
    if (!book.tasks.has(key)) book.tasks.set(key, toTaskRecord(row));
  }
}

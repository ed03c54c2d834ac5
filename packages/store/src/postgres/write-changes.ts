import { sql } from "kysely";
import type { Kysely, RawBuilder } from "kysely";
import { modelsText } from "../kept-journal.ts";
import { keyOf } from "../task-book.ts";
import type { TaskBook, TaskChange } from "../task-book.ts";
import type { Database } from "./schema.ts";
import { unnest } from "./unnest.ts";

export interface MergedChanges {
  /** The state after the batch of every task that changed. */
  readonly created: readonly TaskChange["record"][];
  readonly updated: readonly TaskChange["record"][];
  readonly changes: readonly TaskChange[];
}

/**
 * Everything a batch writes, as one statement: the parts touch different tables or different rows, and a lone write
 * pays for one round trip.
 */
export async function writeChanges(tx: Kysely<Database>, merged: MergedChanges, book: TaskBook): Promise<void> {
  const parts = [
    insertEvents(merged),
    insertTasks(merged),
    updateTasks(merged),
    insertDedupe(merged),
    insertQueue(merged),
    updateCounters(merged, book),
  ].flatMap((part, i) => (part === undefined ? [] : sql`${sql.ref(`part_${i}`)} as (${part})`));
  await sql`with ${sql.join([...parts, ...insertJournals(merged)])} select 1`.execute(tx);
}

type Statement = RawBuilder<unknown> | undefined;

function insertEvents({ changes }: MergedChanges): Statement {
  const rows = changes.flatMap(({ record, events }) =>
    events.map(({ seq, at, body }) => [record.orgId, record.taskId, seq, at, body]),
  );
  return sql`insert into events (org_id, task_id, seq, at, body)
    select * from ${unnest(rows, ["text", "text", "int8", "timestamptz", "text"])}`;
}

function insertTasks({ created }: MergedChanges): Statement {
  if (created.length === 0) return undefined;
  const rows = created.map((task) => [
    task.orgId,
    task.taskId,
    task.contextId,
    task.agentId,
    task.releaseId,
    task.principalId,
    task.state,
    task.lastSeq,
    task.agentSeq,
    task.createdAt,
    task.statusAt,
  ]);
  const types = [...Array<"text">(7).fill("text"), "int8", "int8", "timestamptz", "timestamptz"] as const;
  return sql`insert into tasks (org_id, task_id, context_id, agent_id, release_id, principal_id, state, last_seq,
    agent_seq, created_at, status_at) select * from ${unnest(rows, types)}`;
}

function updateTasks({ updated }: MergedChanges): Statement {
  if (updated.length === 0) return undefined;
  const rows = updated.map((task) => [task.orgId, task.taskId, task.state, task.lastSeq, task.statusAt]);
  return sql`update tasks as t set state = u.state, last_seq = u.last_seq, status_at = u.status_at
    from ${unnest(rows, ["text", "text", "text", "int8", "timestamptz"])} as u (org_id, task_id, state, last_seq, status_at)
    where t.org_id = u.org_id and t.task_id = u.task_id`;
}

function insertDedupe({ changes }: MergedChanges): Statement {
  const entries = changes.flatMap((change) => change.dedupe ?? []);
  if (entries.length === 0) return undefined;
  const rows = entries.map((d) => [d.orgId, d.principalId, d.agentId, d.key, d.digest, d.taskId, d.seq]);
  const types = [...Array<"text">(6).fill("text"), "int8"] as const;
  return sql`insert into task_dedupe (org_id, principal_id, agent_id, key, digest, task_id, seq)
    select * from ${unnest(rows, types)}`;
}

/** In the order of the batch. A task that has its receipt never waits for a second one. */
function insertQueue({ changes }: MergedChanges): Statement {
  const ended = changes.flatMap(({ record, terminalAt }) =>
    terminalAt === undefined ? [] : [[record.orgId, record.taskId, terminalAt]],
  );
  if (ended.length === 0) return undefined;
  return sql`insert into receipt_queue (org_id, task_id, queued_at)
    select q.org_id, q.task_id, q.queued_at
    from ${unnest(ended, ["text", "text", "timestamptz"])} with ordinality as q (org_id, task_id, queued_at, place)
    where not exists (select from receipts r where r.org_id = q.org_id and r.task_id = q.task_id)
    order by q.place on conflict do nothing`;
}

/** Lines are written for journals that are new. */
function insertJournals({ changes }: MergedChanges): readonly RawBuilder<unknown>[] {
  const posted = changes.flatMap(({ record, journal }) => (journal === undefined ? [] : [{ record, journal }]));
  if (posted.length === 0) return [];
  const rows = posted.map(({ record, journal }) => [
    record.orgId,
    record.taskId,
    journal.at,
    record.agentId,
    record.releaseId,
    record.principalId,
    journal.agentName ?? null,
    journal.skill ?? null,
    modelsText(journal) ?? null,
    journal.price ?? null,
    journal.currency,
    journal.amountMicros,
    journal.elapsedMs,
    journal.inputTokens,
    journal.outputTokens,
  ]);
  const text = "text" as const;
  const count = "int8" as const;
  const types = [text, text, "timestamptz", ...Array<"text">(8).fill(text), ...Array<"int8">(4).fill(count)] as const;
  const lines = posted.flatMap(({ record, journal }) =>
    journal.lines.map(({ account, amountMicros }, line) => [record.orgId, record.taskId, line, account, amountMicros]),
  );
  const journals = sql`posted as (
    insert into journals (org_id, task_id, at, agent_id, release_id, principal_id, agent_name, skill, models, price,
      currency, amount_micros, elapsed_ms, input_tokens, output_tokens, entry)
    select *, 0 from ${unnest(rows, types)} on conflict do nothing returning org_id, task_id)`;
  if (lines.length === 0) return [journals];
  const postings = sql`lines as (
    insert into postings (org_id, task_id, entry, line, account, amount_micros)
    select l.org_id, l.task_id, 0, l.line, l.account, l.amount_micros
    from ${unnest(lines, [text, text, count, text, count])} as l (org_id, task_id, line, account, amount_micros)
    join posted using (org_id, task_id))`;
  return [journals, postings];
}

function updateCounters({ created }: MergedChanges, book: TaskBook): Statement {
  const agents = new Map<string, readonly (string | number)[]>();
  for (const { orgId, agentId } of created) {
    const key = keyOf(orgId, agentId);
    agents.set(key, [orgId, agentId, book.agentSeqs.get(key) ?? 0]);
  }
  if (agents.size === 0) return undefined;
  return sql`update agent_counters as c set last_seq = u.last_seq
    from ${unnest([...agents.values()], ["text", "text", "int8"])} as u (org_id, agent_id, last_seq)
    where c.org_id = u.org_id and c.agent_id = u.agent_id`;
}

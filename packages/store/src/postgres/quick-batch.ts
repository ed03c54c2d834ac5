import { isTerminal } from "@berth/protocol";
import { modelsText } from "../kept-journal.ts";
import { emptyBook, keyOf } from "../task-book.ts";
import type { AppendWrite, CreateWrite, TaskWrite } from "../task-write.ts";
import type { Query } from "./open-database.ts";
import type { BatchItem } from "./write-pump.ts";

/**
 * The common case of a batch as one statement and so one round trip and one commit: new tasks, and appends that nobody
 * else has overtaken. It writes what fits and says which that was; the rest (repeats, conflicts, unknown tasks, a second
 * write to one task) is for `commitBatch`, which finds out why.
 *
 * The statement sets `synchronous_commit` for its own transaction, as `durably` does.
 */
export async function commitQuickly(query: Query, items: readonly BatchItem[]): Promise<ReadonlySet<BatchItem>> {
  const { appends, creates } = firstWrites(items);
  if (appends.length + creates.length === 0) return new Set();
  const statement = statementFor({ appends, creates });
  const { rows } = await query({ ...statement, values: parameters(appends, creates) });
  const agentSeqs = new Map(rows.map(([orgId, taskId, agentSeq]) => [keyOf(orgId, taskId), agentSeq]));
  const done = new Set<BatchItem>();
  for (const { item, write } of [...appends, ...creates]) {
    const agentSeq = agentSeqs.get(keyOf(write.orgId, write.taskId));
    if (agentSeq === undefined) continue;
    item.decide(bookAsWritten(write, agentSeq));
    done.add(item);
  }
  return done;
}

interface First<W extends TaskWrite> {
  readonly item: BatchItem;
  readonly write: W;
}

/** The first write of each task that is a create, or an append without a dedupe entry. */
function firstWrites(items: readonly BatchItem[]): {
  readonly appends: readonly First<AppendWrite>[];
  readonly creates: readonly First<CreateWrite>[];
} {
  const seen = new Set<string>();
  const appends: First<AppendWrite>[] = [];
  const creates: First<CreateWrite>[] = [];
  for (const item of items) {
    const { write } = item;
    const key = keyOf(write.orgId, write.taskId);
    if (seen.has(key)) continue;
    seen.add(key);
    if (write.kind === "create") creates.push({ item, write });
    else if (write.dedupe === undefined) appends.push({ item, write });
  }
  return { appends, creates };
}

/** A book in which the write comes out as the statement has written it. */
function bookAsWritten(write: TaskWrite, agentSeq: number): ReturnType<typeof emptyBook> {
  const book = emptyBook();
  const { orgId, taskId } = write;
  if (write.kind === "create") book.agentSeqs.set(keyOf(orgId, write.agentId), agentSeq - 1);
  else {
    const { at } = write.events[0] ?? { at: "" };
    book.tasks.set(keyOf(orgId, taskId), {
      orgId,
      taskId,
      contextId: "",
      agentId: "",
      releaseId: "",
      principalId: "",
      state: "TASK_STATE_SUBMITTED",
      lastSeq: write.expectedSeq,
      agentSeq,
      createdAt: at,
      statusAt: at,
    });
  }
  return book;
}

function parameters(appends: readonly First<AppendWrite>[], creates: readonly First<CreateWrite>[]): unknown[] {
  const events = [
    ...appends.flatMap(({ write }) =>
      write.events.map(({ at, body }, i) => ({ write, seq: write.expectedSeq + 1 + i, at, body })),
    ),
    ...creates.map(({ write }) => ({ write, seq: 1, at: write.at, body: write.body })),
  ];
  return [
    events.map(({ write }) => write.orgId),
    events.map(({ write }) => write.taskId),
    events.map(({ seq }) => seq),
    events.map(({ at }) => at),
    events.map(({ body }) => body),
    ...(appends.length === 0 ? [] : appendParameters(appends)),
    ...(hasEnds(appends) ? journalParameters(appends) : []),
    ...(hasLines(appends) ? lineParameters(appends) : []),
    ...(creates.length === 0 ? [] : createParameters(creates)),
  ];
}

function hasEnds(appends: readonly First<AppendWrite>[]): boolean {
  return appends.some(({ write }) => write.journal !== undefined);
}

function hasLines(appends: readonly First<AppendWrite>[]): boolean {
  return appends.some(({ write }) => write.journal !== undefined && write.journal.lines.length > 0);
}

function journalParameters(appends: readonly First<AppendWrite>[]): unknown[] {
  const ended = appends.flatMap(({ write: { orgId, taskId, journal } }) =>
    journal === undefined ? [] : [{ orgId, taskId, journal }],
  );
  return [
    ended.map(({ orgId }) => orgId),
    ended.map(({ taskId }) => taskId),
    ended.map(({ journal }) => journal.at),
    ended.map(({ journal }) => journal.agentName ?? null),
    ended.map(({ journal }) => journal.skill ?? null),
    ended.map(({ journal }) => modelsText(journal) ?? null),
    ended.map(({ journal }) => journal.price ?? null),
    ended.map(({ journal }) => journal.currency),
    ended.map(({ journal }) => journal.amountMicros),
    ended.map(({ journal }) => journal.elapsedMs),
    ended.map(({ journal }) => journal.inputTokens),
    ended.map(({ journal }) => journal.outputTokens),
  ];
}

function lineParameters(appends: readonly First<AppendWrite>[]): unknown[] {
  const lines = appends.flatMap(({ write: { orgId, taskId, journal } }) =>
    (journal?.lines ?? []).map((line, place) => ({ orgId, taskId, place, ...line })),
  );
  return [
    lines.map(({ orgId }) => orgId),
    lines.map(({ taskId }) => taskId),
    lines.map(({ place }) => place),
    lines.map(({ account }) => account),
    lines.map(({ amountMicros }) => amountMicros),
  ];
}

function appendParameters(appends: readonly First<AppendWrite>[]): unknown[] {
  return [
    appends.map(({ write }) => write.orgId),
    appends.map(({ write }) => write.taskId),
    appends.map(({ write }) => write.expectedSeq),
    appends.map(({ write }) => write.expectedSeq + write.events.length),
    appends.map(({ write }) => write.state?.state ?? null),
    appends.map(({ write }) => write.state?.at ?? null),
    appends.map(({ write }) => write.state !== undefined && isTerminal(write.state.state)),
  ];
}

function createParameters(creates: readonly First<CreateWrite>[]): unknown[] {
  return [
    creates.map(({ write }) => write.orgId),
    creates.map(({ write }) => write.taskId),
    creates.map(({ write }) => write.contextId),
    creates.map(({ write }) => write.agentId),
    creates.map(({ write }) => write.releaseId),
    creates.map(({ write }) => write.principalId),
    creates.map(({ write }) => write.at),
    creates.map(({ write }) => write.dedupe?.key ?? null),
    creates.map(({ write }) => write.dedupe?.digest ?? null),
  ];
}

const EVENT_TYPES = ["text", "text", "int8", "timestamptz", "text"] as const;
const APPEND_TYPES = ["text", "text", "int8", "int8", "text", "timestamptz", "bool"] as const;
const JOURNAL_TYPES = [
  "text",
  "text",
  "timestamptz",
  "text",
  "text",
  "text",
  "text",
  "text",
  "int8",
  "int8",
  "int8",
  "int8",
] as const;
const LINE_TYPES = ["text", "text", "int8", "text", "int8"] as const;
const CREATE_TYPES = ["text", "text", "text", "text", "text", "text", "timestamptz", "text", "text"] as const;

/** The parameters after the first `taken` as the columns of a table. */
function columns(types: readonly string[], taken: number): string {
  return `unnest(${types.map((type, i) => `$${taken + i + 1}::${type}[]`).join(", ")})`;
}

/** `moved`: appends whose task was at the expected seq. */
const appending = `
append as materialized (
  select * from ${columns(APPEND_TYPES, EVENT_TYPES.length)}
    as a (org_id, task_id, expected_seq, last_seq, state, status_at, ended)
),
moved as (
  update tasks as t
  set last_seq = a.last_seq, state = coalesce(a.state, t.state), status_at = coalesce(a.status_at, t.status_at)
  from append as a
  where t.org_id = a.org_id and t.task_id = a.task_id and t.last_seq = a.expected_seq
  returning t.org_id, t.task_id, t.agent_seq, t.agent_id, t.release_id, t.principal_id, a.status_at, a.ended
),
queued as (
  insert into receipt_queue (org_id, task_id, queued_at)
  select m.org_id, m.task_id, m.status_at from moved as m
  where m.ended and not exists (select from receipts as r where r.org_id = m.org_id and r.task_id = m.task_id)
  on conflict do nothing
)`;

/** Of the tasks that ended. One that has its journal keeps it. */
const posting = `
posted as (
  insert into journals (org_id, task_id, entry, at, agent_id, release_id, principal_id, agent_name, skill, models, price,
    currency, amount_micros, elapsed_ms, input_tokens, output_tokens)
  select m.org_id, m.task_id, 0, j.at, m.agent_id, m.release_id, m.principal_id, j.agent_name, j.skill, j.models, j.price,
    j.currency, j.amount_micros, j.elapsed_ms, j.input_tokens, j.output_tokens
  from ${columns(JOURNAL_TYPES, EVENT_TYPES.length + APPEND_TYPES.length)}
    as j (org_id, task_id, at, agent_name, skill, models, price, currency, amount_micros, elapsed_ms, input_tokens,
      output_tokens)
  join moved as m on m.org_id = j.org_id and m.task_id = j.task_id
  on conflict do nothing
  returning org_id, task_id
)`;

/** What the journals consist of, where something is charged. */
const charging = `
charged as (
  insert into postings (org_id, task_id, entry, line, account, amount_micros)
  select l.org_id, l.task_id, 0, l.line, l.account, l.amount_micros
  from ${columns(LINE_TYPES, EVENT_TYPES.length + APPEND_TYPES.length + JOURNAL_TYPES.length)}
    as l (org_id, task_id, line, account, amount_micros)
  join posted as p on p.org_id = l.org_id and p.task_id = l.task_id
)`;

/**
 * `fresh`: creates whose dedupe key was new, or that have none. Counters are taken per agent in key order, then given to
 * the new tasks in the order of the batch.
 */
function creating(taken: number): string {
  return `
wanted as materialized (
  select * from ${columns(CREATE_TYPES, taken)} with ordinality
    as c (org_id, task_id, context_id, agent_id, release_id, principal_id, at, key, digest, place)
),
keyed as (
  insert into task_dedupe (org_id, principal_id, agent_id, key, digest, task_id, seq)
  select org_id, principal_id, agent_id, key, digest, task_id, 1 from wanted where key is not null order by place
  on conflict do nothing
  returning org_id, task_id
),
fresh as materialized (
  select w.* from wanted as w
  where w.key is null or (w.org_id, w.task_id) in (select org_id, task_id from keyed)
),
counted as (
  insert into agent_counters as c (org_id, agent_id, last_seq)
  select org_id, agent_id, count(*) from fresh group by org_id, agent_id order by org_id, agent_id
  on conflict (org_id, agent_id) do update set last_seq = c.last_seq + excluded.last_seq
  returning org_id, agent_id, last_seq
),
numbered as materialized (
  select f.*, n.last_seq - count(*) over (partition by f.org_id, f.agent_id)
    + row_number() over (partition by f.org_id, f.agent_id order by f.place) as agent_seq
  from fresh as f join counted as n on n.org_id = f.org_id and n.agent_id = f.agent_id
),
created as (
  insert into tasks (org_id, task_id, context_id, agent_id, release_id, principal_id, state, last_seq, agent_seq,
    created_at, status_at)
  select org_id, task_id, context_id, agent_id, release_id, principal_id, 'TASK_STATE_SUBMITTED', 1, agent_seq, at, at
  from numbered
)`;
}

/** `written` are the tables of the tasks whose events may be written. */
function statementOf(parts: readonly string[], written: readonly string[]): string {
  const one = (table: string): string => `(e.org_id, e.task_id) in (select org_id, task_id from ${table})`;
  const answers = written.map((table) => `select w.org_id, w.task_id, w.agent_seq from ${table} as w, durable`);
  return `
with durable as materialized (select set_config('synchronous_commit', 'on', true) as on_commit),
${parts.join(",")},
logged as (
  insert into events (org_id, task_id, seq, at, body)
  select e.* from ${columns(EVENT_TYPES, 0)} as e (org_id, task_id, seq, at, body)
  where ${written.map(one).join(" or ")}
)
${answers.join(" union all ")}`;
}

/** Only what a batch needs: starting a part takes a good part of a small batch's time. */
const APPEND_PARTS = [
  { name: "appends", parts: [appending], taken: APPEND_TYPES.length },
  { name: "ends", parts: [appending, posting], taken: APPEND_TYPES.length + JOURNAL_TYPES.length },
  {
    name: "charges",
    parts: [appending, posting, charging],
    taken: APPEND_TYPES.length + JOURNAL_TYPES.length + LINE_TYPES.length,
  },
] as const;

const CREATES = { name: "quick-creates", text: statementOf([creating(EVENT_TYPES.length)], ["numbered"]) };
const APPENDS = APPEND_PARTS.map(({ name, parts, taken }) => ({
  alone: { name: `quick-${name}`, text: statementOf(parts, ["moved"]) },
  withCreates: {
    name: `quick-${name}-and-creates`,
    text: statementOf([...parts, creating(EVENT_TYPES.length + taken)], ["moved", "numbered"]),
  },
}));

function statementFor({ appends, creates }: ReturnType<typeof firstWrites>): typeof CREATES {
  const statements = APPENDS[hasLines(appends) ? 2 : hasEnds(appends) ? 1 : 0];
  if (appends.length === 0 || statements === undefined) return CREATES;
  return creates.length === 0 ? statements.alone : statements.withCreates;
}

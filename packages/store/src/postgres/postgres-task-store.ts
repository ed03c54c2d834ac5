import { TaskState } from "@berth/protocol";
import type { TaskEvent } from "@berth/protocol";
import { sql } from "kysely";
import type { Kysely } from "kysely";
import { parseInstant } from "../instant.ts";
import { boundPageSize, decodePageToken, encodePageToken, isInstantPart, isTextPart } from "../page-token.ts";
import { isStorableText, requireStorableText } from "../storable-text.ts";
import { callersOf } from "../task-callers.ts";
import { decideAppend, decideCreate } from "../task-book.ts";
import { MAX_EVENTS, MAX_TASK_LOGS } from "../task-limits.ts";
import type {
  AppendOutcome,
  AppendRequest,
  CreateOutcome,
  EventQuery,
  NewTask,
  TaskCaller,
  TaskFilter,
  TaskPage,
  TaskRecord,
  TaskStore,
} from "../task-store.ts";
import { prepareAppend, prepareCreate } from "../task-write.ts";
import type { Database } from "./schema.ts";
import { durably } from "./durably.ts";
import { unnest } from "./unnest.ts";
import { toTaskEvent, toTaskRecord } from "./task-rows.ts";
import type { WritePump } from "./write-pump.ts";

/** Spelled as in the index `tasks_unfinished`, which serves only this list. */
const TERMINAL = [TaskState.Completed, TaskState.Failed, TaskState.Canceled, TaskState.Rejected];

export class PostgresTaskStore implements TaskStore {
  readonly #db: Kysely<Database>;
  readonly #pump: WritePump;

  constructor(db: Kysely<Database>, pump: WritePump) {
    this.#db = db;
    this.#pump = pump;
  }

  async create(task: NewTask): Promise<CreateOutcome> {
    return await this.#pump.submit(prepareCreate(task), decideCreate);
  }

  async append(request: AppendRequest): Promise<AppendOutcome> {
    return await this.#pump.submit(prepareAppend(request), decideAppend);
  }

  async findDedupe(scope: {
    orgId: string;
    principalId: string;
    agentId: string;
    key: string;
  }): Promise<{ taskId: string; seq: number; digest: string } | undefined> {
    const { orgId, principalId, agentId, key } = scope;
    if (![orgId, principalId, agentId, key].every(isStorableText)) return undefined;
    const row = await this.#db
      .selectFrom("task_dedupe")
      .select(["task_id", "seq", "digest"])
      .where("org_id", "=", orgId)
      .where("principal_id", "=", principalId)
      .where("agent_id", "=", agentId)
      .where("key", "=", key)
      .executeTakeFirst();
    return row === undefined ? undefined : { taskId: row.task_id, seq: row.seq, digest: row.digest };
  }

  async find(orgId: string, taskId: string): Promise<TaskRecord | undefined> {
    if (!isStorableText(orgId) || !isStorableText(taskId)) return undefined;
    const row = await this.#db
      .selectFrom("tasks")
      .selectAll()
      .where("org_id", "=", orgId)
      .where("task_id", "=", taskId)
      .executeTakeFirst();
    return row === undefined ? undefined : toTaskRecord(row);
  }

  async findAll(orgId: string, taskIds: readonly string[]): Promise<ReadonlyMap<string, TaskRecord>> {
    if (taskIds.length > MAX_TASK_LOGS) throw new Error(`at most ${MAX_TASK_LOGS} tasks in one read`);
    if (!isStorableText(orgId)) return new Map();
    const rows = await this.#db
      .selectFrom("tasks")
      .selectAll()
      .where("org_id", "=", orgId)
      .where(sql<boolean>`task_id = any(${taskIds.filter(isStorableText)}::text[])`)
      .execute();
    return new Map(rows.map((row) => [row.task_id, toTaskRecord(row)]));
  }

  async list(filter: TaskFilter, page: { readonly size: number; readonly token?: string }): Promise<TaskPage> {
    const matches = this.#matching(filter);
    const size = boundPageSize(page.size);
    let rest = matches.selectAll();
    if (page.token !== undefined) {
      const [statusAt, taskId] = decodePageToken("tasks", page.token, [isInstantPart, isTextPart]);
      rest = rest.where(sql<boolean>`(status_at, task_id) < (${statusAt}::timestamptz, ${taskId})`);
    }
    const [rows, { total }] = await Promise.all([
      rest
        .orderBy("status_at", "desc")
        .orderBy("task_id", "desc")
        .limit(size + 1)
        .execute(),
      matches.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow(),
    ]);
    const records = rows.slice(0, size).map(toTaskRecord);
    const last = records.at(-1);
    const more = rows.length > size && last !== undefined;
    return {
      records,
      totalSize: total,
      ...(more ? { nextPageToken: encodePageToken("tasks", [last.statusAt, last.taskId]) } : {}),
    };
  }

  #matching(filter: TaskFilter) {
    const { orgId, agentId, agentIds, principalId, contextId, state, statusAfter } = filter;
    requireStorableText({ orgId, agentId, principalId, contextId });
    let query = this.#db.selectFrom("tasks").where("org_id", "=", orgId);
    if (agentId !== undefined) query = query.where("agent_id", "=", agentId);
    if (agentIds !== undefined) query = query.where(sql<boolean>`agent_id = any(${[...agentIds]}::text[])`);
    if (principalId !== undefined) query = query.where("principal_id", "=", principalId);
    if (contextId !== undefined) query = query.where("context_id", "=", contextId);
    if (state !== undefined) query = query.where("state", "=", state);
    if (statusAfter === undefined) return query;
    return query.where("status_at", ">=", parseInstant("statusTimestampAfter", statusAfter));
  }

  async callers(orgId: string, agentId: string, limit: number): Promise<readonly TaskCaller[]> {
    if (![orgId, agentId].every(isStorableText)) return [];
    // Of the accepted event only what stands before the message is looked at: the rest is callers' own text, which may
    // hold what PostgreSQL takes for no JSON.
    const { rows } = await sql<{ principal_id: string; created_at: string; caller: string | null }>`
      select t.principal_id, t.created_at, p.agent_id as caller
      from (
        select org_id, task_id, agent_id, principal_id, created_at, status_at from tasks where org_id = ${orgId}
        order by status_at desc, task_id desc limit ${Math.min(limit, MAX_EVENTS)}
      ) t
      join events e on e.org_id = t.org_id and e.task_id = t.task_id and e.seq = 1
      left join tasks p on p.org_id = t.org_id
        and p.task_id = substring(split_part(e.body, '"message":', 1) from '"parentTaskId":"([^"]+)"')
      where t.agent_id = ${agentId}
      order by t.status_at desc, t.task_id desc`.execute(this.#db);
    return callersOf(
      rows.map((row) => ({
        principalId: row.principal_id,
        at: row.created_at,
        ...(row.caller === null ? {} : { agentId: row.caller }),
      })),
    );
  }

  async events({ orgId, taskId, after = 0, limit = MAX_EVENTS }: EventQuery): Promise<readonly TaskEvent[]> {
    if (!isStorableText(orgId) || !isStorableText(taskId)) return [];
    const rows = await this.#db
      .selectFrom("events")
      .select(["task_id", "seq", "at", "body"])
      .where("org_id", "=", orgId)
      .where("task_id", "=", taskId)
      .where("seq", ">", after)
      .orderBy("seq")
      .limit(Math.min(limit, MAX_EVENTS))
      .execute();
    return rows.map(toTaskEvent);
  }

  async eventsOf(orgId: string, taskIds: readonly string[]): Promise<ReadonlyMap<string, readonly TaskEvent[]>> {
    if (taskIds.length > MAX_TASK_LOGS) throw new Error(`at most ${MAX_TASK_LOGS} logs in one read`);
    const rows = await this.#db
      .selectFrom("events")
      .select(["task_id", "seq", "at", "body"])
      .where("org_id", "=", orgId)
      .where(sql<boolean>`task_id = any(${taskIds.filter(isStorableText)}::text[])`)
      .orderBy("task_id")
      .orderBy("seq")
      .execute();
    return Map.groupBy(rows.map(toTaskEvent), (event) => event.taskId);
  }

  async replaceBodies({ orgId, taskId, events }: Parameters<TaskStore["replaceBodies"]>[0]): Promise<void> {
    if (events.length > MAX_TASK_LOGS) throw new Error(`at most ${MAX_TASK_LOGS} events in one write`);
    const rows = unnest(
      events.map(({ seq, body }) => [seq, JSON.stringify(body)]),
      ["int8", "text"],
    );
    await durably(this.#db, async (tx) => {
      await sql`update events as e set body = r.body from ${rows} as r (seq, body)
        where e.org_id = ${orgId} and e.task_id = ${taskId} and e.seq = r.seq`.execute(tx);
      await sql`delete from task_dedupe as d using tasks as t
        where t.org_id = ${orgId} and t.task_id = ${taskId} and d.org_id = t.org_id
          and d.principal_id = t.principal_id and d.agent_id = t.agent_id and d.task_id = t.task_id`.execute(tx);
    });
  }

  async unfinished({ afterTaskId, limit }: { afterTaskId?: string; limit: number }): Promise<readonly TaskRecord[]> {
    let query = this.#db
      .selectFrom("tasks")
      .selectAll()
      .where(sql<boolean>`state not in (${sql.join(TERMINAL.map((state) => sql.lit(state)))})`);
    if (afterTaskId !== undefined) query = query.where("task_id", ">", afterTaskId);
    const rows = await query.orderBy("task_id").limit(boundPageSize(limit)).execute();
    return rows.map(toTaskRecord);
  }
}

import { isTerminal } from "@berth/protocol";
import type { TaskEvent, TaskEventBody } from "@berth/protocol";
import { parseInstant } from "../instant.ts";
import { boundPageSize, decodePageToken, encodePageToken, isInstantPart, isTextPart } from "../page-token.ts";
import { requireStorableText } from "../storable-text.ts";
import { callersOf } from "../task-callers.ts";
import { decideAppend, decideCreate, dedupeKeyOf, keyOf } from "../task-book.ts";
import type { Decision, StoredEvent } from "../task-book.ts";
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
import { MAX_EVENTS, MAX_TASK_LOGS } from "../task-limits.ts";
import { prepareAppend, prepareCreate } from "../task-write.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryTaskStore implements TaskStore {
  readonly #state: InMemoryState;

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async create(task: NewTask): Promise<CreateOutcome> {
    this.#state.assertOpen();
    return this.#apply(decideCreate(this.#state.book, prepareCreate(task)));
  }

  async append(request: AppendRequest): Promise<AppendOutcome> {
    this.#state.assertOpen();
    return this.#apply(decideAppend(this.#state.book, prepareAppend(request)));
  }

  #apply<T>({ outcome, change }: Decision<T>): T {
    if (change === undefined) return outcome;
    const { record, events, terminalAt, journal } = change;
    const key = keyOf(record.orgId, record.taskId);
    const log = this.#state.events.get(key) ?? [];
    log.push(...events);
    this.#state.events.set(key, log);
    if (terminalAt !== undefined && !this.#state.receiptOfTask.has(key) && !this.#state.queue.has(key)) {
      this.#state.queue.set(key, { orgId: record.orgId, taskId: record.taskId, queuedAt: terminalAt });
    }
    if (journal !== undefined && !this.#state.journals.has(key)) {
      const { orgId, taskId, agentId, releaseId, principalId } = record;
      this.#state.journals.set(key, [{ ...journal, orgId, taskId, entry: 0, agentId, releaseId, principalId }]);
    }
    return outcome;
  }

  async replaceBodies({ orgId, taskId, events }: Parameters<TaskStore["replaceBodies"]>[0]): Promise<void> {
    this.#state.assertOpen();
    const bodies = new Map(events.map(({ seq, body }) => [seq, JSON.stringify(body)]));
    const key = keyOf(orgId, taskId);
    const log = (this.#state.events.get(key) ?? []).map((event) => ({
      ...event,
      body: bodies.get(event.seq) ?? event.body,
    }));
    this.#state.events.set(key, log);
    for (const [name, entry] of this.#state.book.dedupe) {
      if (entry.orgId === orgId && entry.taskId === taskId) this.#state.book.dedupe.delete(name);
    }
  }

  async findDedupe(scope: {
    orgId: string;
    principalId: string;
    agentId: string;
    key: string;
  }): Promise<{ taskId: string; seq: number; digest: string } | undefined> {
    this.#state.assertOpen();
    const known = this.#state.book.dedupe.get(dedupeKeyOf(scope));
    return known === undefined ? undefined : { taskId: known.taskId, seq: known.seq, digest: known.digest };
  }

  async find(orgId: string, taskId: string): Promise<TaskRecord | undefined> {
    this.#state.assertOpen();
    return this.#state.book.tasks.get(keyOf(orgId, taskId));
  }

  async findAll(orgId: string, taskIds: readonly string[]): Promise<ReadonlyMap<string, TaskRecord>> {
    this.#state.assertOpen();
    if (taskIds.length > MAX_TASK_LOGS) throw new Error(`at most ${MAX_TASK_LOGS} tasks in one read`);
    const found = taskIds.flatMap((taskId) => this.#state.book.tasks.get(keyOf(orgId, taskId)) ?? []);
    return new Map(found.map((record) => [record.taskId, record]));
  }

  async list(filter: TaskFilter, page: { readonly size: number; readonly token?: string }): Promise<TaskPage> {
    this.#state.assertOpen();
    const matches = [...this.#state.book.tasks.values()].filter(matching(filter)).sort(newestFirst);
    const size = boundPageSize(page.size);
    const rest = page.token === undefined ? matches : matches.filter(after(page.token));
    const records = rest.slice(0, size);
    const last = records.at(-1);
    const more = rest.length > size && last !== undefined;
    return {
      records,
      totalSize: matches.length,
      ...(more ? { nextPageToken: encodePageToken("tasks", [last.statusAt, last.taskId]) } : {}),
    };
  }

  async callers(orgId: string, agentId: string, limit: number): Promise<readonly TaskCaller[]> {
    this.#state.assertOpen();
    const newest = [...this.#state.book.tasks.values()]
      .filter((record) => record.orgId === orgId)
      .sort(newestFirst)
      .slice(0, Math.min(limit, MAX_EVENTS))
      .filter((record) => record.agentId === agentId);
    return callersOf(
      newest.map(({ taskId, principalId, createdAt }) => {
        const first = this.#state.events.get(keyOf(orgId, taskId))?.[0];
        const body = first === undefined ? undefined : toEvent(taskId, first).body;
        const parentId = body?.kind === "accepted" ? body.parentTaskId : undefined;
        const parent = parentId === undefined ? undefined : this.#state.book.tasks.get(keyOf(orgId, parentId));
        return { principalId, at: createdAt, ...(parent === undefined ? {} : { agentId: parent.agentId }) };
      }),
    );
  }

  async events({ orgId, taskId, after = 0, limit = MAX_EVENTS }: EventQuery): Promise<readonly TaskEvent[]> {
    this.#state.assertOpen();
    const log = this.#state.events.get(keyOf(orgId, taskId)) ?? [];
    const start = Math.max(0, after);
    return log.slice(start, start + Math.min(limit, MAX_EVENTS)).map((event) => toEvent(taskId, event));
  }

  async eventsOf(orgId: string, taskIds: readonly string[]): Promise<ReadonlyMap<string, readonly TaskEvent[]>> {
    this.#state.assertOpen();
    if (taskIds.length > MAX_TASK_LOGS) throw new Error(`at most ${MAX_TASK_LOGS} logs in one read`);
    const logs = new Map<string, readonly TaskEvent[]>();
    for (const taskId of taskIds) {
      const log = this.#state.events.get(keyOf(orgId, taskId));
      if (log === undefined) continue;
      logs.set(
        taskId,
        log.map((event) => toEvent(taskId, event)),
      );
    }
    return logs;
  }

  async unfinished({
    afterTaskId = "",
    limit,
  }: {
    afterTaskId?: string;
    limit: number;
  }): Promise<readonly TaskRecord[]> {
    this.#state.assertOpen();
    return [...this.#state.book.tasks.values()]
      .filter((record) => !isTerminal(record.state) && record.taskId > afterTaskId)
      .sort((a, b) => (a.taskId < b.taskId ? -1 : 1))
      .slice(0, boundPageSize(limit));
  }
}

function toEvent(taskId: string, { seq, at, body }: StoredEvent): TaskEvent {
  // The text was made from a TaskEventBody when it was written.
  return { taskId, seq, at, body: JSON.parse(body) as TaskEventBody };
}

function matching(filter: TaskFilter): (record: TaskRecord) => boolean {
  const { orgId, agentId, agentIds, principalId, contextId, state } = filter;
  requireStorableText({ orgId, agentId, principalId, contextId });
  const since = filter.statusAfter === undefined ? "" : parseInstant("statusTimestampAfter", filter.statusAfter);
  return (record) =>
    record.orgId === orgId &&
    (agentId === undefined || record.agentId === agentId) &&
    (agentIds === undefined || agentIds.includes(record.agentId)) &&
    (principalId === undefined || record.principalId === principalId) &&
    (contextId === undefined || record.contextId === contextId) &&
    (state === undefined || record.state === state) &&
    record.statusAt >= since;
}

function newestFirst(a: TaskRecord, b: TaskRecord): number {
  if (a.statusAt !== b.statusAt) return a.statusAt > b.statusAt ? -1 : 1;
  return a.taskId > b.taskId ? -1 : 1;
}

function after(token: string): (record: TaskRecord) => boolean {
  const [statusAt = "", taskId = ""] = decodePageToken("tasks", token, [isInstantPart, isTextPart]);
  return (record) => record.statusAt < statusAt || (record.statusAt === statusAt && record.taskId < taskId);
}

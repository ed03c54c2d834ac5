import type { AcceptedEvent, TaskEvent, TaskEventBody, TaskState } from "@berth/protocol";
import type { RunJournal } from "./journal-store.ts";

/** What the store keeps of a task beside its events: enough to list, filter, recover and dedupe without reading a log. */
export interface TaskRecord {
  readonly orgId: string;
  readonly taskId: string;
  readonly contextId: string;
  readonly agentId: string;
  readonly releaseId: string;
  /** The caller whose task this is; others without the `read` scope do not see it. */
  readonly principalId: string;
  readonly state: TaskState;
  readonly lastSeq: number;
  /** Per agent, from 1 without gaps, taken at acceptance: a missing receipt shows as a gap. */
  readonly agentSeq: number;
  /** RFC 3339. `statusAt` is the timestamp of the current status. */
  readonly createdAt: string;
  readonly statusAt: string;
}

export interface NewTask {
  readonly taskId: string;
  readonly accepted: AcceptedEvent;
  readonly at: string;
  readonly dedupe?: DedupeEntry;
}

/** Scope is (orgId, principalId, agentId, key). `digest` is the hash of what was sent: same key, other digest is a conflict. */
export interface DedupeEntry {
  readonly key: string;
  readonly digest: string;
}

export type CreateOutcome =
  | { readonly kind: "created"; readonly record: TaskRecord }
  /** The same send was acknowledged before. `seq` is the event it wrote. */
  | { readonly kind: "replayed"; readonly record: TaskRecord; readonly seq: number };

export interface AppendRequest {
  readonly orgId: string;
  readonly taskId: string;
  /** The `lastSeq` the caller has seen: anything else in the store is STORE_CONFLICT and nothing is written. */
  readonly expectedSeq: number;
  readonly events: readonly { readonly at: string; readonly body: TaskEventBody }[];
  /** The state after these events, when they change it. A terminal state also queues the task for its receipt, in the same transaction. */
  readonly state?: { readonly state: TaskState; readonly at: string };
  /** Of an append that ends the task: what is posted with it. Default: that it costs nothing. */
  readonly journal?: RunJournal;
  readonly dedupe?: DedupeEntry;
}

export type AppendOutcome =
  | { readonly kind: "appended"; readonly lastSeq: number }
  | { readonly kind: "replayed"; readonly seq: number };

export interface TaskFilter {
  readonly orgId: string;
  readonly agentId?: string;
  /** Of one of these; empty: of none. */
  readonly agentIds?: readonly string[];
  readonly principalId?: string;
  readonly contextId?: string;
  readonly state?: TaskState;
  /** RFC 3339: `statusAt` not before this. */
  readonly statusAfter?: string;
}

export interface TaskPage {
  readonly records: readonly TaskRecord[];
  /** Absent at the end. Opaque; stable under new tasks: keyset on (statusAt desc, taskId desc). */
  readonly nextPageToken?: string;
  readonly totalSize: number;
}

/** A caller of an agent's tasks: an agent, where one of its runs made them. */
export interface TaskCaller {
  readonly principalId: string;
  readonly agentId?: string;
  readonly calls: number;
  readonly lastAt: string;
}

export interface EventQuery {
  readonly orgId: string;
  readonly taskId: string;
  /** Events with seq > after; default 0. */
  readonly after?: number;
  /** Default and most 10,000. */
  readonly limit?: number;
}

/**
 * The record of everything that happened to tasks. Callers: the task engine (writes), the edge through it (reads), the
 * sealer. When a write returns it is durable: it survives kill -9 and power loss. Writes from many callers are
 * committed together (group commit); order within one task is the order of the calls.
 */
export interface TaskStore {
  /**
   * One transaction: task, event 1, agent sequence number, dedupe entry.
   * @throws PlatformError IDEMPOTENCY_CONFLICT when the dedupe key is known with another digest.
   */
  create(task: NewTask): Promise<CreateOutcome>;
  /**
   * One transaction: events, new state, dedupe entry, and at the end of the task its journal and receipt queue.
   * @throws PlatformError STORE_CONFLICT when `expectedSeq` is not current; TASK_NOT_FOUND; IDEMPOTENCY_CONFLICT.
   */
  append(request: AppendRequest): Promise<AppendOutcome>;
  /** Reads a dedupe entry without writing: the task and event an earlier send made. */
  findDedupe(scope: {
    orgId: string;
    principalId: string;
    agentId: string;
    key: string;
  }): Promise<{ readonly taskId: string; readonly seq: number; readonly digest: string } | undefined>;
  find(orgId: string, taskId: string): Promise<TaskRecord | undefined>;
  /** Records of many tasks of one organization in one read, keyed by task id. At most 1,000 ids. */
  findAll(orgId: string, taskIds: readonly string[]): Promise<ReadonlyMap<string, TaskRecord>>;
  /** @throws PlatformError INVALID_PARAMS for a page token that is not ours. */
  list(filter: TaskFilter, page: { readonly size: number; readonly token?: string }): Promise<TaskPage>;
  /** Who called the agent, by the organization's newest `limit` (≤ 10,000) tasks: whoever called last comes first. */
  callers(orgId: string, agentId: string, limit: number): Promise<readonly TaskCaller[]>;
  /** In order of seq. Empty for an unknown task. */
  events(query: EventQuery): Promise<readonly TaskEvent[]>;
  /** Whole logs of many tasks of one organization in one read, keyed by task id. At most 1,000 ids. */
  eventsOf(orgId: string, taskIds: readonly string[]): Promise<ReadonlyMap<string, readonly TaskEvent[]>>;
  /**
   * Puts other bodies in the place of these events, and forgets the hashes of what was sent (dedupe entries) with the
   * task. Durable when it returns; the log's order, times and numbers stay. At most 1,000 events.
   */
  replaceBodies(request: {
    readonly orgId: string;
    readonly taskId: string;
    readonly events: readonly { readonly seq: number; readonly body: TaskEventBody }[];
  }): Promise<void>;
  /** Tasks in a state that is not terminal, of every organization, oldest first: what a restarted platform must settle. */
  unfinished(page: { readonly afterTaskId?: string; readonly limit: number }): Promise<readonly TaskRecord[]>;
}

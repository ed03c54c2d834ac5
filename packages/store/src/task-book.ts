import { PlatformError, TaskState, isTerminal } from "@berth/protocol";
import type { RunJournal } from "./journal-store.ts";
import type { AppendOutcome, CreateOutcome, DedupeEntry, TaskRecord } from "./task-store.ts";
import type { AppendWrite, CreateWrite } from "./task-write.ts";

export interface DedupeScope {
  readonly orgId: string;
  readonly principalId: string;
  readonly agentId: string;
  readonly key: string;
}

interface DedupeRecord extends DedupeScope {
  readonly digest: string;
  readonly taskId: string;
  readonly seq: number;
}

/** An event as kept: its body is JSON text. */
export interface StoredEvent {
  readonly seq: number;
  readonly at: string;
  readonly body: string;
}

/**
 * The rows that writes are decided on. In memory it is the whole store; in PostgreSQL it is what one batch has read
 * and locked. Deciding changes the book, so that the next write of the batch sees it.
 */
export interface TaskBook {
  readonly tasks: Map<string, TaskRecord>;
  readonly dedupe: Map<string, DedupeRecord>;
  /** The last sequence number given out, per agent. */
  readonly agentSeqs: Map<string, number>;
}

/** What one accepted write adds to the record. */
export interface TaskChange {
  readonly record: TaskRecord;
  readonly created: boolean;
  readonly events: readonly StoredEvent[];
  readonly dedupe?: DedupeRecord;
  /** Set when the task just became terminal: from now on it waits for its receipt. */
  readonly terminalAt?: string;
  /** Set with `terminalAt`. */
  readonly journal?: RunJournal;
}

export interface Decision<T> {
  readonly outcome: T;
  /** Absent when nothing is to be written. */
  readonly change?: TaskChange;
}

export function emptyBook(): TaskBook {
  return { tasks: new Map(), dedupe: new Map(), agentSeqs: new Map() };
}

/** Parts never hold NUL (see storable-text), so the joined key means one thing. */
export function keyOf(...parts: readonly string[]): string {
  return parts.join("\u0000");
}

export function dedupeKeyOf(scope: DedupeScope): string {
  return keyOf(scope.orgId, scope.principalId, scope.agentId, scope.key);
}

/** @throws PlatformError IDEMPOTENCY_CONFLICT, STORE_CONFLICT */
export function decideCreate(book: TaskBook, write: CreateWrite): Decision<CreateOutcome> {
  const { orgId, taskId, agentId, principalId } = write;
  const known = findReplay(book, write, write.dedupe);
  if (known !== undefined) {
    const record = book.tasks.get(keyOf(orgId, known.taskId));
    if (record === undefined) throw new Error(`dedupe entry of ${known.taskId} without its task`);
    return { outcome: { kind: "replayed", record, seq: known.seq } };
  }
  if (book.tasks.has(keyOf(orgId, taskId))) {
    throw new PlatformError("STORE_CONFLICT", `There is a task ${taskId} already.`);
  }
  const agentSeq = (book.agentSeqs.get(keyOf(orgId, agentId)) ?? 0) + 1;
  const record: TaskRecord = {
    orgId,
    taskId,
    contextId: write.contextId,
    agentId,
    releaseId: write.releaseId,
    principalId,
    state: TaskState.Submitted,
    lastSeq: 1,
    agentSeq,
    createdAt: write.at,
    statusAt: write.at,
  };
  book.agentSeqs.set(keyOf(orgId, agentId), agentSeq);
  const events = [{ seq: 1, at: write.at, body: write.body }];
  const change = { record, created: true, events, ...dedupeOf(record, write.dedupe, 1) };
  return { outcome: { kind: "created", record }, change: enter(book, change) };
}

/** @throws PlatformError TASK_NOT_FOUND, IDEMPOTENCY_CONFLICT, STORE_CONFLICT */
export function decideAppend(book: TaskBook, write: AppendWrite): Decision<AppendOutcome> {
  const before = book.tasks.get(keyOf(write.orgId, write.taskId));
  if (before === undefined) throw new PlatformError("TASK_NOT_FOUND", `There is no task ${write.taskId}.`);
  // A replay is recognised before the sequence is compared: whoever sends again has seen an older state.
  const known = findReplay(book, before, write.dedupe);
  if (known !== undefined) return { outcome: { kind: "replayed", seq: known.seq } };
  if (before.lastSeq !== write.expectedSeq) {
    throw new PlatformError("STORE_CONFLICT", `Task ${write.taskId} has moved on.`, {
      internal: `expected seq ${write.expectedSeq}, found ${before.lastSeq}`,
    });
  }
  const lastSeq = before.lastSeq + write.events.length;
  const record: TaskRecord = {
    ...before,
    lastSeq,
    ...(write.state === undefined ? {} : { state: write.state.state, statusAt: write.state.at }),
  };
  const ended = write.state !== undefined && isTerminal(record.state) && !isTerminal(before.state);
  const change = {
    record,
    created: false,
    events: write.events.map((event, i) => ({ seq: before.lastSeq + 1 + i, ...event })),
    ...dedupeOf(record, write.dedupe, before.lastSeq + 1),
    ...(ended ? { terminalAt: record.statusAt } : {}),
    ...(ended && write.journal !== undefined ? { journal: write.journal } : {}),
  };
  return { outcome: { kind: "appended", lastSeq }, change: enter(book, change) };
}

function findReplay(
  book: TaskBook,
  scope: Omit<DedupeScope, "key">,
  entry: DedupeEntry | undefined,
): DedupeRecord | undefined {
  if (entry === undefined) return undefined;
  const { orgId, principalId, agentId } = scope;
  const known = book.dedupe.get(dedupeKeyOf({ orgId, principalId, agentId, key: entry.key }));
  if (known !== undefined && known.digest !== entry.digest) {
    throw new PlatformError("IDEMPOTENCY_CONFLICT", "This idempotency key was used before with different content.", {
      hint: "Send the same content again, or use a new key.",
    });
  }
  return known;
}

function dedupeOf(record: TaskRecord, entry: DedupeEntry | undefined, seq: number): { dedupe?: DedupeRecord } {
  if (entry === undefined) return {};
  const { orgId, principalId, agentId, taskId } = record;
  return { dedupe: { orgId, principalId, agentId, key: entry.key, digest: entry.digest, taskId, seq } };
}

function enter(book: TaskBook, change: TaskChange): TaskChange {
  book.tasks.set(keyOf(change.record.orgId, change.record.taskId), change.record);
  if (change.dedupe !== undefined) book.dedupe.set(dedupeKeyOf(change.dedupe), change.dedupe);
  return change;
}

import { isTerminal } from "@berth/protocol";
import type { TaskEvent } from "@berth/protocol";
import type { JournalRecord, PendingReceipt, Store, TaskRecord } from "@berth/store";

export interface Run {
  readonly record: TaskRecord;
  /** The whole log. */
  readonly events: readonly TaskEvent[];
  /** What was posted with its end. */
  readonly journal?: JournalRecord;
}

export interface LoadedRuns {
  readonly runs: readonly Run[];
  /** Could not be read as a finished run; each with why. */
  readonly broken: readonly { readonly pending: PendingReceipt; readonly error: unknown }[];
  /** False: the event bound was reached before the end of the list. */
  readonly complete: boolean;
}

const MAX_EVENTS_AT_ONCE = 10_000;

/** Loads queued runs, in order, until together they have `maxEvents` events; at least one in any case. */
export async function loadRuns(
  store: Pick<Store, "tasks" | "journals">,
  queue: readonly PendingReceipt[],
  maxEvents: number,
): Promise<LoadedRuns> {
  const runs: Run[] = [];
  const broken: { pending: PendingReceipt; error: unknown }[] = [];
  const chosen = new Map<string, TaskRecord[]>();
  let events = 0;
  let taken = 0;
  const records = await readRecords(store, queue);
  for (const pending of queue) {
    if (events > 0 && events >= maxEvents) break;
    taken += 1;
    const record = records.get(pending.orgId)?.get(pending.taskId);
    if (record === undefined || !isTerminal(record.state)) {
      broken.push({ pending, error: new Error("the task is unknown or has not ended") });
      continue;
    }
    events += record.lastSeq;
    const others = chosen.get(record.orgId);
    if (others === undefined) chosen.set(record.orgId, [record]);
    else others.push(record);
  }
  for (const [orgId, records] of chosen) {
    const logs = await readLogs(store, orgId, records);
    const journals = await store.journals.ofTasks(
      orgId,
      records.map(({ taskId }) => taskId),
    );
    for (const record of records) {
      // Where a run was, and what still leaves it, may be written down after its end, and between the two reads.
      const log = (logs.get(record.taskId) ?? []).slice(0, record.lastSeq);
      if (log.length === record.lastSeq && log.every((event, i) => event.seq === i + 1)) {
        const journal = journals.get(record.taskId)?.[0];
        runs.push({ record, events: log, ...(journal === undefined ? {} : { journal }) });
      } else {
        const pending = queue.find((waiting) => waiting.taskId === record.taskId);
        if (pending !== undefined) broken.push({ pending, error: new Error("the task's log has gaps") });
      }
    }
  }
  return { runs, broken, complete: taken >= queue.length };
}

async function readRecords(
  store: Pick<Store, "tasks">,
  queue: readonly PendingReceipt[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, TaskRecord>>> {
  const found = new Map<string, ReadonlyMap<string, TaskRecord>>();
  for (const [orgId, waiting] of Map.groupBy(queue, (pending) => pending.orgId)) {
    const ids = waiting.map(({ taskId }) => taskId);
    found.set(orgId, await store.tasks.findAll(orgId, ids));
  }
  return found;
}

async function readLogs(
  store: Pick<Store, "tasks">,
  orgId: string,
  records: readonly TaskRecord[],
): Promise<ReadonlyMap<string, readonly TaskEvent[]>> {
  const short = records.filter((record) => record.lastSeq <= MAX_EVENTS_AT_ONCE).map((record) => record.taskId);
  const logs = new Map(await store.tasks.eventsOf(orgId, short));
  for (const { taskId, lastSeq } of records) {
    if (lastSeq > MAX_EVENTS_AT_ONCE) logs.set(taskId, await readLongLog(store, orgId, taskId));
  }
  return logs;
}

/** A log of any length, read in pages. */
export async function readLongLog(
  store: Pick<Store, "tasks">,
  orgId: string,
  taskId: string,
): Promise<readonly TaskEvent[]> {
  const events: TaskEvent[] = [];
  for (;;) {
    const page = await store.tasks.events({ orgId, taskId, after: events.length, limit: MAX_EVENTS_AT_ONCE });
    for (const event of page) events.push(event);
    if (page.length < MAX_EVENTS_AT_ONCE) return events;
  }
}

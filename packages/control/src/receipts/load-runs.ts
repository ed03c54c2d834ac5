import { isTerminal } from "@berth/protocol";
import type { TaskEvent } from "@berth/protocol";
import type { PendingReceipt, Store, TaskRecord } from "@berth/store";

export interface Run {
  readonly record: TaskRecord;
  /** The whole log. */
  readonly events: readonly TaskEvent[];
}

export interface LoadedRuns {
  readonly runs: readonly Run[];
  /** Could not be read as a finished run; each with why. */
  readonly broken: readonly { readonly pending: PendingReceipt; readonly error: unknown }[];
  /** False: the event bound was reached before the end of the list. */
  readonly complete: boolean;
}

const MAX_EVENTS_AT_ONCE = 10_000;
const RECORD_READS_AT_ONCE = 16;

/** Loads queued runs, in order, until together they have `maxEvents` events; at least one in any case. */
export async function loadRuns(
  store: Pick<Store, "tasks">,
  queue: readonly PendingReceipt[],
  maxEvents: number,
): Promise<LoadedRuns> {
  const runs: Run[] = [];
  const broken: { pending: PendingReceipt; error: unknown }[] = [];
  const chosen = new Map<string, TaskRecord[]>();
  let events = 0;
  let taken = 0;
  for (; taken < queue.length && (events === 0 || events < maxEvents); taken += RECORD_READS_AT_ONCE) {
    const some = queue.slice(taken, taken + RECORD_READS_AT_ONCE);
    const records = await Promise.all(some.map(({ orgId, taskId }) => store.tasks.find(orgId, taskId)));
    for (const [i, pending] of some.entries()) {
      const record = records[i];
      if (record === undefined || !isTerminal(record.state)) {
        broken.push({ pending, error: new Error("the task is unknown or has not ended") });
        continue;
      }
      events += record.lastSeq;
      chosen.set(record.orgId, [...(chosen.get(record.orgId) ?? []), record]);
    }
  }
  for (const [orgId, records] of chosen) {
    const logs = await readLogs(store, orgId, records);
    for (const record of records) {
      const log = logs.get(record.taskId) ?? [];
      if (log.length === record.lastSeq && log.every((event, i) => event.seq === i + 1)) {
        runs.push({ record, events: log });
      } else {
        const pending = queue.find((waiting) => waiting.taskId === record.taskId);
        if (pending !== undefined) broken.push({ pending, error: new Error("the task's log has gaps") });
      }
    }
  }
  return { runs, broken, complete: taken >= queue.length };
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

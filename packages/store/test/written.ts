import { expect } from "vitest";
import type { BlobStore, Store, TaskRecord } from "../src/index.ts";
import type { TaskEventBody } from "@berth/protocol";

export const EVENTS_PER_APPEND = 3;

export function noteAt(taskId: string, seq: number): { at: string; body: TaskEventBody } {
  return {
    at: "2026-11-29T10:00:00.000Z",
    body: { kind: "note", name: `${taskId}:${seq}`, data: { pad: "x".repeat(seq * 20) } },
  };
}

/** What a writer said it was told is durable. */
export interface Acknowledged {
  readonly lastSeqOf: ReadonlyMap<string, number>;
  readonly blobs: readonly string[];
}

export function parseAcknowledged(lines: readonly string[]): Acknowledged {
  const lastSeqOf = new Map<string, number>();
  const blobs: string[] = [];
  for (const line of lines) {
    const [kind, id = "", seq = "0"] = line.split(" ");
    if (kind === "task") lastSeqOf.set(id, Math.max(Number(seq), lastSeqOf.get(id) ?? 0));
    if (kind === "blob") blobs.push(id);
  }
  return { lastSeqOf, blobs };
}

/** Every acknowledged write is there, and nothing is there in part. */
export async function expectDurable(store: Store, blobs: BlobStore, acknowledged: Acknowledged): Promise<void> {
  const records = await allTasks(store);
  const byId = new Map(records.map((record) => [record.taskId, record]));
  const missing = [...acknowledged.lastSeqOf].filter(([id, seq]) => (byId.get(id)?.lastSeq ?? 0) < seq);
  expect(missing).toEqual([]);
  for (const record of records) await expectWhole(store, record);
  const numbers = records.map((record) => record.agentSeq).sort((a, b) => a - b);
  expect(numbers).toEqual(records.map((_, i) => i + 1));
  for (const digest of acknowledged.blobs) expect(await blobs.get(digest)).toBeDefined();
}

async function expectWhole(store: Store, { taskId, lastSeq }: TaskRecord): Promise<void> {
  expect((lastSeq - 1) % EVENTS_PER_APPEND).toBe(0);
  const events = await store.tasks.events({ orgId: "org_1", taskId });
  const expected = Array.from({ length: lastSeq - 1 }, (_, i) => ({ taskId, seq: i + 2, ...noteAt(taskId, i + 2) }));
  expect(events.slice(1)).toEqual(expected);
  const scope = { orgId: "org_1", principalId: "usr_1", agentId: "agt_1", key: taskId };
  expect(await store.tasks.findDedupe(scope)).toMatchObject({ taskId, seq: 1 });
}

async function allTasks(store: Store): Promise<TaskRecord[]> {
  const records: TaskRecord[] = [];
  let page: readonly TaskRecord[];
  do {
    const afterTaskId = records.at(-1)?.taskId;
    page = await store.tasks.unfinished({ limit: 1000, ...(afterTaskId === undefined ? {} : { afterTaskId }) });
    records.push(...page);
  } while (page.length > 0);
  return records;
}

import { isTerminal } from "@berth/protocol";
import { expect } from "vitest";
import type { BlobStore, RunJournal, Store, TaskProof, TaskRecord } from "../src/index.ts";
import type { TaskEventBody } from "@berth/protocol";

export const EVENTS_PER_APPEND = 3;
/** Acceptance, five appends and the end. */
export const LAST_SEQ: number = 1 + 5 * EVENTS_PER_APPEND + 1;

/** What the end of a task posts; of some nothing. */
export function journalFor(taskId: string): RunJournal {
  const amountMicros = (taskId.length % 3) * 1_000;
  const lines = [
    { account: "caller:usr_1", amountMicros },
    { account: "agent:agt_1", amountMicros: -amountMicros },
  ];
  const used = { elapsedMs: 1, inputTokens: 2, outputTokens: 3 };
  const at = "2026-11-29T10:00:00.000Z";
  return { at, currency: "USD", amountMicros, ...used, lines: amountMicros === 0 ? [] : lines };
}

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
  const proofs = await allProofs(store);
  const records = await allTasks(store, proofs);
  const byId = new Map(records.map((record) => [record.taskId, record]));
  const missing = [...acknowledged.lastSeqOf].filter(([id, seq]) => (byId.get(id)?.lastSeq ?? 0) < seq);
  expect(missing).toEqual([]);
  for (const record of records) await expectWhole(store, record);
  for (const proof of proofs) expectPosted(proof);
  const numbers = records.map((record) => record.agentSeq).sort((a, b) => a - b);
  expect(numbers).toEqual(records.map((_, i) => i + 1));
  for (const digest of acknowledged.blobs) expect(await blobs.get(digest)).toBeDefined();
}

async function expectWhole(store: Store, { taskId, lastSeq }: TaskRecord): Promise<void> {
  const notes = lastSeq === LAST_SEQ ? lastSeq - 2 : lastSeq - 1;
  expect(notes % EVENTS_PER_APPEND).toBe(0);
  const events = await store.tasks.events({ orgId: "org_1", taskId, limit: notes + 1 });
  const expected = Array.from({ length: notes }, (_, i) => ({ taskId, seq: i + 2, ...noteAt(taskId, i + 2) }));
  expect(events.slice(1)).toEqual(expected);
  const scope = { orgId: "org_1", principalId: "usr_1", agentId: "agt_1", key: taskId };
  expect(await store.tasks.findDedupe(scope)).toMatchObject({ taskId, seq: 1 });
}

/** The end of a task, its place in the queue and its journal came together or not at all. */
function expectPosted({ taskId, state, queued, journals }: TaskProof): void {
  const ended = isTerminal(state);
  expect([taskId, queued, journals.length]).toEqual([taskId, ended, ended ? 1 : 0]);
  if (ended) expect(journals[0]).toMatchObject(journalFor(taskId));
}

async function allProofs(store: Store): Promise<TaskProof[]> {
  const proofs: TaskProof[] = [];
  let page: readonly TaskProof[];
  do {
    const after = proofs.at(-1);
    page = await store.journals.proofs({ limit: 1000, ...(after === undefined ? {} : { after }) });
    proofs.push(...page);
  } while (page.length > 0);
  return proofs;
}

async function allTasks(store: Store, proofs: readonly TaskProof[]): Promise<TaskRecord[]> {
  const records: TaskRecord[] = [];
  for (let from = 0; from < proofs.length; from += 1000) {
    const ids = proofs.slice(from, from + 1000).map(({ taskId }) => taskId);
    records.push(...(await store.tasks.findAll("org_1", ids)).values());
  }
  return records;
}

import type {
  AccountSum,
  JournalDimension,
  JournalFilter,
  JournalRecord,
  JournalStore,
  JournalSum,
  ProofQuery,
  SumQuery,
  TaskProof,
} from "../journal-store.ts";
import { MAX_PROOFS, MAX_SUMS } from "../journal-store.ts";
import { keptJournal, modelsText, refundConflict } from "../kept-journal.ts";
import {
  boundPageSize,
  decodePageToken,
  encodePageToken,
  isIndexPart,
  isInstantPart,
  isTextPart,
} from "../page-token.ts";
import { keyOf } from "../task-book.ts";
import { MAX_TASK_LOGS } from "../task-limits.ts";
import type { NewLedgerItem } from "../receipt-store.ts";
import type { TaskRecord } from "../task-store.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryJournalStore implements JournalStore {
  readonly #state: InMemoryState;

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async ofTasks(orgId: string, taskIds: readonly string[]): Promise<ReadonlyMap<string, readonly JournalRecord[]>> {
    this.#state.assertOpen();
    if (taskIds.length > MAX_TASK_LOGS) throw new Error(`at most ${MAX_TASK_LOGS} tasks in one read`);
    return new Map(
      taskIds.flatMap((taskId) => {
        const journals = this.#state.journals.get(keyOf(orgId, taskId));
        return journals === undefined ? [] : [[taskId, [...journals]] as const];
      }),
    );
  }

  async refund(journal: JournalRecord, addendum: NewLedgerItem): Promise<void> {
    this.#state.assertOpen();
    const kept = keptJournal(journal);
    const known = this.#state.journals.get(keyOf(kept.orgId, kept.taskId)) ?? [];
    if (kept.entry < 1 || known.length !== kept.entry) throw refundConflict(kept);
    known.push(kept);
    this.#state.enqueue(addendum);
  }

  async list(
    filter: JournalFilter,
    page: { readonly size: number; readonly token?: string },
  ): Promise<{ readonly journals: readonly JournalRecord[]; readonly nextPageToken?: string }> {
    this.#state.assertOpen();
    const { orgId, taskId, from = "", to } = filter;
    const all = this.#of(orgId, from, to)
      .filter((journal) => taskId === undefined || journal.taskId === taskId)
      .sort((a, b) => compare(b, a));
    const rest = page.token === undefined ? all : all.filter(isAfter(page.token));
    const size = boundPageSize(page.size);
    const journals = rest.slice(0, size);
    const last = journals.at(-1);
    if (rest.length <= size || last === undefined) return { journals };
    return { journals, nextPageToken: encodePageToken("journals", [last.at, last.taskId, String(last.entry)]) };
  }

  async sums({ orgId, from, to, groupBy, limit }: SumQuery): Promise<readonly JournalSum[]> {
    this.#state.assertOpen();
    const groups = new Map<string, JournalSum>();
    for (const journal of this.#of(orgId, from, to)) {
      const key = groupBy.map((dimension) => valueOf(journal, dimension));
      const text = JSON.stringify(key);
      groups.set(text, added(groups.get(text) ?? nothing(key), journal, groupBy.includes("agent")));
    }
    return [...groups.values()].sort(mostFirst).slice(0, Math.min(limit, MAX_SUMS));
  }

  async accounts({ orgId, from, to }: Pick<SumQuery, "orgId" | "from" | "to">): Promise<readonly AccountSum[]> {
    this.#state.assertOpen();
    const accounts = new Map<string, AccountSum>();
    for (const { account, amountMicros } of this.#of(orgId, from, to).flatMap(({ lines }) => lines)) {
      const { debitMicros, creditMicros } = accounts.get(account) ?? { debitMicros: 0n, creditMicros: 0n };
      accounts.set(account, {
        account,
        debitMicros: debitMicros + BigInt(Math.max(0, amountMicros)),
        creditMicros: creditMicros + BigInt(Math.max(0, -amountMicros)),
      });
    }
    return [...accounts.values()].sort((a, b) => (a.account < b.account ? -1 : 1)).slice(0, MAX_SUMS);
  }

  async proofs(query: ProofQuery): Promise<readonly TaskProof[]> {
    this.#state.assertOpen();
    if ("tasks" in query) {
      const tasks = query.tasks.flatMap(({ orgId, taskId }) => this.#state.book.tasks.get(keyOf(orgId, taskId)) ?? []);
      return tasks.sort(byKey).map((task) => this.#proofOf(task));
    }
    const { orgId, after, limit } = query;
    return [...this.#state.book.tasks.values()]
      .filter(
        (task) => (orgId === undefined || task.orgId === orgId) && (after === undefined || byKey(task, after) > 0),
      )
      .sort(byKey)
      .slice(0, Math.min(limit, MAX_PROOFS))
      .map((task) => this.#proofOf(task));
  }

  #proofOf({ orgId, taskId, state }: TaskRecord): TaskProof {
    const key = keyOf(orgId, taskId);
    const receipt = this.#state.receiptOfTask.get(key);
    return {
      orgId,
      taskId,
      state,
      queued: this.#state.queue.has(key),
      ...(receipt === undefined ? {} : { receipt }),
      journals: [...(this.#state.journals.get(key) ?? [])],
    };
  }

  #of(orgId: string, from: string, to: string | undefined): JournalRecord[] {
    return [...this.#state.journals.values()]
      .flat()
      .filter((journal) => journal.orgId === orgId && journal.at >= from && (to === undefined || journal.at < to));
  }
}

type Key = Pick<TaskRecord, "orgId" | "taskId">;

function byKey(a: Key, b: Key): number {
  if (a.orgId !== b.orgId) return a.orgId < b.orgId ? -1 : 1;
  return a.taskId === b.taskId ? 0 : a.taskId < b.taskId ? -1 : 1;
}

type Place = Pick<JournalRecord, "at" | "taskId" | "entry">;

function compare(a: Place, b: Place): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  return a.taskId === b.taskId ? a.entry - b.entry : a.taskId < b.taskId ? -1 : 1;
}

function isAfter(token: string): (journal: JournalRecord) => boolean {
  const [at = "", taskId = "", entry = ""] = decodePageToken("journals", token, [
    isInstantPart,
    isTextPart,
    isIndexPart,
  ]);
  return (journal) => compare(journal, { at, taskId, entry: Number(entry) }) < 0;
}

function valueOf(journal: JournalRecord, dimension: JournalDimension): string {
  if (dimension === "agent") return journal.agentId;
  if (dimension === "caller") return journal.principalId;
  if (dimension === "day") return journal.at.slice(0, 10);
  return (dimension === "skill" ? journal.skill : modelsText(journal)) ?? "";
}

function nothing(key: readonly string[]): JournalSum {
  const zero = { calls: 0n, elapsedMs: 0n, inputTokens: 0n, outputTokens: 0n };
  return { key, ...zero, chargedMicros: 0n, refundedMicros: 0n };
}

function added(sum: JournalSum, journal: JournalRecord, named: boolean): JournalSum {
  const amount = BigInt(journal.amountMicros);
  const isRun = journal.entry === 0;
  const { agentName } = journal;
  return {
    ...sum,
    calls: sum.calls + (isRun ? 1n : 0n),
    elapsedMs: sum.elapsedMs + BigInt(journal.elapsedMs),
    inputTokens: sum.inputTokens + BigInt(journal.inputTokens),
    outputTokens: sum.outputTokens + BigInt(journal.outputTokens),
    chargedMicros: sum.chargedMicros + (isRun ? amount : 0n),
    refundedMicros: sum.refundedMicros + (isRun ? 0n : amount),
    ...(named && agentName !== undefined && agentName > (sum.agentName ?? "") ? { agentName } : {}),
  };
}

function mostFirst(a: JournalSum, b: JournalSum): number {
  if (a.chargedMicros !== b.chargedMicros) return a.chargedMicros > b.chargedMicros ? -1 : 1;
  if (a.calls !== b.calls) return a.calls > b.calls ? -1 : 1;
  const index = a.key.findIndex((value, i) => value !== b.key[i]);
  return (a.key[index] ?? "") < (b.key[index] ?? "") ? -1 : 1;
}

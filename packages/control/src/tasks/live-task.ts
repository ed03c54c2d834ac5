import {
  TaskFold,
  agentReportOf,
  foldTask,
  frameOf,
  isInterrupted,
  isTerminal,
  nextState,
  totalUsage,
} from "@berth/protocol";
import type {
  AcceptedEvent,
  LifecycleEvent,
  Reason,
  RunUsage,
  TaskEvent,
  TaskEventBody,
  TaskState,
  TaskView,
} from "@berth/protocol";
import type { DedupeEntry, RunJournal, Spending, TaskRecord, TaskStore } from "@berth/store";
import type { SpanRecord } from "@berth/telemetry";
import type { JournalOf } from "../billing/post-run.ts";
import type { TaskSpans } from "../telemetry/task-spans.ts";
import type { OpenSpans } from "../telemetry/task-telemetry.ts";
import { RunClock } from "../billing/run-clock.ts";
import { EventPages, PAGE_EVENTS } from "./event-pages.ts";
import type { EndedTask, TaskObserver } from "./task-observer.ts";

/** Events kept in memory for whoever follows; older ones are read from the store. */
const RECENT_EVENTS = 2_000;

/** What one append did. `written` is empty when the state machine ignored everything, or when it was a repeat. */
export interface Written {
  readonly written: readonly TaskEvent[];
  /** Set when the store knew the dedupe key: the event the earlier send wrote. */
  readonly replayedSeq?: number;
}

/**
 * A task in this process's memory: its place in the log, its fold and those who wait for it to move. All writes of a
 * task go through its one `LiveTask`, in turn, so that the log has one order; the store's `expectedSeq` catches any
 * other writer. Nothing is shown before it is durable.
 */
export class LiveTask {
  readonly accepted: AcceptedEvent;
  readonly record: Omit<TaskRecord, "state" | "lastSeq" | "statusAt">;
  /** Undefined where nobody looks, or when it was over before. */
  readonly spans: TaskSpans | undefined;
  readonly #fold: TaskFold;
  #upstream: Upstream | undefined;
  #recent: TaskEvent[];
  #writes: Promise<unknown> = Promise.resolve();
  /** The outcome of a write is not known: the log may hold more than we have seen. */
  #unsure = false;
  readonly #listeners = new Set<() => void>();
  readonly #store: TaskStore;
  readonly #pages: EventPages;
  readonly #now: () => Date;
  readonly #clock: RunClock;
  #calls = 0;
  readonly #journalOf: JournalOf | undefined;
  readonly #observer: TaskObserver;

  constructor(options: {
    readonly record: TaskRecord;
    readonly events: readonly TaskEvent[];
    readonly store: TaskStore;
    readonly now: () => Date;
    /** Absent: runs cost nothing. */
    readonly journalOf?: JournalOf;
    readonly openSpans?: OpenSpans;
    /** Its events were written just now. */
    readonly isNew?: boolean;
    readonly observer: TaskObserver;
  }) {
    const [first] = options.events;
    if (first?.body.kind !== "accepted") throw new Error("a task log begins with its accepted event");
    this.accepted = first.body;
    this.record = options.record;
    this.#fold = new TaskFold(foldTask(options.events));
    this.#upstream = options.events.map((event) => upstreamIn(event)).findLast((upstream) => upstream !== undefined);
    this.#recent = options.events.slice(-RECENT_EVENTS);
    this.#store = options.store;
    this.#pages = new EventPages(async (after) => await this.#stored(after));
    this.#now = options.now;
    this.#clock = new RunClock(first.at);
    for (const event of options.events) this.#count(event);
    this.#journalOf = options.journalOf;
    this.#observer = options.observer;
    this.spans = isTerminal(this.state) ? undefined : options.openSpans?.(this.taskId, this.accepted);
    const spans = this.#spansOf(options.events);
    if (options.isNew === true) this.#observer.onSeen(this, options.events, spans);
  }

  get taskId(): string {
    return this.record.taskId;
  }

  /** The agent's own ids of this task, once it has told them. */
  get upstream(): Upstream | undefined {
    return this.#upstream;
  }

  get view(): TaskView {
    return this.#fold.view;
  }

  get seq(): number {
    return this.#fold.seq;
  }

  /** The record as it is now. */
  get current(): TaskRecord {
    const { record, view } = this;
    const { state, timestamp } = view.task.status;
    return { ...record, state, lastSeq: view.seq, statusAt: timestamp ?? record.createdAt };
  }

  /** What its log says it has used. */
  get spent(): Spending {
    const { inputTokens = 0, outputTokens = 0, costMicros = 0 } = this.#fold.usage ?? {};
    return { calls: this.#calls, tokens: inputTokens + outputTokens, costMicros };
  }

  get state(): TaskState {
    return this.#fold.state;
  }

  /** Terminal or interrupted: nothing happens until somebody does something. */
  get settled(): boolean {
    return isTerminal(this.state) || isInterrupted(this.state);
  }

  get watched(): boolean {
    return this.#listeners.size > 0;
  }

  /** Events with seq > after, a page at a time, from memory where they still are. */
  async eventsAfter(after: number): Promise<readonly TaskEvent[]> {
    const [oldest] = this.#recent;
    if (after >= this.seq) return [];
    if (oldest !== undefined && after >= oldest.seq - 1) {
      const start = after - oldest.seq + 1;
      return this.#recent.slice(start, start + PAGE_EVENTS);
    }
    // Pages are kept for as long as somebody follows.
    return this.watched ? await this.#pages.after(after) : await this.#stored(after);
  }

  async #stored(after: number): Promise<readonly TaskEvent[]> {
    return await this.#store.events({ orgId: this.record.orgId, taskId: this.taskId, after, limit: PAGE_EVENTS });
  }

  /** Calls `listener` after each append. Returns the function that ends it. */
  onMoved(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (!this.watched) this.#pages.clear();
    };
  }

  /** Those who wait look again: something they wait for beside the log has changed. */
  wake(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Resolves when the log has moved past `seq`, or on abort. */
  async moved(seq: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.seq > seq || signal?.aborted === true) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const off = this.onMoved(resolve);
    const onAbort = (): void => resolve();
    signal?.addEventListener("abort", onAbort, { once: true });
    await promise;
    off();
    // The signal of a stream outlives thousands of waits.
    signal?.removeEventListener("abort", onAbort);
  }

  /** Runs `decide` when no other write of this task is under way, and writes what it returns; nothing for undefined. */
  async write(decide: () => WriteRequest | undefined): Promise<Written> {
    const turn = this.#writes.then(async () => {
      if (this.#unsure) await this.#catchUp();
      const request = decide();
      return request === undefined ? { written: [] } : await this.#append(request);
    });
    this.#writes = turn.catch(() => undefined);
    return await turn;
  }

  /** Writes what an agent or the platform reports; reports that the state machine ignores are left out. */
  async report(bodies: readonly TaskEventBody[]): Promise<Written> {
    const late: TaskEventBody[] = [];
    const outcome = await this.write(() => {
      const kept: TaskEventBody[] = [];
      let { state } = this;
      if (isTerminal(state)) {
        late.push(...bodies.filter(isRecordOnly));
        return undefined;
      }
      for (const body of bodies) {
        if (body.kind !== "status") {
          if (!isTerminal(state) || isRecordOnly(body)) kept.push(body);
          continue;
        }
        const event: LifecycleEvent = body.reason === undefined ? agentReportOf(body.status.state) : "platform_failed";
        const next = nextState(state, event);
        if ("refuse" in next) continue;
        state = next.to;
        kept.push(body);
      }
      return kept.length === 0 ? undefined : { bodies: kept };
    });
    if (late.length > 0) await this.#observer.onLate(this.record, late);
    return outcome;
  }

  #ended(reason: Reason | undefined): EndedTask {
    const { orgId, taskId, agentId, releaseId } = this.record;
    return { orgId, taskId, agentId, releaseId, state: this.state, reason };
  }

  /** Reads what the store has beyond us. */
  async #catchUp(): Promise<void> {
    const { orgId } = this.record;
    for (;;) {
      const before = this.state;
      const events = await this.#store.events({ orgId, taskId: this.taskId, after: this.seq, limit: PAGE_EVENTS });
      if (events.length > 0) this.#publish(events);
      if (events.length > 0) this.#observer.onWritten(this.taskId);
      const end = events.findLast(({ body }) => body.kind === "status")?.body;
      const reason = end?.kind === "status" ? end.reason : undefined;
      if (!isTerminal(before) && isTerminal(this.state)) this.#observer.onTerminal(this.#ended(reason));
      if (events.length < PAGE_EVENTS) break;
    }
    this.#unsure = false;
  }

  async #append({ bodies, dedupe }: WriteRequest): Promise<Written> {
    const at = this.#now().toISOString();
    const expectedSeq = this.seq;
    const last = bodies.findLast((body) => body.kind === "status");
    const journal = await this.#journal(bodies, at);
    const outcome = await this.#appended({
      orgId: this.record.orgId,
      taskId: this.taskId,
      expectedSeq,
      events: bodies.map((body) => ({ at, body })),
      ...(last === undefined ? {} : { state: { state: last.status.state, at: last.status.timestamp ?? at } }),
      ...(journal === undefined ? {} : { journal }),
      ...(dedupe === undefined ? {} : { dedupe }),
    });
    if (outcome.kind === "replayed") return { written: [], replayedSeq: outcome.seq };
    const written = bodies.map((body, index) => ({ taskId: this.taskId, seq: expectedSeq + index + 1, at, body }));
    const before = this.#fold.usage;
    this.#publish(written);
    this.#observer.onWritten(this.taskId);
    const used = this.#fold.usage;
    if (used !== undefined && used !== before) this.#observer.onUsed(this.taskId, moreOf(used, before));
    if (last !== undefined && isTerminal(last.status.state)) {
      this.#observer.onTerminal(this.#ended(last.reason), journal);
    }
    return { written };
  }

  async #appended(append: Parameters<TaskStore["append"]>[0]): ReturnType<TaskStore["append"]> {
    try {
      return await this.#store.append(append);
    } catch (error) {
      this.#unsure = true;
      this.#observer.onUnsure(this.record);
      throw error;
    }
  }

  /** Of events that end the run. */
  async #journal(bodies: readonly TaskEventBody[], at: string): Promise<RunJournal | undefined> {
    const last = bodies.findLast((body) => body.kind === "status");
    if (this.#journalOf === undefined || last === undefined || !isTerminal(last.status.state)) return undefined;
    // A run that has ended keeps the journal it has.
    if (isTerminal(this.state)) return undefined;
    const { reported: known, measured } = this.view;
    const reported = bodies.findLast((body) => body.kind === "usage")?.usage ?? known;
    const { inputTokens = 0, outputTokens = 0, models } = totalUsage(reported, measured) ?? {};
    return await this.#journalOf({
      accepted: this.accepted,
      at,
      state: last.status.state,
      ...(last.reason === undefined ? {} : { reason: last.reason }),
      use: { elapsedMs: this.#clock.elapsedMs(at), inputTokens, outputTokens },
      ...(models === undefined ? {} : { models }),
    });
  }

  #spansOf(events: readonly TaskEvent[]): readonly SpanRecord[] {
    const { spans } = this;
    return spans === undefined ? [] : events.flatMap((event) => spans.apply(event));
  }

  #count(event: TaskEvent): void {
    this.#clock.see(event);
    if (event.body.kind === "call") this.#calls += 1;
  }

  #publish(events: readonly TaskEvent[]): void {
    for (const event of events) {
      this.#fold.apply(event);
      this.#count(event);
      this.#upstream = upstreamIn(event) ?? this.#upstream;
    }
    this.#observer.onSeen(this, events, this.#spansOf(events));
    this.#recent.push(...events);
    if (this.#recent.length > RECENT_EVENTS * 2) this.#recent = this.#recent.slice(-RECENT_EVENTS);
    this.wake();
  }
}

export interface Upstream {
  readonly taskId: string;
  readonly contextId?: string;
}

export interface WriteRequest {
  readonly bodies: readonly TaskEventBody[];
  readonly dedupe?: DedupeEntry;
}

function moreOf(
  used: RunUsage,
  before: RunUsage | undefined,
): { readonly tokens: number; readonly costMicros: number } {
  const tokensOf = (usage: RunUsage | undefined): number => (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
  return {
    tokens: tokensOf(used) - tokensOf(before),
    costMicros: Math.max(0, (used.costMicros ?? 0) - (before?.costMicros ?? 0)),
  };
}

const RECORD_ONLY: ReadonlySet<TaskEventBody["kind"]> = new Set([
  "instance",
  "egress",
  "note",
  "file",
  "memory",
  "grant",
  "model",
]);

/** What belongs in the record even after the end: where the run happened and what left the sandbox. */
function isRecordOnly(body: TaskEventBody): boolean {
  return RECORD_ONLY.has(body.kind);
}

function upstreamIn({ body }: TaskEvent): Upstream | undefined {
  if (body.kind !== "upstream") return undefined;
  return { taskId: body.taskId, ...(body.contextId === undefined ? {} : { contextId: body.contextId }) };
}

/** True when clients see this event. */
export function isVisible(event: TaskEvent): boolean {
  return frameOf(event, "") !== undefined;
}

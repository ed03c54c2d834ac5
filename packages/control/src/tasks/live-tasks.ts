import { PlatformError } from "@berth/protocol";
import type { NewTask, Store, TaskRecord } from "@berth/store";
import type { JournalOf } from "../billing/post-run.ts";
import { LiveTask } from "./live-task.ts";
import type { OpenSpans } from "../telemetry/task-telemetry.ts";
import type { TaskObserver } from "./task-observer.ts";

/** Tasks that nobody runs or watches stay in memory up to this many, oldest use first out. */
const IDLE_TASKS = 2_000;

/** The tasks this process holds in memory: every one that runs or is watched, and the most recently used others. */
export class LiveTasks {
  readonly #tasks = new Map<string, LiveTask>();
  readonly #loading = new Map<string, Promise<LiveTask>>();
  readonly #store: Store;
  readonly #now: () => Date;
  readonly #journalOf: JournalOf | undefined;
  readonly #openSpans: OpenSpans | undefined;
  readonly #observer: TaskObserver;
  readonly #isBusy: (taskId: string) => boolean;

  constructor(options: {
    readonly store: Store;
    readonly now: () => Date;
    readonly journalOf?: JournalOf;
    readonly openSpans?: OpenSpans | undefined;
    readonly observer: TaskObserver;
    readonly isBusy: (taskId: string) => boolean;
  }) {
    this.#store = options.store;
    this.#now = options.now;
    this.#journalOf = options.journalOf;
    this.#openSpans = options.openSpans;
    this.#observer = options.observer;
    this.#isBusy = options.isBusy;
  }

  /** Creates the task durably. `replayed` carries the event of the earlier send. */
  async create(task: NewTask): Promise<{ readonly task: LiveTask; readonly replayedSeq?: number }> {
    const outcome = await this.#created(task);
    if (outcome.kind === "replayed") {
      return { task: await this.open(outcome.record), replayedSeq: outcome.seq };
    }
    const { record } = outcome;
    const first = { taskId: record.taskId, seq: 1, at: task.at, body: task.accepted };
    const live = new LiveTask({ record, events: [first], isNew: true, ...this.#shared() });
    this.#remember(live);
    return { task: live };
  }

  async #created(task: NewTask): ReturnType<Store["tasks"]["create"]> {
    try {
      return await this.#store.tasks.create(task);
    } catch (error) {
      this.#observer.onUnsure({ orgId: task.accepted.orgId, taskId: task.taskId });
      throw error;
    }
  }

  /** When it is in memory, as every task that runs is. */
  known(taskId: string): LiveTask | undefined {
    return this.#tasks.get(taskId);
  }

  /** What was read of it is not what is in the store any more. */
  forget(taskId: string): void {
    this.#tasks.delete(taskId);
  }

  /** @throws TASK_NOT_FOUND */
  async find(orgId: string, taskId: string): Promise<LiveTask> {
    const known = this.#tasks.get(taskId);
    if (known !== undefined && known.record.orgId === orgId) return this.#touch(known);
    const record = await this.#store.tasks.find(orgId, taskId);
    if (record === undefined) throw taskNotFound();
    return await this.open(record);
  }

  async open(record: TaskRecord): Promise<LiveTask> {
    const known = this.#tasks.get(record.taskId);
    if (known !== undefined) return this.#touch(known);
    const loading = this.#loading.get(record.taskId) ?? this.#load(record);
    this.#loading.set(record.taskId, loading);
    try {
      return await loading;
    } finally {
      this.#loading.delete(record.taskId);
    }
  }

  async #load(record: TaskRecord): Promise<LiveTask> {
    const { orgId, taskId } = record;
    const logs = await this.#store.tasks.eventsOf(orgId, [taskId]);
    const live = new LiveTask({ record, events: logs.get(taskId) ?? [], ...this.#shared() });
    this.#remember(live);
    return live;
  }

  #shared(): Pick<ConstructorParameters<typeof LiveTask>[0], "store" | "now" | "journalOf" | "openSpans" | "observer"> {
    const [journalOf, openSpans] = [this.#journalOf, this.#openSpans];
    const shared = { store: this.#store.tasks, now: this.#now, observer: this.#observer };
    return {
      ...shared,
      ...(journalOf === undefined ? {} : { journalOf }),
      ...(openSpans === undefined ? {} : { openSpans }),
    };
  }

  #touch(task: LiveTask): LiveTask {
    this.#tasks.delete(task.taskId);
    this.#tasks.set(task.taskId, task);
    return task;
  }

  #remember(task: LiveTask): void {
    this.#tasks.set(task.taskId, task);
    if (this.#tasks.size <= IDLE_TASKS) return;
    for (const [taskId, candidate] of this.#tasks) {
      if (this.#tasks.size <= IDLE_TASKS) return;
      if (!candidate.watched && !this.#isBusy(taskId)) this.#tasks.delete(taskId);
    }
  }
}

export function taskNotFound(): PlatformError {
  return new PlatformError("TASK_NOT_FOUND", "Task not found: there is none with this id, or it is not yours.");
}

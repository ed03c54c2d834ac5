import { setImmediate } from "node:timers/promises";
import { PlatformError, isPlatformError } from "@berth/protocol";
import type { IdGenerator } from "@berth/protocol";
import type { Store } from "@berth/store";
import type { LiveTasks } from "./live-tasks.ts";
import { failedStatus } from "./turn-runner.ts";

const ROUND_MS = 1_000;
/** What does not fit is settled by the next start. */
const MAX_TASKS = 100_000;
const TOGETHER = 100;

export interface UnsettledTasksOptions {
  readonly store: Pick<Store, "tasks">;
  readonly live: LiveTasks;
  /** A turn of it runs, or is about to: that one writes its end. */
  readonly isBusy: (taskId: string) => boolean;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly log?: (line: string) => void;
}

/**
 * Tasks with a write that failed, such as on a full disk. Nobody may be left who ends them: their turn broke off, or
 * never began because whoever sent the message was told that it failed. Once the store answers again each is looked at,
 * and ends in FAILED if nothing else will end it. Life: made → `add` → `close`.
 */
export class UnsettledTasks {
  readonly #options: UnsettledTasksOptions;
  readonly #tasks = new Map<string, { readonly orgId: string; readonly taskId: string }>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #closed = false;
  #failing = false;

  constructor(options: UnsettledTasksOptions) {
    this.#options = options;
  }

  /** Cheap, never throws. */
  add({ orgId, taskId }: { readonly orgId: string; readonly taskId: string }): void {
    if (this.#tasks.size < MAX_TASKS) this.#tasks.set(taskId, { orgId, taskId });
    this.#later();
  }

  /** Twice is harmless. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #later(): void {
    if (this.#closed || this.#timer !== undefined || this.#tasks.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#round().finally(() => {
        this.#timer = undefined;
        this.#later();
      });
    }, ROUND_MS);
  }

  async #round(): Promise<void> {
    const waiting = [...this.#tasks.values()];
    try {
      for (let from = 0; from < waiting.length && !this.#closed; from += TOGETHER) {
        await Promise.all(waiting.slice(from, from + TOGETHER).map(async (task) => await this.#settleOrKeep(task)));
      }
      this.#failing = false;
    } catch (error) {
      // Once per outage: the next round tries again.
      const why = error instanceof Error ? error.message : String(error);
      if (!this.#failing)
        this.#options.log?.(`${waiting.length} tasks are settled when the store answers again: ${why}`);
      this.#failing = true;
    }
  }

  /** What fails for another reason than the store must not hold up the others. */
  async #settleOrKeep(task: { readonly orgId: string; readonly taskId: string }): Promise<void> {
    try {
      await this.#settle(task);
    } catch (error) {
      if (isPlatformError(error) && error.reason === "STORE_UNAVAILABLE") throw error;
      this.#options.log?.(`task ${task.taskId} is left to the next start: ${String(error)}`);
      this.#tasks.delete(task.taskId);
    }
  }

  async #settle({ orgId, taskId }: { readonly orgId: string; readonly taskId: string }): Promise<void> {
    const { store, live, isBusy, ids, now } = this.#options;
    if (isBusy(taskId)) return;
    const record = await store.tasks.find(orgId, taskId);
    if (record !== undefined) {
      const task = await live.open(record);
      // A write takes in what the store has beyond us, this one nothing else.
      await task.write(() => undefined);
      // Whoever has just written a message starts its turn first.
      await setImmediate();
      if (!task.settled && !isBusy(taskId)) {
        const failure = new PlatformError(
          "STORE_UNAVAILABLE",
          "The platform could not write down how this task went on.",
        );
        await task.report([{ kind: "status", status: failedStatus(task, failure, ids, now), reason: failure.reason }]);
      }
    }
    this.#tasks.delete(taskId);
  }
}

import { PlatformError } from "@berth/protocol";
import type { LiveTask } from "./live-task.ts";

/** Behind a platform the tasks are kept there; these bounds are for an agent that runs alone. */
const MAX_ENDED_TASKS = 10_000;
const MAX_ENDED_BYTES = 64 * 1024 * 1024;
const ENDED_FOR_MS = 60 * 60 * 1000;
/** Working and suspended. */
const MAX_RUNNING = 10_000;

/** The tasks of this process, in memory. Ended ones are forgotten: the oldest first, by number, size and age. */
export class TaskMemory {
  readonly #now: () => number;
  readonly #active = new Map<string, LiveTask>();
  /** In the order they ended. */
  readonly #ended = new Map<string, { readonly task: LiveTask; readonly at: number }>();
  #endedBytes = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @throws AGENT_OVERLOADED */
  checkRoom(running: number): void {
    if (running < MAX_RUNNING) return;
    throw new PlatformError("AGENT_OVERLOADED", `This agent has ${running} unfinished tasks; try again later.`);
  }

  add(task: LiveTask): void {
    this.#active.set(task.id, task);
  }

  end(task: LiveTask): void {
    this.#active.delete(task.id);
    this.#ended.set(task.id, { task, at: this.#now() });
    this.#endedBytes += task.approximateBytes;
    this.#forget();
  }

  /** @throws TASK_NOT_FOUND */
  get(id: string): LiveTask {
    this.#forget();
    const task = this.#active.get(id) ?? this.#ended.get(id)?.task;
    if (task === undefined) throw new PlatformError("TASK_NOT_FOUND", `There is no task ${id}.`);
    return task;
  }

  all(): LiveTask[] {
    this.#forget();
    return [...this.#active.values(), ...[...this.#ended.values()].map(({ task }) => task)];
  }

  #forget(): void {
    const oldest = this.#now() - ENDED_FOR_MS;
    for (const [id, { task, at }] of this.#ended) {
      const isRoom = this.#ended.size <= MAX_ENDED_TASKS && this.#endedBytes <= MAX_ENDED_BYTES;
      if (isRoom && at > oldest) return;
      // The newest stays, whatever its size: its caller may not have read it yet.
      if (this.#ended.size === 1 && at > oldest) return;
      this.#ended.delete(id);
      this.#endedBytes -= task.approximateBytes;
    }
  }
}

import { PlatformError, isTerminal } from "@berth/protocol";
import type { LiveTask } from "./live-task.ts";
import type { TurnEnd, TurnInput } from "./turn-runner.ts";

/** Turns that may wait behind a running one of the same task. */
const MAX_WAITING = 16;

interface Entry {
  readonly controller: AbortController;
  readonly waiting: TurnInput[];
  readonly done: Promise<void>;
}

/** One turn at a time per task, in the order of acceptance. */
export class TurnQueue {
  readonly #entries = new Map<string, Entry>();
  readonly #run: (task: LiveTask, input: TurnInput, signal: AbortSignal) => Promise<void>;
  readonly #onBug: (error: unknown) => void;

  constructor(options: {
    readonly run: (task: LiveTask, input: TurnInput, signal: AbortSignal) => Promise<void>;
    readonly onBug: (error: unknown) => void;
  }) {
    this.#run = options.run;
    this.#onBug = options.onBug;
  }

  isBusy(taskId: string): boolean {
    return this.#entries.has(taskId);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** @throws AGENT_OVERLOADED when too many turns of this task wait already. */
  assertRoom(taskId: string): void {
    if ((this.#entries.get(taskId)?.waiting.length ?? 0) < MAX_WAITING) return;
    throw new PlatformError("AGENT_OVERLOADED", `${MAX_WAITING} messages of this task wait already.`, {
      retryable: true,
      hint: "Wait until the task has taken some of them.",
    });
  }

  add(task: LiveTask, input: TurnInput): void {
    const entry = this.#entries.get(task.taskId);
    if (entry !== undefined) {
      entry.waiting.push(input);
      return;
    }
    const controller = new AbortController();
    const waiting = [input];
    this.#entries.set(task.taskId, { controller, waiting, done: this.#drain(task, waiting, controller.signal) });
  }

  async #drain(task: LiveTask, waiting: TurnInput[], signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        const input = waiting.shift();
        // A message that waited for a turn which ended the task stays in the history, unanswered.
        if (input === undefined || isTerminal(task.state)) return;
        await this.#run(task, input, signal);
      }
    } catch (error) {
      this.#onBug(error);
    } finally {
      this.#entries.delete(task.taskId);
    }
  }

  /** Ends the running turn and forgets those that wait. Resolves when it has ended. */
  async end(taskId: string, reason: TurnEnd): Promise<void> {
    const entry = this.#entries.get(taskId);
    if (entry === undefined) return;
    entry.waiting.length = 0;
    entry.controller.abort(reason);
    await entry.done;
  }

  /** Resolves when nothing runs, or after `timeoutMs`. */
  async idle(timeoutMs: number): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMs);
    const timedOut = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    const all = Promise.allSettled([...this.#entries.values()].map(({ done }) => done));
    await Promise.race([all, timedOut]);
  }

  async endAll(reason: TurnEnd): Promise<void> {
    await Promise.allSettled([...this.#entries.keys()].map((taskId) => this.end(taskId, reason)));
  }
}

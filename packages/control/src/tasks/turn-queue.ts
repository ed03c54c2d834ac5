import { PlatformError, isTerminal } from "@berth/protocol";
import type { LiveTask } from "./live-task.ts";
import type { MessageTurn, TurnEnd, TurnInput, WaitingTurns } from "./turn-runner.ts";

/** Turns that may wait behind a running one of the same task. */
const MAX_WAITING = 16;

interface Entry {
  readonly controller: AbortController;
  readonly waiting: Waiting;
  readonly done: Promise<void>;
}

type RunTurn = (
  task: LiveTask,
  input: TurnInput,
  options: { readonly signal: AbortSignal; readonly waiting: WaitingTurns },
) => Promise<void>;

/** One turn at a time per task, in the order of acceptance. */
export class TurnQueue {
  readonly #entries = new Map<string, Entry>();
  readonly #run: RunTurn;
  readonly #onBug: (error: unknown) => void;

  constructor(options: { readonly run: RunTurn; readonly onBug: (error: unknown) => void }) {
    this.#run = options.run;
    this.#onBug = options.onBug;
  }

  isBusy(taskId: string): boolean {
    return this.#entries.has(taskId);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The turn of the message that was written as `seq` has not started yet: another one runs. */
  isWaiting(taskId: string, seq: number): boolean {
    return this.#entries.get(taskId)?.waiting.has(seq) ?? false;
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
      entry.waiting.add(input);
      return;
    }
    const controller = new AbortController();
    const waiting = new Waiting(input);
    this.#entries.set(task.taskId, { controller, waiting, done: this.#drain(task, waiting, controller.signal) });
  }

  async #drain(task: LiveTask, waiting: Waiting, signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        const input = waiting.take();
        // A message that waited for a turn which ended the task stays in the history, unanswered.
        if (input === undefined || isTerminal(task.state)) return over(input);
        try {
          await this.#run(task, input, { signal, waiting });
        } finally {
          over(input);
        }
      }
    } catch (error) {
      this.#onBug(error);
    } finally {
      waiting.clear();
      this.#entries.delete(task.taskId);
    }
  }

  /** Ends the running turn and forgets those that wait. Resolves when it has ended. */
  async end(taskId: string, reason: TurnEnd): Promise<void> {
    const entry = this.#entries.get(taskId);
    if (entry === undefined) return;
    entry.waiting.clear();
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

class Waiting implements WaitingTurns {
  #inputs: TurnInput[];
  #steering: MessageTurn | undefined;
  onArrival: (() => void) | undefined;

  constructor(first: TurnInput) {
    this.#inputs = [first];
  }

  get length(): number {
    return this.#inputs.length;
  }

  get isLeased(): boolean {
    return this.#inputs.some((input) => "onOver" in input && input.onOver !== undefined);
  }

  add(input: TurnInput): void {
    this.#inputs.push(input);
    this.onArrival?.();
  }

  has(seq: number): boolean {
    return this.#inputs.some((input) => "message" in input && input.seq === seq);
  }

  take(): TurnInput | undefined {
    return this.#inputs.shift();
  }

  takeSteering(): MessageTurn | undefined {
    this.#steering = this.#inputs.find((input): input is MessageTurn => "message" in input && input.steers === true);
    return this.#steering;
  }

  settleSteering({ read }: { readonly read: boolean }): void {
    const steering = this.#steering;
    this.#steering = undefined;
    this.#inputs = this.#inputs.flatMap((input) => {
      if (input !== steering) return [input];
      return read ? [] : [{ ...steering, steers: false }];
    });
    if (!read) this.onArrival?.();
  }

  clear(): void {
    for (const input of this.#inputs.splice(0)) over(input);
  }
}

function over(input: TurnInput | undefined): void {
  if (input !== undefined && "onOver" in input) input.onOver?.();
}

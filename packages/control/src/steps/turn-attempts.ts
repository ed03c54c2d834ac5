import { PlatformError, isTerminal, retryCauseOf } from "@berth/protocol";
import type { AgentRetryConfig, IdGenerator, Reason } from "@berth/protocol";
import type { LiveTask } from "../tasks/live-task.ts";
import { failedStatus } from "../tasks/turn-runner.ts";
import type { MessageTurn, RunTurn, WaitingTurns } from "../tasks/turn-runner.ts";
import { readJournal, runInput } from "./run-input.ts";
import type { RunInput, RunInputOptions } from "./run-input.ts";
import type { RunJournal } from "./run-journal.ts";
import type { RunPlace, RunPlaces } from "./run-places.ts";
import type { Schedule } from "./run-timers.ts";

const MAX_BACKOFF_MS = 300_000;

export interface TurnAttemptsOptions extends RunInputOptions {
  readonly execute: (task: LiveTask, input: MessageTurn, turn: TurnOptions) => Promise<void>;
  /** The agent may still be at an attempt that took too long. Never throws. */
  readonly tellAgent: (task: LiveTask) => Promise<void>;
  readonly places: RunPlaces;
  readonly schedule: Schedule;
  readonly ids: IdGenerator;
  readonly now: () => Date;
}

interface TurnOptions {
  readonly signal: AbortSignal;
  readonly waiting: WaitingTurns;
}

/**
 * The first turn of tasks whose agent keeps nothing: where an attempt is lost the message is sent again, to an instance
 * that knows nothing of it. So at least once, which the log says. A question ends this: what the agent knows then cannot
 * be sent again.
 */
export class TurnAttempts {
  readonly #options: TurnAttemptsOptions;

  constructor(options: TurnAttemptsOptions) {
    this.#options = options;
  }

  /** Until the turn is over, with the waits between attempts: later messages of the task stay behind it. */
  async run(task: LiveTask, turn: RunTurn, options: TurnOptions): Promise<void> {
    const { store, places } = this.#options;
    let place: RunPlace | undefined;
    try {
      while (!options.signal.aborted && !isTerminal(task.state)) {
        const record = await store.runs.find(task.record.orgId, task.taskId);
        if (record === undefined) return;
        const input = await runInput(this.#options, task, record);
        const retry = input?.agent.release.config.retry;
        if (input === undefined || retry === undefined) {
          await this.#fail(
            task,
            new PlatformError("RELEASE_NOT_FOUND", "The release that this task began on is gone."),
          );
          return;
        }
        const journal = await readJournal(store, task);
        if (journal.isExecuting) {
          const lost = new PlatformError(
            "PLATFORM_RESTARTED",
            "The platform was restarted while the agent worked on this task.",
          );
          await this.#lose(task, lost, { retry, attempt: journal.executions, options });
          continue;
        }
        if (turn.onOver === undefined) place ??= await places.take(task, input, { ...options, isForced: false });
        if (turn.onOver === undefined && place === undefined) return;
        await this.#pauseUntil(journal.retryAt, options.signal);
        if (options.signal.aborted) return;
        if (!(await this.#attempt(task, input, { retry, journal, options }))) return;
      }
    } finally {
      place?.release();
    }
  }

  /** Whether another one follows. */
  async #attempt(
    task: LiveTask,
    { turn }: RunInput,
    {
      retry,
      journal,
      options,
    }: { readonly retry: AgentRetryConfig; readonly journal: RunJournal; readonly options: TurnOptions },
  ): Promise<boolean> {
    const attempt = journal.executions + 1;
    const because = journal.lostBy === undefined ? {} : { reason: journal.lostBy };
    await task.report([{ kind: "run", phase: "started", execution: attempt, atLeastOnce: true, ...because }]);
    let lost: PlatformError | undefined;
    const isLost = (failure: PlatformError): boolean => {
      if (!maySendAgain(failure.reason, attempt, retry)) return false;
      lost = failure;
      return true;
    };
    await this.#options.execute(task, { ...turn, execution: { number: attempt, isLost, isReplayed: false } }, options);
    // What stops the platform is written down by the next one: it finds the attempt unended.
    if (lost === undefined || options.signal.aborted) return false;
    if (lost.reason === "TASK_TIMED_OUT") await this.#options.tellAgent(task);
    return await this.#lose(task, lost, { retry, attempt, options });
  }

  /** Whether it is sent again; else the task has ended. */
  async #lose(
    task: LiveTask,
    lost: PlatformError,
    {
      retry,
      attempt,
      options,
    }: { readonly retry: AgentRetryConfig; readonly attempt: number; readonly options: TurnOptions },
  ): Promise<boolean> {
    if (!maySendAgain(lost.reason, attempt, retry) || hasRead(task, options.waiting)) {
      await this.#fail(task, lost);
      return false;
    }
    const delayMs = Math.min(retry.backoffSeconds * 1_000 * 2 ** (attempt - 1), MAX_BACKOFF_MS);
    const until = delayMs === 0 ? {} : { until: new Date(this.#options.now().getTime() + delayMs).toISOString() };
    await task.report([
      { kind: "run", phase: "lost", execution: attempt, reason: lost.reason, atLeastOnce: true, ...until },
    ]);
    return true;
  }

  async #pauseUntil(at: string | undefined, signal: AbortSignal): Promise<void> {
    const { schedule, now } = this.#options;
    const ms = at === undefined ? 0 : Date.parse(at) - now().getTime();
    if (ms <= 0 || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = schedule(ms, resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    stop();
  }

  async #fail(task: LiveTask, failure: PlatformError): Promise<void> {
    const { ids, now } = this.#options;
    await task.report([{ kind: "status", status: failedStatus(task, failure, ids, now), reason: failure.reason }]);
  }
}

function maySendAgain(reason: Reason, attempt: number, { attempts, on }: AgentRetryConfig): boolean {
  const cause = retryCauseOf(reason);
  return attempt < attempts && cause !== undefined && on.includes(cause);
}

/** A message that steered the lost attempt is nobody's any more: sent again, the task would be another one. */
function hasRead(task: LiveTask, waiting: WaitingTurns): boolean {
  const said = task.view.task.history?.filter(({ role }) => role === "ROLE_USER") ?? [];
  return said.length - 1 > waiting.length;
}

import { PlatformError, TaskState, isInterrupted, isTerminal } from "@berth/protocol";
import type { IdGenerator, RunEvent, TaskEventBody } from "@berth/protocol";
import type { LiveTask } from "../tasks/live-task.ts";
import { failedStatus } from "../tasks/turn-runner.ts";
import type { MessageTurn, RunTurn, WaitingTurns } from "../tasks/turn-runner.ts";
import { dueRun } from "./due-run.ts";
import { MAX_LOSSES, backoffMs, isAgentsLoss, isLoss } from "./losses.ts";
import { readJournal, runInput } from "./run-input.ts";
import type { RunInputOptions } from "./run-input.ts";
import type { RunJournal } from "./run-journal.ts";
import type { RunPlace, RunPlaces } from "./run-places.ts";

export interface RunExecutorOptions extends RunInputOptions {
  readonly execute: (task: LiveTask, input: MessageTurn, turn: TurnOptions) => Promise<void>;
  /** A run is to be looked at then. */
  readonly expect: (at: string) => void;
  readonly places: RunPlaces;
  readonly ids: IdGenerator;
  readonly now: () => Date;
}

interface TurnOptions {
  readonly signal: AbortSignal;
  readonly waiting: WaitingTurns;
}

interface OwnPlace {
  place?: RunPlace | undefined;
}

interface Execution {
  readonly task: LiveTask;
  readonly number: number;
  readonly journal: RunJournal;
  /** One after another, so that each decides on what the one before has written. */
  writes: Promise<unknown>;
}

/**
 * Executes durable runs. An execution starts the skill from its beginning; what the journal has is not done again. It
 * ends with the run, or where the run waits, or because it was lost; then the next one begins when it is due. Only the
 * newest execution may write to the journal: `write` decides that in the task's own order of writes.
 */
export class RunExecutor {
  readonly #options: RunExecutorOptions;
  readonly #executions = new Map<string, Execution>();

  constructor(options: RunExecutorOptions) {
    this.#options = options;
  }

  /** As long as the run can get on. Part of the task's turn queue, so one at a time. */
  async run(task: LiveTask, turn: RunTurn, options: TurnOptions): Promise<void> {
    // A call has brought its place, and gives it back itself.
    const own: OwnPlace | undefined = turn.onOver === undefined ? {} : undefined;
    try {
      await this.#run(task, own, options);
    } finally {
      own?.place?.release();
    }
  }

  async #run(task: LiveTask, own: OwnPlace | undefined, options: TurnOptions): Promise<void> {
    const { store, now, expect, places } = this.#options;
    const { orgId } = task.record;
    const { taskId } = task;
    while (!options.signal.aborted) {
      const record = await store.runs.find(orgId, taskId);
      if (record === undefined || isTerminal(task.state)) return;
      const journal = await readJournal(this.#options.store, task);
      if (journal.isExecuting) {
        await this.#report(task, { phase: "lost", execution: journal.executions, reason: "PLATFORM_RESTARTED" });
        continue;
      }
      const due = await dueRun(orgId, journal, { store, now });
      if (!due.ready) {
        await store.runs.wakeAt(orgId, taskId, due.wakeAt);
        if (due.wakeAt !== undefined) expect(due.wakeAt);
        return;
      }
      const input = await runInput(this.#options, task, record);
      if (input === undefined) {
        await this.#fail(task, new PlatformError("RELEASE_NOT_FOUND", "The release that this run began on is gone."));
        return;
      }
      if (own !== undefined && own.place === undefined) {
        own.place = await places.take(task, input, { ...options, isForced: journal.canceling });
        if (own.place === undefined || options.signal.aborted) return;
      }
      await this.#execute(task, input.turn, journal, options);
    }
  }

  async #execute(task: LiveTask, input: MessageTurn, journal: RunJournal, options: TurnOptions): Promise<void> {
    const { taskId } = task;
    const number = journal.executions + 1;
    await this.#report(task, { phase: "started", execution: number });
    if (isInterrupted(task.state)) {
      await task.report([{ kind: "status", status: { state: TaskState.Working, timestamp: this.#at() } }]);
    }
    this.#executions.set(taskId, { task, number, journal, writes: Promise.resolve() });
    let lost: PlatformError | undefined;
    const isLost = (failure: PlatformError): boolean => {
      if (!isLoss(failure.reason)) return false;
      lost = failure;
      return true;
    };
    try {
      await this.#options.execute(task, { ...input, execution: { number, isLost, isReplayed: true } }, options);
    } finally {
      this.#executions.delete(taskId);
    }
    // What stops the platform is written down by the next one: it finds the execution unended.
    if (lost === undefined || options.signal.aborted) return;
    await this.#lose(task, lost, { execution: number, losses: journal.losses });
  }

  async #lose(
    task: LiveTask,
    lost: PlatformError,
    { execution, losses }: { readonly execution: number; readonly losses: number },
  ): Promise<void> {
    const { reason } = lost;
    const counted = losses + (isAgentsLoss(reason) ? 1 : 0);
    const delay = backoffMs(reason, counted);
    const until = delay === 0 ? {} : { until: new Date(this.#options.now().getTime() + delay).toISOString() };
    await this.#report(task, { phase: "lost", execution, reason, ...until });
    if (counted >= MAX_LOSSES) await this.#fail(task, lost);
  }

  /** The execution that runs, for what its agent asks. @throws RUN_SUPERSEDED for another one's */
  journalOf(taskId: string, execution: number): RunJournal {
    return this.#current(taskId, execution).journal;
  }

  /**
   * Appends what `decide` gives for the journal as it is then. Nothing for undefined. Durable when it resolves.
   * @throws RUN_SUPERSEDED, and what `decide` throws
   */
  async write(
    taskId: string,
    execution: number,
    decide: (journal: RunJournal) => readonly TaskEventBody[] | undefined,
  ): Promise<void> {
    const current = this.#current(taskId, execution);
    const { task, journal } = current;
    const writing = current.writes.then(async () => {
      const { written } = await task.write(() => {
        this.#current(taskId, execution);
        if (isTerminal(task.state)) throw superseded(taskId, execution);
        const bodies = decide(journal);
        return bodies === undefined || bodies.length === 0 ? undefined : { bodies };
      });
      for (const event of written) journal.see(event);
    });
    current.writes = writing.catch(() => undefined);
    await writing;
  }

  /** Its running execution may write no more, and the next one undoes what is done. */
  async cancel(task: LiveTask): Promise<RunJournal> {
    const execution = this.#executions.get(task.taskId)?.number;
    this.#executions.delete(task.taskId);
    const journal = await readJournal(this.#options.store, task);
    await this.#report(task, { phase: "canceling", execution: execution ?? journal.executions });
    return await readJournal(this.#options.store, task);
  }

  #current(taskId: string, execution: number): Execution {
    const current = this.#executions.get(taskId);
    if (current?.number === execution) return current;
    throw superseded(taskId, execution);
  }

  async #report(task: LiveTask, event: Omit<RunEvent, "kind">): Promise<void> {
    await task.report([{ kind: "run", ...event }]);
  }

  async #fail(task: LiveTask, failure: PlatformError): Promise<void> {
    const { ids, now } = this.#options;
    await task.report([{ kind: "status", status: failedStatus(task, failure, ids, now), reason: failure.reason }]);
  }

  #at(): string {
    return this.#options.now().toISOString();
  }
}

function superseded(taskId: string, execution: number): PlatformError {
  return new PlatformError("RUN_SUPERSEDED", `Execution ${execution} of ${taskId} is over; another may go on with it.`);
}

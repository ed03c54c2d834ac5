import { SKILL_CALL_METADATA, isDurableSkill, isInterrupted, isTerminal } from "@berth/protocol";
import type { Message, SendMessageRequest, TaskEventBody } from "@berth/protocol";
import type { AgentWithRelease, ReleaseRecord, RunRecord, TaskRecord } from "@berth/store";
import type { CallGate } from "../limits/call-gate.ts";
import type { LiveTask } from "../tasks/live-task.ts";
import type { RunTurn, WaitingTurns } from "../tasks/turn-runner.ts";
import { RunExecutor } from "./run-executor.ts";
import type { RunExecutorOptions } from "./run-executor.ts";
import type { RunStart } from "./run-input.ts";
import { RunPlaces } from "./run-places.ts";
import type { AcceptOptions, CallContext } from "../tasks/task-engine.ts";
import { RunTimers, bySystemTimer } from "./run-timers.ts";
import type { Schedule } from "./run-timers.ts";
import { TurnAttempts } from "./turn-attempts.ts";
import type { TurnAttemptsOptions } from "./turn-attempts.ts";

const PAGE = 500;
const SETTLE_CANCEL_MS = 10_000;
const BROKEN_PAUSE_MS = 5_000;

export interface DurableRunsOptions extends Omit<RunExecutorOptions, "expect" | "places"> {
  readonly find: (orgId: string, taskId: string) => Promise<LiveTask>;
  readonly enqueue: (task: LiveTask, turn: RunTurn) => void;
  readonly tellAgent: TurnAttemptsOptions["tellAgent"];
  /** Absent: nobody is limited. */
  readonly calls?: Pick<CallGate, "resume">;
  readonly schedule?: Schedule;
  /** A run of an earlier process goes on: what it was given is its own again. */
  readonly adopt?: (run: {
    readonly orgId: string;
    readonly taskId: string;
    readonly start: RunStart;
  }) => Promise<void>;
  readonly log?: (line: string) => void;
}

/** Durable ones go on where they were. Those that are sent again begin anew, and only their first turn is one. */
type RunKind = "durable" | "sent_again";

/**
 * The runs that outlive their processes. 1. `open` before the task is created; 2. a `RunTurn` in the task's queue
 * whenever something happened that it may wait for; 3. `ended`. After a restart `recover` finds those that are left.
 */
export class DurableRuns {
  readonly #options: DurableRunsOptions;
  readonly #executor: RunExecutor;
  readonly #attempts: TurnAttempts;
  readonly #timers: RunTimers;
  /** Those that have not ended. */
  readonly #open = new Map<string, RunKind>();
  /** Whose turn broke off, with what stops their next try. */
  readonly #broken = new Map<string, () => void>();
  readonly #removing = new Set<Promise<void>>();

  constructor(options: DurableRunsOptions) {
    const { store, now, schedule = bySystemTimer, log = () => undefined } = options;
    this.#options = options;
    const places = new RunPlaces(options.calls);
    this.#executor = new RunExecutor({ ...options, places, expect: (at) => this.#timers.expect(at) });
    this.#attempts = new TurnAttempts({ ...options, places, schedule });
    this.#timers = new RunTimers({
      runs: store.runs,
      now,
      schedule,
      wake: async ({ orgId, taskId }) => await this.wake(orgId, taskId),
      log,
    });
  }

  get journals(): Pick<RunExecutor, "journalOf" | "write"> {
    return this.#executor;
  }

  has(taskId: string): boolean {
    return this.#open.has(taskId);
  }

  isDurable(taskId: string): boolean {
    return this.#open.get(taskId) === "durable";
  }

  /** When the skill says that its runs are durable, or berth.json that they are sent again. Before the task is created. */
  async open(
    agent: AgentWithRelease,
    {
      orgId,
      taskId,
      message,
      start,
    }: {
      readonly orgId: string;
      readonly taskId: string;
      readonly message: Message;
      readonly start: RunStart;
    },
  ): Promise<void> {
    const kind = kindOf(agent.release, message);
    if (kind === undefined) return;
    this.#open.set(taskId, kind);
    await this.#options.store.runs.insert({ orgId, taskId, turn: JSON.stringify(start) });
  }

  async run(
    task: LiveTask,
    turn: RunTurn,
    options: { readonly signal: AbortSignal; readonly waiting: WaitingTurns },
  ): Promise<void> {
    const { orgId, taskId } = task.record;
    try {
      if (this.isDurable(taskId)) return await this.#executor.run(task, turn, options);
      await this.#attempts.run(task, turn, options);
    } catch (error) {
      // Such as a store that does not answer: nothing else would come back to it before the next start.
      if (!options.signal.aborted) this.#tryLater(orgId, taskId);
      throw error;
    }
    // It asks something: from here on its turns are as any other task's. What stopped with the platform is taken up again.
    if (!options.signal.aborted) this.ended(orgId, taskId);
  }

  /** Something happened that the run may wait for. */
  async wake(orgId: string, taskId: string): Promise<void> {
    if (!this.isDurable(taskId)) return;
    await this.#goOn(orgId, taskId);
  }

  #tryLater(orgId: string, taskId: string): void {
    if (this.#broken.has(taskId)) return;
    const { schedule = bySystemTimer } = this.#options;
    const stop = schedule(BROKEN_PAUSE_MS, () => {
      this.#broken.delete(taskId);
      this.#follow(
        this.#goOn(orgId, taskId).catch((error: unknown) => {
          this.#tryLater(orgId, taskId);
          throw error;
        }),
      );
    });
    this.#broken.set(taskId, stop);
  }

  async #goOn(orgId: string, taskId: string): Promise<void> {
    if (!this.#open.has(taskId)) return;
    this.#options.enqueue(await this.#options.find(orgId, taskId), { run: true });
  }

  /** What was written of a run: an answer to a scope request wakes it. */
  async seen(orgId: string, taskId: string, bodies: readonly TaskEventBody[]): Promise<void> {
    const isAnswer = bodies.some((body) => body.kind === "scope_request" && body.phase !== "requested");
    if (isAnswer) await this.wake(orgId, taskId);
  }

  /** Also for a task that was never created. Never throws. */
  ended(orgId: string, taskId: string, parentTaskId?: string): void {
    if (parentTaskId !== undefined) this.#follow(this.wake(orgId, parentTaskId));
    if (this.#open.delete(taskId)) this.#follow(this.#options.store.runs.remove(orgId, taskId));
  }

  /**
   * Fences the run. True: another execution undoes what was done, and this has waited for it, but not for long.
   * `stop` ends the execution that runs, and the tasks that the run has called.
   */
  async cancel(task: LiveTask, stop: (childTaskIds: readonly string[]) => Promise<void>): Promise<boolean> {
    const journal = await this.#executor.cancel(task);
    await stop([...journal.entries.values()].flatMap(({ childTaskId }) => childTaskId ?? []));
    if (!journal.hasCompensations) return false;
    this.#options.enqueue(task, { run: true });
    const ended = AbortSignal.timeout(SETTLE_CANCEL_MS);
    while (!ended.aborted && !isTerminal(task.state)) await task.moved(task.seq, ended);
    return true;
  }

  /** Finds what an earlier process left; those runs are not to be settled by others. Before the first call. */
  async recover(): Promise<void> {
    const { store, adopt } = this.#options;
    for await (const run of this.#all()) {
      const { orgId, taskId, turn } = run;
      const record = await store.tasks.find(orgId, taskId);
      const kind = record === undefined || isTerminal(record.state) ? undefined : await this.#kindOf(record);
      if (kind === undefined) {
        await store.runs.remove(orgId, taskId);
        continue;
      }
      this.#open.set(taskId, kind);
      // Written by `open`, from a RunStart.
      await adopt?.({ orgId, taskId, start: JSON.parse(turn) as RunStart });
    }
  }

  /** Everything that was found goes on, where it may. */
  async resume(): Promise<void> {
    for await (const { orgId, taskId } of this.#all()) await this.#goOn(orgId, taskId);
    this.#timers.start();
  }

  async close(): Promise<void> {
    for (const stop of this.#broken.values()) stop();
    await this.#timers.close();
    await Promise.all(this.#removing);
  }

  /** Undefined: there is nothing to go on with. */
  async #kindOf({ orgId, taskId, releaseId, state }: TaskRecord): Promise<RunKind | undefined> {
    const { store, find } = this.#options;
    const release = await store.agents.findRelease(orgId, releaseId);
    // It is said when it is taken up.
    if (release === undefined) return "durable";
    const { accepted } = await find(orgId, taskId);
    const kind = kindOf(release, accepted.message);
    return kind === "sent_again" && isInterrupted(state) ? undefined : kind;
  }

  async *#all(): AsyncGenerator<RunRecord> {
    let afterTaskId = "";
    for (;;) {
      const page = await this.#options.store.runs.list({ afterTaskId, limit: PAGE });
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      afterTaskId = last.taskId;
    }
  }

  #follow(work: Promise<void>): void {
    const done: Promise<void> = work
      .catch((error: unknown) => this.#options.log?.(`a durable run could not be followed: ${String(error)}`))
      .finally(() => this.#removing.delete(done));
    this.#removing.add(done);
  }
}

function kindOf({ remote, target, card, config }: ReleaseRecord, message: Message): RunKind | undefined {
  if (remote !== undefined) return undefined;
  // A journal is kept by way of the platform's own socket, which only what runs here has.
  if (target === undefined && isDurableSkill(card, skillOf(message))) return "durable";
  return (config.retry?.attempts ?? 1) > 1 ? "sent_again" : undefined;
}

function skillOf({ metadata }: Message): string | undefined {
  const called = metadata?.[SKILL_CALL_METADATA];
  if (typeof called !== "object" || called === null || !("skill" in called)) return undefined;
  return typeof called.skill === "string" ? called.skill : undefined;
}

/** Of a send, what every execution of its run begins with. */
export function startOf(
  { principal, ip }: CallContext,
  { configuration }: SendMessageRequest,
  { extensions, parent }: AcceptOptions,
): RunStart {
  const modes = configuration?.acceptedOutputModes;
  return {
    principal,
    ...(modes === undefined ? {} : { acceptedOutputModes: modes }),
    ...(extensions === undefined ? {} : { extensions }),
    ...(parent === undefined ? {} : { parent }),
    ...(ip === undefined ? {} : { ip }),
  };
}

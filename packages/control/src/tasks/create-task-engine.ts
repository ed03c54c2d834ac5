import { PlatformError, TaskState, isPlatformError, isTerminal } from "@berth/protocol";
import type {
  ListTasksRequest,
  ListTasksResponse,
  SendMessageRequest,
  SequencedFrame,
  TaskEvent,
  TaskEventBody,
  TaskView,
} from "@berth/protocol";
import type { AgentWithRelease } from "@berth/store";
import type { TraceContext } from "@berth/telemetry";
import { DurableRuns, startOf } from "../steps/durable-runs.ts";
import {
  acceptedBody,
  assertSameContext,
  assertSendable,
  canBeSteered,
  continuation,
  dedupeOf,
  hasMovedOn,
  withSkill,
} from "./accept-turn.ts";
import { eventsFrom, framesFor, waitUntil } from "./follow-task.ts";
import type { LiveTask } from "./live-task.ts";
import { leaseCall } from "./lease-call.ts";
import type { LeasedOptions } from "./lease-call.ts";
import { LiveTasks, taskNotFound } from "./live-tasks.ts";
import { listTasks } from "./list-tasks.ts";
import { recoverTasks } from "./recover-tasks.ts";
import { assertMayCancel, assertMayContinue, assertMayInvoke, maySee } from "./task-access.ts";
import type {
  AcceptOptions,
  AcceptedTurn,
  CallContext,
  FollowOptions,
  SettleOptions,
  TaskDetails,
  TaskEngine,
} from "./task-engine.ts";
import { releaseOfTurn } from "./release-of-turn.ts";
import { TaskEnding } from "./task-ending.ts";
import type { TaskEngineOptions } from "./task-engine-options.ts";
import { TurnQueue } from "./turn-queue.ts";
import { UnsettledTasks } from "./unsettled-tasks.ts";
import { runTurn } from "./turn-runner.ts";
import type { ResumedTurn } from "./turn-runner.ts";
import { waitsForApproval } from "./waits-for-approval.ts";

export interface RunningTaskEngine extends TaskEngine {
  /** Tasks whose turn is under way. */
  readonly turns: number;
  /** The journals of durable runs. */
  readonly journals: DurableRuns["journals"];
  /**
   * Writes what the platform saw of a run; durable when it resolves, with the number of the last event. What no longer
   * belongs in the log of a task that is over is left out.
   */
  record(orgId: string, taskId: string, bodies: readonly TaskEventBody[]): Promise<number | undefined>;
  /** Of what a run does now; undefined of one that is not in memory. */
  traceOf(taskId: string): TraceContext | undefined;
  /** The log of a run that is over was changed in the store. */
  forget(taskId: string): void;
  /** Ends a run in FAILED with this error's reason, and tells its agent. Resolves when it has ended. */
  fail(taskId: string, error: PlatformError): Promise<void>;
  /** Settles what an earlier process left. Before the first call. */
  recover(): Promise<number>;
  /** Durable runs of an earlier process go on. After `recover`, when agents may ask for something. */
  resumeRuns(): Promise<void>;
  /** Takes no more sends, waits `graceMs` for running turns, ends the rest with PLATFORM_RESTARTED. */
  close(graceMs: number): Promise<void>;
}

/** Sends of one message id with the same content, each after its task had moved on. Beyond it the last is repeated. */
const MAX_GENERATIONS = 1_000;

export function createTaskEngine(options: TaskEngineOptions): RunningTaskEngine {
  return new DefaultTaskEngine(options);
}

class DefaultTaskEngine implements RunningTaskEngine {
  readonly #options: TaskEngineOptions;
  readonly #live: LiveTasks;
  readonly #turns: TurnQueue;
  readonly #runs: DurableRuns;
  readonly #ending: TaskEnding;
  readonly #unsettled: UnsettledTasks;
  #closing = false;

  constructor(options: TaskEngineOptions) {
    const { store, now, connector, ids, issueCredentials, journalOf, telemetry } = options;
    const running = { connector, issueCredentials, telemetry, ids, now };
    const ignore = (): void => undefined;
    this.#options = options;
    this.#turns = new TurnQueue({
      run: async (task, input, turn) =>
        "run" in input ? await this.#runs.run(task, input, turn) : await runTurn(task, input, { ...running, ...turn }),
      onBug: (error) => {
        // What is said of a full disk is said of every task that runs: a line each, and no stack.
        if (isPlatformError(error)) options.log?.(`a turn broke off: ${error.message}`);
        else options.log?.(`a turn ended with a bug: ${String(error instanceof Error ? error.stack : error)}`);
      },
    });
    this.#live = new LiveTasks({
      store,
      now,
      ...(journalOf === undefined ? {} : { journalOf }),
      openSpans: (taskId, accepted) => telemetry?.open(taskId, accepted),
      observer: {
        onTerminal: (record, journal) => {
          this.#runs.ended(record.orgId, record.taskId, this.#live.known(record.taskId)?.accepted.parentTaskId);
          options.onTerminal?.(record, journal);
        },
        onWritten: options.onWritten ?? ignore,
        onSeen: (task, events, spans) => {
          telemetry?.seen(task, { events, spans }, this.#live.known(task.accepted.parentTaskId ?? ""));
          options.onMoved?.(task, events);
        },
        onUsed: options.onUsed ?? ignore,
        onLate: options.onLate ?? (async () => undefined),
        onUnsure: (task) => this.#unsettled.add(task),
      },
      isBusy: (taskId) => this.#turns.isBusy(taskId),
    });
    this.#runs = new DurableRuns({
      ...options,
      find: async (orgId, taskId) => await this.#live.find(orgId, taskId),
      enqueue: (task, turn) => this.#turns.add(task, turn),
      execute: async (task, input, turn) => await runTurn(task, input, { ...running, ...turn }),
      tellAgent: async (task) => await this.#ending.tellAgent(task),
    });
    this.#ending = new TaskEnding({ ...options, turns: this.#turns, runs: this.#runs, live: this.#live });
    const isBusy = (taskId: string): boolean => this.#turns.isBusy(taskId) || this.#runs.isDurable(taskId);
    this.#unsettled = new UnsettledTasks({ ...options, live: this.#live, isBusy });
  }

  async recover(): Promise<number> {
    const resume = (task: LiveTask, turn: ResumedTurn): void => this.#turns.add(task, turn);
    await this.#runs.recover();
    return await recoverTasks({
      ...this.#options,
      live: this.#live,
      resume,
      onLeft: (records) => this.#options.telemetry?.left(records),
      isRun: (taskId) => this.#runs.has(taskId),
    });
  }

  async resumeRuns(): Promise<void> {
    await this.#runs.resume();
  }

  get turns(): number {
    return this.#turns.size;
  }

  get journals(): DurableRuns["journals"] {
    return this.#runs.journals;
  }

  async record(orgId: string, taskId: string, bodies: readonly TaskEventBody[]): Promise<number | undefined> {
    const task = await this.#live.find(orgId, taskId);
    const { written } = await task.report(bodies);
    await this.#runs.seen(orgId, taskId, bodies);
    return written.at(-1)?.seq;
  }

  traceOf(taskId: string): TraceContext | undefined {
    return this.#live.known(taskId)?.spans?.context;
  }

  forget(taskId: string): void {
    this.#live.forget(taskId);
  }

  async accept(
    call: CallContext,
    agentName: string,
    request: SendMessageRequest,
    options: AcceptOptions = {},
  ): Promise<AcceptedTurn> {
    if (this.#closing) throw new PlatformError("SHUTTING_DOWN", "The platform is stopping.", { retryable: true });
    const active = options.candidate ?? (await this.#options.registry.find(call.principal, agentName));
    assertMayInvoke(call.principal, active);
    const { taskId, contextId = this.#options.ids("context") } = request.message;
    const task = taskId === undefined ? undefined : await this.#find(call, taskId, active.agent.agentId);
    if (task !== undefined) assertMayContinue(call.principal, task.record);
    const { registry } = this.#options;
    const agent = await releaseOfTurn({ registry, call, active, task, options, contextId });
    assertSendable(agent, request, options);
    this.#options.assertRoom?.(agent);
    return await leaseCall(this.#options.calls, call, agent, options, async (leased) =>
      task === undefined
        ? await this.#begin(call, agent, request, leased, { contextId, generation: 0 })
        : await this.#continue(call, agent, task, request, leased),
    );
  }

  async #begin(
    call: CallContext,
    agent: AgentWithRelease,
    request: SendMessageRequest,
    options: LeasedOptions,
    { contextId, generation }: { readonly contextId: string; readonly generation: number },
  ): Promise<AcceptedTurn> {
    const { ids, now } = this.#options;
    const taskId = ids("task");
    const message = { ...withSkill(request.message, options.skill), taskId, contextId };
    const { orgId } = agent.agent;
    await this.#runs.open(agent, { orgId, taskId, message, start: startOf(call, request, options) });
    const { task, replayedSeq } = await this.#live.create({
      taskId,
      at: now().toISOString(),
      dedupe: dedupeOf(request, options, generation),
      accepted: acceptedBody(call, agent, { message, contextId, metadata: request.metadata, options }),
    });
    if (replayedSeq === undefined) {
      this.#startTurn(call, agent, task, { request, options, seq: 1 });
      return { taskId, contextId, seq: 1, replayed: false };
    }
    this.#runs.ended(orgId, taskId);
    const again =
      options.idempotencyKey === undefined && generation < MAX_GENERATIONS && (await hasMovedOn(task, replayedSeq));
    if (again) return await this.#begin(call, agent, request, options, { contextId, generation: generation + 1 });
    return { taskId: task.taskId, contextId: task.record.contextId, seq: replayedSeq, replayed: true };
  }

  async #continue(
    call: CallContext,
    agent: AgentWithRelease,
    task: LiveTask,
    request: SendMessageRequest,
    options: LeasedOptions,
  ): Promise<AcceptedTurn> {
    const { store, now } = this.#options;
    const dedupe = dedupeOf(request, options, 0);
    const { taskId } = task;
    const { contextId, orgId, agentId, principalId } = task.record;
    const message = withSkill(request.message, options.skill);
    assertSameContext(task, message);
    const known = await store.tasks.findDedupe({ orgId, principalId, agentId, key: dedupe.key });
    if (known !== undefined && known.digest === dedupe.digest && known.taskId === taskId) {
      return { taskId, contextId, seq: known.seq, replayed: true };
    }
    this.#turns.assertRoom(taskId);
    const { written, replayedSeq } = await task.write(() =>
      continuation(task, {
        message,
        protocol: call.protocol,
        trace: call.trace,
        dedupe,
        at: now().toISOString(),
        turnPolicy: options.turnPolicy ?? "queue",
        steerable: canBeSteered(agent) && !this.#runs.isDurable(taskId),
      }),
    );
    if (replayedSeq !== undefined) return { taskId, contextId, seq: replayedSeq, replayed: true };
    const seq = written.at(-1)?.seq ?? task.seq;
    this.#startTurn(call, agent, task, { request, options, seq });
    return { taskId, contextId, seq, replayed: false };
  }

  #startTurn(
    { principal, ip }: CallContext,
    agent: AgentWithRelease,
    task: LiveTask,
    sent: { readonly request: SendMessageRequest; readonly options: LeasedOptions; readonly seq: number },
  ): void {
    const { message, configuration } = sent.request;
    const { skill, extensions, parent, lease } = sent.options;
    lease?.started(task.taskId, task.spent);
    if (this.#runs.isDurable(task.taskId) || (sent.seq === 1 && this.#runs.has(task.taskId))) {
      this.#turns.add(task, { run: true, ...(lease === undefined ? {} : { onOver: () => lease.release() }) });
      return;
    }
    const modes = configuration?.acceptedOutputModes;
    const { workspace } = agent.release.config;
    this.#turns.add(task, {
      spec: this.#options.specOf(agent),
      message: withSkill(message, skill),
      seq: sent.seq,
      principal,
      timeoutMs: agent.release.config.timeouts.taskSeconds * 1_000,
      ...(workspace === undefined ? {} : { workspace }),
      ...(modes === undefined ? {} : { acceptedOutputModes: modes }),
      ...(extensions === undefined ? {} : { extensions }),
      ...(sent.options.turnPolicy === "steer" ? { steers: true } : {}),
      ...(parent === undefined ? {} : { parent }),
      ...(ip === undefined ? {} : { ip }),
      ...(lease === undefined ? {} : { onOver: () => lease.release() }),
    });
  }

  async settle(
    turn: AcceptedTurn,
    call: CallContext,
    { timeoutMs, signal, throughApprovals = false }: SettleOptions,
  ): Promise<TaskView> {
    const task = await this.#live.find(call.principal.orgId, turn.taskId);
    const waits = (): boolean => throughApprovals && waitsForApproval(task.view);
    await waitUntil(task, () => !waits() && this.#isOver(task, turn), { timeoutMs, signal });
    return task.view;
  }

  /** A turn that waits behind one which ended in a question is not over: its message is about to be the answer. */
  #isOver(task: LiveTask, { seq }: AcceptedTurn): boolean {
    if (isTerminal(task.state)) return true;
    return task.settled && task.seq >= seq && !this.#turns.isWaiting(task.taskId, seq);
  }

  async get(call: CallContext, taskId: string, agentName?: string): Promise<TaskDetails> {
    const task = await this.#find(call, taskId, await this.#agentId(call, agentName));
    return { record: task.current, view: task.view };
  }

  async events(call: CallContext, taskId: string, after: number, limit: number): Promise<readonly TaskEvent[]> {
    const task = await this.#find(call, taskId);
    return await this.#options.store.tasks.events({ orgId: task.record.orgId, taskId, after, limit });
  }

  async list(call: CallContext, request: ListTasksRequest, agentName?: string): Promise<ListTasksResponse> {
    const agentId = async (): Promise<string | undefined> => await this.#agentId(call, agentName);
    return await listTasks(this.#options.store, call.principal, request, agentId);
  }

  async cancel(call: CallContext, taskId: string, agentName?: string): Promise<TaskView> {
    const task = await this.#find(call, taskId, await this.#agentId(call, agentName));
    assertMayCancel(call.principal, task.record);
    assertCancelable(task);
    if (await this.#ending.cancel(task)) return task.view;
    // The agent may have ended the task in the meantime in its own way.
    if (task.state !== TaskState.Canceled) assertCancelable(task);
    return task.view;
  }

  async fail(taskId: string, error: PlatformError): Promise<void> {
    const task = this.#live.known(taskId);
    if (task !== undefined) await this.#ending.fail(task, error);
  }

  async *follow(
    call: CallContext,
    taskId: string,
    options: FollowOptions,
    agentName?: string,
  ): AsyncGenerator<SequencedFrame> {
    yield* framesFor(await this.#find(call, taskId, await this.#agentId(call, agentName)), options);
  }

  async *followEvents(
    call: CallContext,
    taskId: string,
    options: { readonly after: number; readonly signal?: AbortSignal },
  ): AsyncGenerator<TaskEvent> {
    yield* eventsFrom(await this.#find(call, taskId), options);
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    await this.#turns.idle(graceMs);
    await this.#turns.endAll("shutting_down");
    await this.#runs.close();
    await this.#unsettled.close();
  }

  async #find(call: CallContext, taskId: string, agentId?: string): Promise<LiveTask> {
    const task = await this.#live.find(call.principal.orgId, taskId);
    if (!(await maySee(call.principal, task.record, this.#options.store))) throw taskNotFound();
    if (agentId !== undefined && task.record.agentId !== agentId) throw taskNotFound();
    return task;
  }

  async #agentId(call: CallContext, agentName: string | undefined): Promise<string | undefined> {
    if (agentName === undefined) return undefined;
    return (await this.#options.registry.find(call.principal, agentName)).agent.agentId;
  }
}

function assertCancelable(task: LiveTask): void {
  if (!isTerminal(task.state)) return;
  throw new PlatformError("TASK_NOT_CANCELABLE", `This task is over (${task.state}).`);
}

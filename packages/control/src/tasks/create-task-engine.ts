import { PlatformError, TaskState, isTerminal } from "@berth/protocol";
import type {
  IdGenerator,
  ListTasksRequest,
  ListTasksResponse,
  SendMessageRequest,
  SequencedFrame,
  TaskEvent,
  TaskEventBody,
  TaskView,
} from "@berth/protocol";
import type { AgentConnector, ReleaseSpec } from "@berth/runtime";
import type { JournalOf } from "../billing/post-run.ts";
import type { AgentWithRelease, Store, TaskRecord } from "@berth/store";
import type { CallGate } from "../limits/call-gate.ts";
import type { Registry } from "../registry/registry.ts";
import { assertSameContext, assertSendable, canBeSteered, continuation, dedupeOf, withSkill } from "./accept-turn.ts";
import { framesAfter, framesOfTurn, snapshotThenFrames } from "./follow-task.ts";
import type { LiveTask, TaskObserver } from "./live-task.ts";
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
import { TurnQueue } from "./turn-queue.ts";
import { failedStatus, runTurn } from "./turn-runner.ts";
import type { IssueCredentials, ResumedTurn } from "./turn-runner.ts";
import { waitsForApproval } from "./waits-for-approval.ts";

export interface TaskEngineOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly connector: AgentConnector;
  readonly specOf: (agent: AgentWithRelease) => ReleaseSpec;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  /** For runs on this machine. */
  readonly issueCredentials?: IssueCredentials;
  /** Absent: nobody is limited. */
  readonly calls?: Pick<CallGate, "enter">;
  /** Absent: runs cost nothing. */
  readonly journalOf?: JournalOf;
  readonly onTerminal?: TaskObserver["onTerminal"];
  readonly onWritten?: TaskObserver["onWritten"];
  readonly onUsed?: TaskObserver["onUsed"];
  readonly log?: (line: string) => void;
}

export interface RunningTaskEngine extends TaskEngine {
  /** Writes what the platform saw of a run; durable when it resolves. What no longer belongs in the log of a task that is over is left out. */
  record(orgId: string, taskId: string, bodies: readonly TaskEventBody[]): Promise<void>;
  /** Ends a run in FAILED with this error's reason, and tells its agent. Resolves when it has ended. */
  fail(taskId: string, error: PlatformError): Promise<void>;
  /** Settles what an earlier process left. Before the first call. */
  recover(): Promise<number>;
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
  #closing = false;

  constructor(options: TaskEngineOptions) {
    const { store, now, connector, ids, issueCredentials, journalOf } = options;
    const ignore = (): void => undefined;
    this.#options = options;
    this.#turns = new TurnQueue({
      run: async (task, input, turn) => await runTurn(task, input, { connector, issueCredentials, ids, now, ...turn }),
      onBug: (error) =>
        options.log?.(`a turn ended with a bug: ${String(error instanceof Error ? error.stack : error)}`),
    });
    this.#live = new LiveTasks({
      store,
      now,
      ...(journalOf === undefined ? {} : { journalOf }),
      observer: {
        onTerminal: options.onTerminal ?? ignore,
        onWritten: options.onWritten ?? ignore,
        onUsed: options.onUsed ?? ignore,
      },
      isBusy: (taskId) => this.#turns.isBusy(taskId),
    });
  }

  async recover(): Promise<number> {
    const resume = (task: LiveTask, turn: ResumedTurn): void => this.#turns.add(task, turn);
    return await recoverTasks({ ...this.#options, live: this.#live, resume });
  }

  async record(orgId: string, taskId: string, bodies: readonly TaskEventBody[]): Promise<void> {
    const task = await this.#live.find(orgId, taskId);
    await task.report(bodies);
  }

  async accept(
    call: CallContext,
    agentName: string,
    request: SendMessageRequest,
    options: AcceptOptions = {},
  ): Promise<AcceptedTurn> {
    if (this.#closing) throw new PlatformError("SHUTTING_DOWN", "The platform is stopping.", { retryable: true });
    const agent = await this.#options.registry.find(call.principal, agentName);
    assertMayInvoke(call.principal, agent);
    const { taskId } = request.message;
    const task = taskId === undefined ? undefined : await this.#find(call, taskId, agent.agent.agentId);
    if (task !== undefined) assertMayContinue(call.principal, task.record);
    assertSendable(agent, request, options);
    return await leaseCall(this.#options.calls, call, agent, options, async (leased) =>
      task === undefined
        ? await this.#begin(call, agent, request, leased, 0)
        : await this.#continue(call, agent, task, request, leased),
    );
  }

  async #begin(
    call: CallContext,
    agent: AgentWithRelease,
    request: SendMessageRequest,
    options: LeasedOptions,
    generation: number,
  ): Promise<AcceptedTurn> {
    const { ids, now } = this.#options;
    const { principal, protocol } = call;
    const taskId = ids("task");
    const contextId = request.message.contextId ?? ids("context");
    const message = { ...withSkill(request.message, options.skill), taskId, contextId };
    const { task, replayedSeq } = await this.#live.create({
      taskId,
      at: now().toISOString(),
      dedupe: dedupeOf(request, options, generation),
      accepted: {
        kind: "accepted",
        orgId: agent.agent.orgId,
        agentId: agent.agent.agentId,
        agentName: agent.agent.name,
        releaseId: agent.release.releaseId,
        contextId,
        protocol,
        principal: { kind: principal.kind, id: principal.id },
        ...(principal.authn === undefined ? {} : { authn: principal.authn }),
        ...(principal.actors === undefined ? {} : { actors: principal.actors }),
        ...(options.parent === undefined ? {} : { parentTaskId: options.parent.taskId }),
        message,
        ...(options.skill === undefined ? {} : { skill: options.skill }),
        ...(request.metadata === undefined ? {} : { metadata: request.metadata }),
      },
    });
    if (replayedSeq === undefined) {
      this.#startTurn(call, agent, task, { request, options, seq: 1 });
      return { taskId, contextId, seq: 1, replayed: false };
    }
    const again =
      options.idempotencyKey === undefined && generation < MAX_GENERATIONS && (await hasMovedOn(task, replayedSeq));
    if (again) return await this.#begin(call, agent, request, options, generation + 1);
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
        dedupe,
        at: now().toISOString(),
        turnPolicy: options.turnPolicy ?? "queue",
        steerable: canBeSteered(agent),
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
    lease?.started(task.taskId);
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
    const timeout = AbortSignal.timeout(timeoutMs);
    const ended = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    const off = task.onMoved(() => undefined);
    try {
      const waits = (): boolean => throughApprovals && waitsForApproval(task.view);
      while (!ended.aborted && (waits() || !this.#isOver(task, turn))) await task.moved(task.seq, ended);
    } finally {
      off();
    }
    return task.view;
  }

  /** A turn that waits behind one which ended in a question is not over: its message is about to be the answer. */
  #isOver(task: LiveTask, { seq }: AcceptedTurn): boolean {
    if (isTerminal(task.state)) return true;
    return task.settled && task.seq >= seq && !this.#turns.isWaiting(task.taskId, seq);
  }

  async get(call: CallContext, taskId: string, agentName?: string): Promise<TaskDetails> {
    const task = await this.#find(call, taskId, await this.#agentId(call, agentName));
    return { record: recordOf(task), view: task.view };
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
    const { upstream } = task;
    if (upstream !== undefined) await this.#askToCancel(task, upstream);
    const status = { state: TaskState.Canceled, timestamp: this.#options.now().toISOString() };
    await task.report([{ kind: "status", status }]);
    await this.#turns.end(taskId, "canceled");
    // The agent may have ended the task in the meantime in its own way.
    if (task.state !== TaskState.Canceled) assertCancelable(task);
    return task.view;
  }

  async fail(taskId: string, error: PlatformError): Promise<void> {
    const task = this.#live.known(taskId);
    if (task === undefined || isTerminal(task.state)) return;
    const { upstream } = task;
    await this.#turns.end(taskId, error);
    const { ids, now } = this.#options;
    // A turn that ran has written it already, and this changes nothing.
    await task.report([{ kind: "status", status: failedStatus(task, error, ids, now), reason: error.reason }]);
    if (upstream !== undefined) await this.#askToCancel(task, upstream);
  }

  /** An agent that cannot be reached, or answers nonsense, does not keep the caller from canceling. */
  async #askToCancel(task: LiveTask, upstream: { readonly taskId: string }): Promise<void> {
    const { store, connector, specOf, log } = this.#options;
    try {
      const agent = await store.agents.findById(task.record.orgId, task.record.agentId);
      const release = await store.agents.findRelease(task.record.orgId, task.record.releaseId);
      if (agent === undefined || release === undefined) return;
      await connector.cancel(specOf({ agent: agent.agent, release }), upstream);
    } catch (error) {
      log?.(`canceling ${task.taskId}: the agent did not take it: ${String(error)}`);
    }
  }

  async *follow(
    call: CallContext,
    taskId: string,
    { after, turn, signal }: FollowOptions,
    agentName?: string,
  ): AsyncGenerator<SequencedFrame> {
    const task = await this.#find(call, taskId, await this.#agentId(call, agentName));
    if (after !== undefined) yield* framesAfter(task, after, "task", signal);
    else if (turn !== undefined) yield* framesOfTurn(task, turn.seq, signal);
    else if (isTerminal(task.state)) {
      throw new PlatformError(
        "UNSUPPORTED_OPERATION",
        `This task is over (${task.state}); there is nothing to follow.`,
        {
          hint: "Get the task, or resume its stream with Last-Event-ID or ?after=0.",
        },
      );
    } else yield* snapshotThenFrames(task, task.view, "task", signal);
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    await this.#turns.idle(graceMs);
    await this.#turns.endAll("shutting_down");
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

/** Whether the caller went on with a task after the event `seq`: another message, or a cancel. */
async function hasMovedOn(task: LiveTask, seq: number): Promise<boolean> {
  const events = await task.eventsAfter(seq);
  return events.some(
    ({ body }) =>
      (body.kind === "message" && body.message.role === "ROLE_USER") ||
      (body.kind === "status" && body.status.state === TaskState.Canceled),
  );
}

function recordOf(task: LiveTask): TaskRecord {
  const { status } = task.view.task;
  const { record, view } = task;
  return { ...record, state: status.state, lastSeq: view.seq, statusAt: status.timestamp ?? record.createdAt };
}

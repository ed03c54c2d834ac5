import { PlatformError, TaskState, isInterrupted, isPlatformError, isTerminal } from "@berth/protocol";
import type {
  AgentConfig,
  IdGenerator,
  Message,
  Principal,
  RunCredentials,
  TaskEventBody,
  TaskStatus,
  TraceHeaders,
} from "@berth/protocol";
import type { AgentConnector, ReleaseSpec, Turn } from "@berth/runtime";
import type { GrantScope } from "@berth/store";
import type { HeldGrant } from "../grants/grants.ts";
import type { Exchange, TaskTelemetry } from "../telemetry/task-telemetry.ts";
import type { LiveTask, Upstream } from "./live-task.ts";
import { TurnSteering } from "./turn-steering.ts";
import { TurnWriter } from "./turn-writer.ts";
import { waitsForApproval } from "./waits-for-approval.ts";

export type TurnInput = MessageTurn | ResumedTurn | RunTurn;

export interface MessageTurn {
  /** Of the event that holds the message: what a blocking send waits for. */
  readonly seq: number;
  readonly spec: ReleaseSpec;
  readonly message: Message;
  readonly principal: Principal;
  readonly acceptedOutputModes?: readonly string[];
  readonly extensions?: readonly string[];
  readonly timeoutMs: number;
  /** The turn that runs may take the message. */
  readonly steers?: boolean;
  readonly parent?: ParentRun;
  readonly workspace?: AgentConfig["workspace"];
  /** Where the caller's request came from. */
  readonly ip?: string;
  readonly execution?: RunExecution;
  /** When the turn is over, or was forgotten before it began. Twice is harmless. */
  readonly onOver?: () => void;
}

/** A turn that executes its run from the start, whatever an earlier one did at an agent. */
export interface RunExecution {
  /** From 1. */
  readonly number: number;
  /** Whether its failure is not the end of the run: another execution follows. */
  readonly isLost: (failure: PlatformError) => boolean;
  /** The agent is given the run's journal; else it knows nothing of earlier executions. */
  readonly isReplayed: boolean;
}

/** The run that made this call, and what it hands on. */
export interface ParentRun {
  readonly taskId: string;
  /** The parent's grant, of which the child's is cut. */
  readonly grant?: {
    /** With what its token says, which may be less than its record. */
    readonly held: HeldGrant;
    readonly scope: GrantScope;
  };
}

/** What a turn's credentials are made from. */
export interface CredentialRequest {
  readonly task: LiveTask;
  readonly spec: ReleaseSpec;
  readonly principal: Principal;
  readonly parent?: ParentRun;
  readonly ip?: string;
  /** RFC 3339: when the turn is over at the latest. */
  readonly deadline: string;
  /** The turn executes its run from the start: nothing of an earlier execution counts any more. */
  readonly isExecution?: boolean;
  /** What the release says of the organization's files. */
  readonly workspace: AgentConfig["workspace"];
}

interface IssuedCredentials {
  readonly credentials: RunCredentials;
  /** What was given, for the log: with the first thing that is written of this turn. Empty when that was done by others. */
  readonly takeEvents: () => readonly TaskEventBody[];
}

/** Gives a run its grant and its principal token. */
export type IssueCredentials = (request: CredentialRequest) => Promise<IssuedCredentials>;

/** A turn that an earlier process began, at an agent that outlived it. */
export interface ResumedTurn {
  readonly spec: ReleaseSpec;
  readonly upstream: Upstream;
  readonly timeoutMs: number;
}

/** A durable run may get on. Its executions are turns of their own. */
export interface RunTurn {
  readonly run: true;
  readonly onOver?: () => void;
}

/** The messages that wait behind the running turn of their task. */
export interface WaitingTurns {
  readonly length: number;
  /** One of them was brought by a call, which has a place among those under way. */
  readonly isLeased: boolean;
  /** The first that may be handed into the running turn. It keeps its place until it is settled; one at a time. */
  takeSteering(): MessageTurn | undefined;
  /** Read: it waits no longer. Not read: it waits as an ordinary turn. */
  settleSteering(outcome: { readonly read: boolean }): void;
  /** The running turn's, called when one more arrives. */
  onArrival: (() => void) | undefined;
}

/** Why a turn was ended from outside. */
export type TurnEnd = "canceled" | "timed_out" | "shutting_down" | PlatformError;

/**
 * Runs one turn: hands the message to the agent, writes everything the agent answers, and leaves the task settled
 * (terminal or interrupted) whatever happens. Frames that arrive while a write is in flight are written together.
 */
export async function runTurn(
  task: LiveTask,
  input: MessageTurn | ResumedTurn,
  {
    connector,
    issueCredentials,
    telemetry,
    ids,
    now,
    signal,
    waiting,
  }: {
    connector: AgentConnector;
    /** Absent: runs get none. */
    issueCredentials: IssueCredentials | undefined;
    /** Absent: nobody looks. */
    telemetry: TaskTelemetry | undefined;
    ids: IdGenerator;
    now: () => Date;
    signal: AbortSignal;
    waiting: WaitingTurns;
  },
): Promise<void> {
  const timeout = AbortSignal.timeout(input.timeoutMs);
  const makeRoom = new AbortController();
  const ended = AbortSignal.any([signal, timeout, makeRoom.signal]);
  const execution = "upstream" in input ? undefined : input.execution;
  const writer = new TurnWriter(task, now, execution);
  // An agent that wants an authorization keeps its stream open for one that comes by another way (A2A 1.0.1 §7.6.1).
  // A message about it must not wait for the end of that stream: its own turn's stream takes over.
  const steering = new TurnSteering({
    task,
    waiting,
    signal: ended,
    isOver: () => writer.settled,
    steer: async (message, aborted) =>
      await connector.steer(input.spec, toTurn(task, message, undefined, undefined), aborted),
  });
  const offMoved = task.onMoved(() => steering.offer());
  waiting.onArrival = () => {
    steering.offer();
    if (writer.state === TaskState.AuthRequired && waiting.length > 0) makeRoom.abort();
  };
  let exchange: Exchange | undefined;
  try {
    // A message that waited behind a turn which ended in a question is the answer to it.
    if (isInterrupted(task.state)) {
      await task.report([{ kind: "status", status: { state: TaskState.Working, timestamp: now().toISOString() } }]);
    }
    const issued = "upstream" in input ? undefined : await credentialsOf(task, input, issueCredentials, now);
    if (issued !== undefined) writer.precede(issued.takeEvents);
    const number = "upstream" in input ? `resume/${task.seq}` : `${input.seq}/${execution?.number ?? 1}`;
    exchange = telemetry?.exchange(task, input.spec, number);
    const events =
      "upstream" in input
        ? connector.resume(input.spec, input.upstream, ended)
        : connector.send(input.spec, toTurn(task, input, issued?.credentials, exchange?.trace), ended);
    for await (const event of events) {
      exchange?.see(event);
      await writer.add(event);
      waiting.onArrival();
      if (isTerminal(task.state)) break;
    }
    await writer.flush();
    if (ended.aborted) throw new PlatformError("CANCELED", "The turn was ended.");
    // Of this turn, not of the task: the caller may have answered already and the next turn be under way.
    if (!writer.settled && !writer.suspended) {
      throw new PlatformError("INVALID_AGENT_RESPONSE", `The agent ended its stream while the task was ${task.state}.`);
    }
  } catch (error) {
    exchange?.end(error);
    await writer.flush().catch(() => undefined);
    const reason = endOf(signal, timeout);
    if (reason === "canceled") return; // whoever canceled writes the end
    if (writer.suspended) return;
    // A grant ends with the time of its turn, so an approval after that would give nothing.
    const lapsed = reason === "timed_out" && waitsForApproval(task.view);
    if (writer.settled && !lapsed) {
      if (isPlatformError(error)) return;
      throw error;
    }
    if (reason === "shutting_down" && outlivesUs(task, input.spec)) return;
    const failure = failureOf(error, reason, input.timeoutMs);
    if (execution?.isLost(failure) === true) return;
    await task.report([{ kind: "status", status: failedStatus(task, failure, ids, now), reason: failure.reason }]);
    if (!isPlatformError(error)) throw error;
  } finally {
    exchange?.end();
    offMoved();
    await steering.close();
    waiting.onArrival = undefined;
  }
}

/** Agents elsewhere work on while we are away; the next process takes the task up again. */
function outlivesUs(task: LiveTask, spec: Pick<ReleaseSpec, "remote" | "attached">): boolean {
  return (spec.remote ?? spec.attached) !== undefined && task.upstream !== undefined;
}

/** Agents elsewhere hold nothing of ours. @throws UNSUPPORTED_OPERATION when one was to be handed something */
async function credentialsOf(
  task: LiveTask,
  { spec, principal, parent, ip, timeoutMs, workspace, execution }: MessageTurn,
  issue: IssueCredentials | undefined,
  now: () => Date,
): Promise<IssuedCredentials | undefined> {
  if (spec.remote !== undefined && parent?.grant !== undefined) {
    const { placed } = spec.remote;
    const who =
      placed === undefined ? "An agent that runs elsewhere" : `"${spec.agentName}" runs on the target "${placed}" and`;
    throw new PlatformError("UNSUPPORTED_OPERATION", `${who} cannot be handed a part of a grant.`);
  }
  if (issue === undefined || spec.remote !== undefined) return undefined;
  const deadline = new Date(now().getTime() + timeoutMs).toISOString();
  return await issue({
    task,
    spec,
    principal,
    deadline,
    workspace,
    ...(execution === undefined ? {} : { isExecution: true }),
    ...(parent === undefined ? {} : { parent }),
    ...(ip === undefined ? {} : { ip }),
  });
}

function toTurn(
  task: LiveTask,
  input: MessageTurn,
  credentials: RunCredentials | undefined,
  trace: TraceHeaders | undefined,
): Turn {
  const { taskId: _task, contextId: _context, ...message } = input.message;
  const { execution } = input;
  const upstream = execution === undefined ? task.upstream : undefined;
  const numbered = execution?.isReplayed !== true ? {} : { execution: execution.number };
  return {
    taskId: task.taskId,
    contextId: task.record.contextId,
    message,
    principal: input.principal,
    ...(credentials === undefined ? {} : { credentials: { ...credentials, ...numbered } }),
    ...(upstream === undefined ? {} : { upstream }),
    ...(input.acceptedOutputModes === undefined ? {} : { acceptedOutputModes: input.acceptedOutputModes }),
    ...(input.extensions === undefined ? {} : { extensions: input.extensions }),
    ...(trace === undefined ? {} : { trace }),
  };
}

function endOf(signal: AbortSignal, timeout: AbortSignal): TurnEnd | undefined {
  if (isPlatformError(signal.reason)) return signal.reason;
  if (signal.aborted) return signal.reason === "shutting_down" ? "shutting_down" : "canceled";
  return timeout.aborted ? "timed_out" : undefined;
}

function failureOf(error: unknown, end: TurnEnd | undefined, timeoutMs: number): PlatformError {
  if (isPlatformError(end)) return end;
  if (end === "timed_out") {
    return new PlatformError("TASK_TIMED_OUT", `The agent did not finish within ${Math.round(timeoutMs / 1000)} s.`);
  }
  if (end === "shutting_down") {
    return new PlatformError("PLATFORM_RESTARTED", "The platform was stopped while the agent worked on this task.");
  }
  return isPlatformError(error)
    ? error
    : new PlatformError("INTERNAL", "The platform could not carry this turn to its end.", { cause: error });
}

export function failedStatus(
  task: Pick<LiveTask, "taskId"> & { readonly record: { readonly contextId: string } },
  failure: PlatformError,
  ids: IdGenerator,
  now: () => Date,
): TaskStatus {
  return {
    state: TaskState.Failed,
    timestamp: now().toISOString(),
    message: {
      messageId: ids("message"),
      role: "ROLE_AGENT",
      taskId: task.taskId,
      contextId: task.record.contextId,
      parts: [{ text: failure.message }],
      metadata: { reason: failure.reason },
    },
  };
}

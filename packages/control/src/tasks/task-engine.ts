import type {
  ListTasksRequest,
  ListTasksResponse,
  Principal,
  SendMessageRequest,
  SequencedFrame,
  TaskEvent,
  TaskView,
  TraceHeaders,
} from "@berth/protocol";
import type { AgentWithRelease, TaskRecord } from "@berth/store";
import type { ParentRun } from "./turn-runner.ts";

/** Who asks, and through which door. */
export interface CallContext {
  readonly principal: Principal;
  readonly protocol: "a2a" | "mcp" | "rest";
  /** Where the request came from; told to agents with who calls. */
  readonly ip?: string;
  /** The span that this call is part of; absent: a task's trace begins with itself, or with the run that makes the call. */
  readonly trace?: TraceHeaders;
}

export interface AcceptOptions {
  /** `Idempotency-Key`; without one the message's `messageId` is the key. */
  readonly idempotencyKey?: string;
  /** The skill the caller named; the agent gets it in the message's metadata. */
  readonly skill?: string;
  /** Extensions that the caller asked for, as URIs; the agent gets them with this turn. */
  readonly extensions?: readonly string[];
  /** What to do while an earlier turn of the task runs; default: wait for it. */
  readonly turnPolicy?: TurnPolicy;
  /** Id of the agent's release that a new task runs on, active or not. A task that is there keeps the one it began on. */
  readonly release?: string;
  /** The agent as its deployment is about to make it, which nobody else can find yet; instead of the registry's. */
  readonly candidate?: AgentWithRelease;
  /** The run that makes this call. */
  readonly parent?: ParentRun;
}

export type TurnPolicy = "queue" | "reject" | "steer";

/** An acknowledged send: durable. The turn runs on, whoever listens or not. */
export interface AcceptedTurn {
  readonly taskId: string;
  readonly contextId: string;
  /** The event this send wrote. */
  readonly seq: number;
  /** The same send was acknowledged before; nothing new was started. */
  readonly replayed: boolean;
}

export interface TaskDetails {
  readonly record: TaskRecord;
  readonly view: TaskView;
}

export interface FollowOptions {
  /** Resume: exactly the frames of events with seq > after. Absent: a snapshot first, then what follows. */
  readonly after?: number;
  /** Follow the turn of this accepted send: Task first, or exactly one Message when the agent makes no task. */
  readonly turn?: AcceptedTurn;
  readonly signal?: AbortSignal;
}

export interface SettleOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** AUTH_REQUIRED is waited through: somebody else answers it, and the turn goes on. */
  readonly throughApprovals?: boolean;
}

/**
 * The task engine: the log is the record, everybody else reads it. One turn at a time per task; a message to a task
 * whose turn runs waits for it (at most 16 wait). Tasks of other principals look like tasks that do not exist, unless the principal has `read`.
 */
export interface TaskEngine {
  /**
   * Accepts a send: a new task, or the next turn of the one the message names.
   * @throws PlatformError AGENT_NOT_FOUND, TASK_NOT_FOUND, UNSUPPORTED_OPERATION (terminal; busy and told to reject, or to steer an agent that cannot be), CONTEXT_MISMATCH,
   * IDEMPOTENCY_CONFLICT, CONTENT_TYPE_NOT_SUPPORTED, SKILL_NOT_FOUND, RELEASE_NOT_FOUND, PERMISSION_DENIED, AGENT_OVERLOADED, SHUTTING_DOWN.
   */
  accept(
    call: CallContext,
    agentName: string,
    request: SendMessageRequest,
    options?: AcceptOptions,
  ): Promise<AcceptedTurn>;
  /** Resolves when the turn is over (terminal or interrupted), or with the current view after `timeoutMs` or on abort. */
  settle(turn: AcceptedTurn, call: CallContext, options: SettleOptions): Promise<TaskView>;
  /** With an agent name, only that agent's tasks exist. @throws TASK_NOT_FOUND */
  get(call: CallContext, taskId: string, agentName?: string): Promise<TaskDetails>;
  list(call: CallContext, request: ListTasksRequest, agentName?: string): Promise<ListTasksResponse>;
  /** The raw log, for people with the right to see it. */
  events(call: CallContext, taskId: string, after: number, limit: number): Promise<readonly TaskEvent[]>;
  /** The raw log after `after`, then what follows; ends after a terminal state. @throws TASK_NOT_FOUND */
  followEvents(
    call: CallContext,
    taskId: string,
    options: { readonly after: number; readonly signal?: AbortSignal },
  ): AsyncIterable<TaskEvent>;
  /** Reaches the agent, then ends in CANCELED whatever the agent answers. @throws TASK_NOT_FOUND, TASK_NOT_CANCELABLE */
  cancel(call: CallContext, taskId: string, agentName?: string): Promise<TaskView>;
  /**
   * Frames in order, without gap or repeat. The stream of a `turn` ends after a terminal state or INPUT_REQUIRED, a
   * subscription only after a terminal state.
   * @throws TASK_NOT_FOUND; UNSUPPORTED_OPERATION when the task is terminal and neither `after` nor `turn` is given.
   */
  follow(call: CallContext, taskId: string, options: FollowOptions, agentName?: string): AsyncIterable<SequencedFrame>;
}

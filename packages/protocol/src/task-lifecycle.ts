import { TaskState } from "./a2a.ts";

/**
 * The task state machine as a complete table (A2A 1.0.1 §4.1.3, §3.1; task-lifecycle.SPEC.md numbers the
 * invariants). `next[state][event]` is the new state or the reason of the refusal.
 */
export const LifecycleEvent = {
  /** The agent reports this state. */
  AgentSubmitted: "agent_submitted",
  AgentWorking: "agent_working",
  AgentInputRequired: "agent_input_required",
  AgentAuthRequired: "agent_auth_required",
  AgentCompleted: "agent_completed",
  AgentFailed: "agent_failed",
  AgentCanceled: "agent_canceled",
  AgentRejected: "agent_rejected",
  /** The caller sends another message with this task's id. */
  UserMessage: "user_message",
  /** The caller asks to cancel. */
  CancelRequested: "cancel_requested",
  /** The platform ends the task: crash, restart, timeout. */
  PlatformFailed: "platform_failed",
} as const;
export type LifecycleEvent = (typeof LifecycleEvent)[keyof typeof LifecycleEvent];

export type Refusal = "UNSUPPORTED_OPERATION" | "TASK_NOT_CANCELABLE" | "IGNORED";

export type Transition = { readonly to: TaskState } | { readonly refuse: Refusal };

const to = (state: TaskState): Transition => ({ to: state });
const refuse = (refusal: Refusal): Transition => ({ refuse: refusal });

const agentReports = {
  agent_working: to(TaskState.Working),
  agent_input_required: to(TaskState.InputRequired),
  agent_auth_required: to(TaskState.AuthRequired),
  agent_completed: to(TaskState.Completed),
  agent_failed: to(TaskState.Failed),
  agent_canceled: to(TaskState.Canceled),
  agent_rejected: to(TaskState.Rejected),
} as const;

const terminal: Record<LifecycleEvent, Transition> = {
  agent_submitted: refuse("IGNORED"),
  agent_working: refuse("IGNORED"),
  agent_input_required: refuse("IGNORED"),
  agent_auth_required: refuse("IGNORED"),
  agent_completed: refuse("IGNORED"),
  agent_failed: refuse("IGNORED"),
  agent_canceled: refuse("IGNORED"),
  agent_rejected: refuse("IGNORED"),
  user_message: refuse("UNSUPPORTED_OPERATION"),
  cancel_requested: refuse("TASK_NOT_CANCELABLE"),
  platform_failed: refuse("IGNORED"),
};

export const TASK_LIFECYCLE: Record<TaskState, Record<LifecycleEvent, Transition>> = {
  TASK_STATE_SUBMITTED: {
    ...agentReports,
    agent_submitted: to(TaskState.Submitted),
    user_message: to(TaskState.Submitted),
    cancel_requested: to(TaskState.Canceled),
    platform_failed: to(TaskState.Failed),
  },
  TASK_STATE_WORKING: {
    ...agentReports,
    // A task never goes back to SUBMITTED once work began.
    agent_submitted: refuse("IGNORED"),
    user_message: to(TaskState.Working),
    cancel_requested: to(TaskState.Canceled),
    platform_failed: to(TaskState.Failed),
  },
  TASK_STATE_INPUT_REQUIRED: {
    ...agentReports,
    agent_submitted: refuse("IGNORED"),
    user_message: to(TaskState.Working),
    cancel_requested: to(TaskState.Canceled),
    platform_failed: to(TaskState.Failed),
  },
  TASK_STATE_AUTH_REQUIRED: {
    ...agentReports,
    agent_submitted: refuse("IGNORED"),
    user_message: to(TaskState.Working),
    cancel_requested: to(TaskState.Canceled),
    platform_failed: to(TaskState.Failed),
  },
  TASK_STATE_COMPLETED: terminal,
  TASK_STATE_FAILED: terminal,
  TASK_STATE_CANCELED: terminal,
  TASK_STATE_REJECTED: terminal,
};

const TERMINAL: ReadonlySet<TaskState> = new Set([
  TaskState.Completed,
  TaskState.Failed,
  TaskState.Canceled,
  TaskState.Rejected,
]);

export function isTerminal(state: TaskState): boolean {
  return TERMINAL.has(state);
}

/** INPUT_REQUIRED and AUTH_REQUIRED: the turn is over, the task is not. */
export function isInterrupted(state: TaskState): boolean {
  return state === TaskState.InputRequired || state === TaskState.AuthRequired;
}

const BY_STATE: Record<TaskState, LifecycleEvent> = {
  TASK_STATE_SUBMITTED: "agent_submitted",
  TASK_STATE_WORKING: "agent_working",
  TASK_STATE_INPUT_REQUIRED: "agent_input_required",
  TASK_STATE_AUTH_REQUIRED: "agent_auth_required",
  TASK_STATE_COMPLETED: "agent_completed",
  TASK_STATE_FAILED: "agent_failed",
  TASK_STATE_CANCELED: "agent_canceled",
  TASK_STATE_REJECTED: "agent_rejected",
};

/** The lifecycle event of an agent that reports `state`. */
export function agentReportOf(state: TaskState): LifecycleEvent {
  return BY_STATE[state];
}

export function nextState(state: TaskState, event: LifecycleEvent): Transition {
  return TASK_LIFECYCLE[state][event];
}

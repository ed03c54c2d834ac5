import { TaskState, foldTask } from "@berth/protocol";
import type { Artifact, Message, Reason, RunUsage, TaskEvent } from "@berth/protocol";
import type { RunStatus } from "@berth/ledger";

/** How a run ended and with what. */
export interface RunOutcome {
  readonly status: RunStatus;
  readonly reason?: Reason;
  readonly completedAt: string;
  readonly artifacts: readonly Artifact[];
  /** The agent's last word: its reply, or the message of the final status. */
  readonly message?: Message;
  readonly usage?: RunUsage;
}

// The platform ended these runs; whether the agent would have succeeded is not known.
const CUT_OFF: ReadonlySet<Reason> = new Set<Reason>([
  "AGENT_CRASHED",
  "AGENT_OUT_OF_MEMORY",
  "AGENT_UNRESPONSIVE",
  "AGENT_UNREACHABLE",
  "PLATFORM_RESTARTED",
  "SHUTTING_DOWN",
  "TASK_TIMED_OUT",
]);

/** `events` is the whole log of a terminal task. @throws Error when it is not: that is a bug, not input. */
export function runOutcome(events: readonly TaskEvent[]): RunOutcome {
  const { task, reply, usage } = foldTask(events);
  const end = events.findLast((event) => event.body.kind === "status");
  if (end?.body.kind !== "status") throw new Error("the run has no final status");
  const { reason } = end.body;
  const message = reply ?? task.status.message;
  return {
    status: statusOf(task.status.state, reason),
    ...(reason === undefined ? {} : { reason }),
    completedAt: end.at,
    artifacts: task.artifacts ?? [],
    ...(message === undefined ? {} : { message }),
    ...(usage === undefined ? {} : { usage }),
  };
}

function statusOf(state: TaskState, reason: Reason | undefined): RunStatus {
  switch (state) {
    case TaskState.Completed:
      return "completed";
    case TaskState.Canceled:
      return "canceled";
    case TaskState.Rejected:
      return "rejected";
    case TaskState.Failed:
      return reason !== undefined && CUT_OFF.has(reason) ? "interrupted" : "failed";
    default:
      throw new Error(`a run that is ${state} has not ended`);
  }
}

import { TaskFold, isTerminal } from "@berth/protocol";
import type { Message, StreamResponse, TaskEventBody, TaskState, TaskView } from "@berth/protocol";

/** One message of the person and everything that came of it: a task, or an answer without one. */
export interface Turn {
  readonly key: string;
  readonly sent: Message;
  readonly sentAt: number;
  /** When the first thing came back. */
  readonly firstAt?: number;
  readonly endedAt?: number;
  readonly view?: TaskView;
  readonly isLive: boolean;
  /** The stream broke and is taken up again. */
  readonly isReconnecting?: boolean;
  readonly problem?: unknown;
}

export interface Frame {
  readonly seq: number;
  readonly frame: StreamResponse;
}

/** Folds what a stream says of one task. A frame that is older than what is known changes nothing: streams may repeat. */
export class TurnFold {
  #fold: TaskFold | undefined;

  get view(): TaskView | undefined {
    return this.#fold?.view;
  }

  get seq(): number {
    return this.#fold?.seq ?? 0;
  }

  get taskId(): string | undefined {
    return this.#fold?.view.task.id;
  }

  get state(): TaskState | undefined {
    return this.#fold?.state;
  }

  /** A task as it was read, to go on from. */
  open(view: TaskView): void {
    this.#fold = new TaskFold(view);
  }

  apply({ seq, frame }: Frame): void {
    if ("task" in frame) {
      if (seq >= this.seq) this.#fold = new TaskFold({ ...this.#fold?.view, seq, task: frame.task });
      return;
    }
    if (this.#fold === undefined) {
      // An agent that answers with a message alone may do so before anybody has heard of a task.
      if ("message" in frame) this.#fold = new TaskFold(replyView(frame.message, seq));
      return;
    }
    if (seq <= this.seq) return;
    const { id: taskId } = this.#fold.view.task;
    this.#fold.apply({ taskId, seq, at: new Date().toISOString(), body: bodyOf(frame) });
  }
}

function bodyOf(frame: Exclude<StreamResponse, { readonly task: unknown }>): TaskEventBody {
  if ("message" in frame) return { kind: "reply", message: frame.message };
  if ("statusUpdate" in frame) {
    const { status, metadata } = frame.statusUpdate;
    return { kind: "status", status, ...(metadata === undefined ? {} : { metadata }) };
  }
  const { taskId: _task, contextId: _context, ...said } = frame.artifactUpdate;
  return { kind: "artifact", ...said };
}

function replyView(message: Message, seq: number): TaskView {
  const { contextId } = message;
  return {
    seq,
    reply: message,
    task: {
      id: message.taskId ?? "",
      ...(contextId === undefined ? {} : { contextId }),
      status: { state: "TASK_STATE_COMPLETED" },
    },
  };
}

/** Whether the person is asked for something before the task can go on. */
export function isWaiting(state: TaskState | undefined): boolean {
  return state === "TASK_STATE_INPUT_REQUIRED" || state === "TASK_STATE_AUTH_REQUIRED";
}

/** Whether nothing more comes by itself. A run that waits for an approval goes on when somebody else decides. */
export function isAtRest(state: TaskState | undefined, waitsForApproval: boolean): boolean {
  if (state === undefined) return false;
  return isTerminal(state) || (isWaiting(state) && !waitsForApproval);
}

import { TaskState, isTerminal } from "@berth/protocol";
import type { Artifact, Message, StreamResponse, Task, TaskEventBody, TaskStatus, TaskView } from "@berth/protocol";
import { withoutUsage } from "./agent-usage.ts";

/** Our ids, which replace the agent's own in everything it sends. */
export interface OurIds {
  readonly taskId: string;
  readonly contextId: string;
}

/**
 * What a frame of the agent adds to the log. `sawTask` is true once the agent has made a task of its own: a Message
 * before that is its whole answer (A2A 1.0.1 §3.1.2), afterwards it is one more message of the task.
 */
export function eventsOfFrame(
  frame: StreamResponse,
  options: {
    readonly ids: OurIds;
    readonly view: TaskView;
    /** What the agent last reported; the view may not have it yet. */
    readonly state: TaskState;
    readonly sawTask: boolean;
    readonly now: () => Date;
  },
): readonly TaskEventBody[] {
  const { ids, view, state, sawTask, now } = options;
  if ("statusUpdate" in frame) {
    const { status, metadata: said } = frame.statusUpdate;
    const metadata = withoutUsage(said);
    // A report of use alone says again what is known: it is not a new status.
    const isReport = said !== undefined && metadata === undefined && status.message === undefined;
    if (isReport && status.state === state) return [];
    return [{ kind: "status", status: ourStatus(status, ids, now), ...(metadata === undefined ? {} : { metadata }) }];
  }
  if ("artifactUpdate" in frame) {
    const { artifact, append, lastChunk } = frame.artifactUpdate;
    const metadata = withoutUsage(frame.artifactUpdate.metadata);
    return [
      {
        kind: "artifact",
        artifact,
        ...(append === undefined ? {} : { append }),
        ...(lastChunk === undefined ? {} : { lastChunk }),
        ...(metadata === undefined ? {} : { metadata }),
      },
    ];
  }
  if ("message" in frame) {
    const message = { ...ourMessage(frame.message, ids) };
    if (sawTask) return [{ kind: "message", message }];
    const status = { state: TaskState.Completed, timestamp: now().toISOString() };
    return [
      { kind: "reply", message: withoutTaskId(message) },
      { kind: "status", status },
    ];
  }
  return eventsOfTask(frame.task, { ids, view, now });
}

/** A whole Task from the agent: what is new in it against our fold. */
function eventsOfTask(
  task: Task,
  { ids, view, now }: { readonly ids: OurIds; readonly view: TaskView; readonly now: () => Date },
): readonly TaskEventBody[] {
  const bodies: TaskEventBody[] = [];
  const known = new Set((view.task.history ?? []).map((message) => message.messageId));
  if (view.task.status.message !== undefined) known.add(view.task.status.message.messageId);
  for (const message of task.history ?? []) {
    if (
      message.role === "ROLE_AGENT" &&
      !known.has(message.messageId) &&
      message.messageId !== task.status.message?.messageId
    ) {
      bodies.push({ kind: "message", message: ourMessage(message, ids) });
    }
  }
  for (const artifact of task.artifacts ?? []) {
    if (!sameArtifact(view.task.artifacts ?? [], artifact))
      bodies.push({ kind: "artifact", artifact, lastChunk: true });
  }
  const moved = task.status.state !== view.task.status.state;
  const said = task.status.message !== undefined && !known.has(task.status.message.messageId);
  if (moved || said || isTerminal(task.status.state)) {
    bodies.push({ kind: "status", status: ourStatus(task.status, ids, now) });
  }
  return bodies;
}

function sameArtifact(known: readonly Artifact[], next: Artifact): boolean {
  const old = known.find((artifact) => artifact.artifactId === next.artifactId);
  return old !== undefined && JSON.stringify(old.parts) === JSON.stringify(next.parts);
}

/** Timestamps are ours: they order lists and go into receipts, so an agent's clock must not decide them. */
function ourStatus(status: TaskStatus, ids: OurIds, now: () => Date): TaskStatus {
  const timestamp = now().toISOString();
  return status.message === undefined
    ? { state: status.state, timestamp }
    : { state: status.state, message: ourMessage(status.message, ids), timestamp };
}

function ourMessage(message: Message, { taskId, contextId }: OurIds): Message {
  return { ...message, role: "ROLE_AGENT", taskId, contextId };
}

function withoutTaskId(message: Message): Message {
  const { taskId: _ours, ...rest } = message;
  return rest;
}

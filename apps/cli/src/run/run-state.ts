import { applyEvent, TaskState } from "@berth/protocol";
import type { Artifact, JsonValue, Message, Part, StreamResponse, Task, TaskEventBody } from "@berth/protocol";

/** A run as its frames have told it so far. */
export interface RunState {
  readonly task?: Task;
  /** The agent answered with a Message only. */
  readonly reply?: Message;
}

export function foldFrame(state: RunState, frame: StreamResponse): RunState {
  if ("task" in frame) return { ...state, task: frame.task };
  if ("message" in frame) return { ...state, reply: frame.message };
  if ("statusUpdate" in frame) {
    const { taskId, contextId, status } = frame.statusUpdate;
    return { ...state, task: applied(state.task ?? emptyTask(taskId, contextId), { kind: "status", status }) };
  }
  const { taskId, contextId, artifact, append } = frame.artifactUpdate;
  const body: TaskEventBody = { kind: "artifact", artifact, ...(append === undefined ? {} : { append }) };
  return { ...state, task: applied(state.task ?? emptyTask(taskId, contextId), body) };
}

function applied(task: Task, body: TaskEventBody): Task {
  return applyEvent({ seq: 0, task }, { taskId: task.id, seq: 0, at: "", body }).task;
}

function emptyTask(id: string, contextId: string): Task {
  return { id, contextId, status: { state: TaskState.Submitted } };
}

export function stateOf({ task, reply }: RunState): TaskState {
  return task?.status.state ?? (reply === undefined ? TaskState.Submitted : TaskState.Completed);
}

export function artifactsOf({ task }: RunState): readonly Artifact[] {
  return task?.artifacts ?? [];
}

/** What the skill returned: the SDK's `output` artifact, else the last data there is. As `/invoke` finds it. */
export function outputOf(state: RunState): JsonValue {
  const artifacts = artifactsOf(state);
  const named = artifacts.findLast(isOutput);
  const candidates = [named?.parts ?? [], artifacts.flatMap(({ parts }) => parts), state.reply?.parts ?? []];
  return candidates.map(lastData).find((data) => data !== undefined) ?? null;
}

export function isOutput({ name, artifactId }: Artifact): boolean {
  return name === "output" || artifactId === "output";
}

/** What the agent says at the end: its reply, a question, or why it failed. */
export function saidOf({ task, reply }: RunState): string {
  return textOf((reply ?? task?.status.message)?.parts ?? []);
}

export function textOf(parts: readonly Part[]): string {
  return parts.flatMap(({ text }) => (text === undefined ? [] : [text])).join("\n");
}

function lastData(parts: readonly Part[]): JsonValue | undefined {
  return parts.findLast(({ data }) => data !== undefined)?.data;
}

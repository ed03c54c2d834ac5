import { isTerminal } from "@berth/protocol";
import type { Artifact, JsonValue, Message, Part, TaskState, TaskView } from "@berth/protocol";

/** A run as `/invoke` and `a2a call` show it. */
export interface RunResult {
  readonly taskId: string;
  readonly contextId: string;
  readonly state: TaskState;
  /** What the skill returned; null while there is nothing. */
  readonly output: JsonValue;
  readonly artifacts: readonly Artifact[];
  readonly receiptId: string | null;
  /** What the agent says: its reply, a question, or why it failed. */
  readonly message?: Message;
}

export function toRunResult(view: TaskView, contextId: string, receiptId: string | undefined): RunResult {
  const { task, reply } = view;
  const said = reply ?? task.status.message;
  return {
    taskId: task.id,
    contextId: task.contextId ?? contextId,
    state: task.status.state,
    output: outputOf(view) ?? null,
    artifacts: task.artifacts ?? [],
    receiptId: receiptId ?? null,
    ...(said === undefined ? {} : { message: said }),
  };
}

/**
 * The SDK puts a skill's result into an artifact named "output", as one data part. Other agents name things as they
 * like: then the last data part there is.
 */
export function outputOf({ task, reply }: TaskView): JsonValue | undefined {
  const artifacts = task.artifacts ?? [];
  const named = artifacts.findLast(({ name, artifactId }) => name === "output" || artifactId === "output");
  const inOutput = named === undefined ? undefined : lastData(named.parts);
  return inOutput ?? lastData(artifacts.flatMap(({ parts }) => parts)) ?? lastData(reply?.parts ?? []);
}

export function isSettled({ task }: TaskView): boolean {
  const { state } = task.status;
  return isTerminal(state) || state === "TASK_STATE_INPUT_REQUIRED" || state === "TASK_STATE_AUTH_REQUIRED";
}

function lastData(parts: readonly Part[]): JsonValue | undefined {
  return parts.findLast(({ data }) => data !== undefined)?.data;
}

/** The text of a message, a line per part. */
export function textOf(message: Message | undefined): string {
  return (message?.parts ?? []).flatMap(({ text }) => (text === undefined ? [] : [text])).join("\n");
}

import { SCOPE_REQUEST_METADATA, isId, isTerminal } from "@berth/protocol";
import type { Artifact, JsonObject, JsonValue, Message, Part, TaskState, TaskView } from "@berth/protocol";

/** A run as `/invoke` and `a2a call` show it. */
export interface RunResult {
  readonly taskId: string;
  readonly contextId: string;
  readonly state: TaskState;
  /** What the skill returned; null while there is nothing. */
  readonly output: JsonValue;
  readonly artifacts: readonly Artifact[];
  readonly receiptId: string | null;
  /** AUTH_REQUIRED: the request that somebody else is to decide on; the run goes on by itself then. */
  readonly approvalId?: string;
  /** What the agent says: its reply, a question, or why it failed. */
  readonly message?: Message;
}

export function toRunResult(view: TaskView, contextId: string, receiptId: string | undefined): RunResult {
  const { task, reply } = view;
  const said = reply ?? task.status.message;
  const approvalId = approvalIdOf(view);
  return {
    taskId: task.id,
    contextId: task.contextId ?? contextId,
    state: task.status.state,
    output: outputOf(view) ?? null,
    artifacts: task.artifacts ?? [],
    receiptId: receiptId ?? null,
    ...(approvalId === undefined ? {} : { approvalId }),
    ...(said === undefined ? {} : { message: said }),
  };
}

/** Of the scope request that the task waits for. Said by the agent: a name to look up, and no proof of anything. */
export function approvalIdOf({ task }: TaskView): string | undefined {
  if (task.status.state !== "TASK_STATE_AUTH_REQUIRED") return undefined;
  const request = task.status.message?.metadata?.[SCOPE_REQUEST_METADATA];
  if (typeof request !== "object" || request === null || Array.isArray(request)) return undefined;
  // A JSON value that is neither null nor a list is an object.
  const { approvalId } = request as JsonObject;
  return typeof approvalId === "string" && isId("approval", approvalId) ? approvalId : undefined;
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

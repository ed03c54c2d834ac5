import { Role, TaskState } from "@berth/protocol";
import type { Message } from "@berth/protocol";
import { RejectError, TaskCanceledError } from "../context.ts";
import type { TaskContext } from "../context.ts";
import type { AgentOptions } from "../define-agent.ts";
import type { LiveTask } from "./live-task.ts";
import { runSelected } from "./run-selected.ts";
import type { Selection } from "./select-skill.ts";
import type { Replay } from "./steps/replay.ts";

export interface TaskRun {
  readonly agent: AgentOptions;
  readonly task: LiveTask;
  readonly selection: Selection;
  readonly ctx: TaskContext;
  /** Of a durable skill. */
  readonly replay: Replay | undefined;
  readonly newMessageId: () => string;
}

/** Runs a task from its first message to its end, over all its questions. Never rejects: what goes wrong ends the task. */
export async function runTask(run: TaskRun): Promise<void> {
  const { task, replay } = run;
  try {
    const said = await (replay === undefined ? runSelected(run) : Promise.race([runSelected(run), replay.stopped]));
    if (replay?.isCanceling === true) throw new TaskCanceledError("The task was canceled.");
    if (!task.isOver) task.setStatus(TaskState.Completed, statusMessage(run, said));
  } catch (error) {
    if (task.isOver) {
      if (!task.signal.aborted) logFailure(task, error);
      return;
    }
    if (replay !== undefined) await undo(replay, task);
    if (task.isOver) return;
    if (replay?.isCanceling === true) {
      task.setStatus(TaskState.Canceled);
      return;
    }
    if (error instanceof RejectError) {
      task.setStatus(TaskState.Rejected, statusMessage(run, error.message));
      return;
    }
    logFailure(task, error);
    task.setStatus(TaskState.Failed, statusMessage(run, error instanceof Error ? error.message : String(error)));
  }
}

/** What cannot be undone is in the journal; the run ends as it would have. */
async function undo(replay: Replay, task: LiveTask): Promise<void> {
  try {
    await replay.compensate((key, error) => {
      process.stderr.write(`task ${task.id}: compensating ${key} failed: ${String(error)}\n`);
    });
  } catch (error) {
    logFailure(task, error);
  }
}

function statusMessage({ task, newMessageId }: TaskRun, text: string | undefined): Message | undefined {
  if (text === undefined) return undefined;
  return { messageId: newMessageId(), role: Role.Agent, taskId: task.id, contextId: task.contextId, parts: [{ text }] };
}

/** The caller gets the message; the stack is for the agent's author only. */
function logFailure(task: LiveTask, error: unknown): void {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`task ${task.id} failed: ${stack}\n`);
}

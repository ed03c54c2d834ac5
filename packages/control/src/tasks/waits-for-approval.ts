import { SCOPE_REQUEST_METADATA, TaskState } from "@berth/protocol";
import type { TaskView } from "@berth/protocol";

/**
 * The run has asked for more than its grant has, and waits with its stream open. Said by the agent: it decides how long
 * somebody waits for it, and nothing else.
 */
export function waitsForApproval({ task }: TaskView): boolean {
  const { state, message } = task.status;
  return state === TaskState.AuthRequired && message?.metadata?.[SCOPE_REQUEST_METADATA] !== undefined;
}

import { isPlatformError } from "@berth/protocol";
import type { JsonObject, TaskView } from "@berth/protocol";
import { callContext } from "../a2a/operations.ts";
import type { McpCall } from "./mcp-call.ts";
import type { SkillTool } from "./tool.ts";

/** A task that a call waits for. */
export interface TaskRun {
  readonly tool: SkillTool;
  readonly args: JsonObject;
  readonly taskId: string;
  /** The event of the send that is waited for; undefined: the task as it is. */
  readonly after: number | undefined;
  /** Answers that came along with the call; once. */
  readonly responses: JsonObject;
}

export async function viewOf({ edge, exchange, surface }: McpCall, taskId: string): Promise<TaskView> {
  return (await edge.control.tasks.get(callContext(exchange, "mcp"), taskId, surface.agentName)).view;
}

/** A task that is over already is as good as canceled. */
export async function cancelTask({ edge, exchange, surface }: McpCall, taskId: string): Promise<void> {
  try {
    await edge.control.tasks.cancel(callContext(exchange, "mcp"), taskId, surface.agentName);
  } catch (error) {
    if (!isPlatformError(error) || error.reason !== "TASK_NOT_CANCELABLE") throw error;
  }
}

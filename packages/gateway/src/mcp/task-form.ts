import { TaskState, isPlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import { callContext } from "../a2a/operations.ts";
import { approvalIdOf, textOf } from "../rest/run-result.ts";
import { askable, toInputRequests } from "./ask-caller.ts";
import type { McpCall } from "./mcp-call.ts";
import { mcpErrorBody } from "./render-error.ts";
import type { TaskRun } from "./task-run.ts";
import { toFinalResult } from "./tool-result.ts";
import type { SkillTool } from "./tool.ts";

/** Tasks are kept for good, and a look at one is cheap. */
const LIFETIME = { ttlMs: null, pollIntervalMs: 1_000 } as const;

type Details = Awaited<ReturnType<McpCall["edge"]["control"]["tasks"]["get"]>>;

/** `resultType: "task"`: the call goes on as a task, which is durable already. */
export async function toCreatedTask(call: McpCall, { taskId, tool }: TaskRun): Promise<object> {
  const { edge, exchange, surface, sealer } = call;
  const details = await edge.control.tasks.get(callContext(exchange, "mcp"), taskId, surface.agentName);
  const handle = sealer.seal("task", exchange.principal, { taskId, tool: tool.tool.name, agent: tool.agent.name });
  return { resultType: "task", ...headOf(details, handle), status: "working" };
}

/** A task as `tasks/get` and `notifications/tasks` show it, with its result, its error or its questions. */
export function toDetailedTask(call: McpCall, details: Details, at: { handle: string; tool: SkillTool }): JsonObject {
  const { view } = details;
  const { state, message } = view.task.status;
  const said = textOf(message);
  const head = { ...headOf(details, at.handle), ...(said === "" ? {} : { statusMessage: said }) };
  switch (state) {
    case TaskState.Submitted:
    case TaskState.Working:
      return { ...head, status: "working" };
    case TaskState.InputRequired:
    case TaskState.AuthRequired:
      if (approvalIdOf(view) !== undefined) return { ...head, status: "working" };
      return { ...head, status: "input_required", inputRequests: toInputRequests(askable(call.request, view)) };
    case TaskState.Canceled:
      return { ...head, status: "cancelled" };
    default:
      return { ...head, ...outcomeOf(call, details, at.tool) };
  }
}

/** `failed` is for what the platform did not manage; what the agent did not is a result. */
function outcomeOf({ exchange }: McpCall, { view }: Details, tool: SkillTool): JsonObject {
  try {
    return { status: "completed", result: { ...toFinalResult(view, tool) } };
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    return { status: "failed", error: mcpErrorBody(error, exchange) };
  }
}

function headOf({ record }: Details, taskId: string): JsonObject {
  return { taskId, createdAt: record.createdAt, lastUpdatedAt: record.statusAt, ...LIFETIME };
}

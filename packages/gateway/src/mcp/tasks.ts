import { isInterrupted, isPlatformError, isTerminal } from "@berth/protocol";
import { callContext } from "../a2a/operations.ts";
import { askable, tellAgent } from "./ask-caller.ts";
import { objectAt, textAt } from "./json.ts";
import type { McpCall } from "./mcp-call.ts";
import { McpCode, McpError, missingCapability } from "./mcp-error.ts";
import { declaresTasks } from "./mcp-request.ts";
import { readAnswers } from "./questions.ts";
import { TASKS_EXTENSION } from "./revision.ts";
import { toDetailedTask } from "./task-form.ts";
import { cancelTask } from "./task-run.ts";
import { findTool } from "./tool.ts";
import type { SkillTool } from "./tool.ts";

/** The tasks extension (SEP-2663): the platform's own tasks, by handles that open for their caller only. */

/** How long an update waits for the agent to take the answers in, so that the next look shows it. */
const TAKEN_IN_MS = 500;

interface OpenTask {
  readonly handle: string;
  readonly taskId: string;
  readonly tool: SkillTool;
  readonly details: Awaited<ReturnType<McpCall["edge"]["control"]["tasks"]["get"]>>;
}

export async function showTask(call: McpCall): Promise<object> {
  const task = await openTask(call, textAt(call.request.params, "taskId"));
  return toDetailedTask(call, task.details, task);
}

export async function updateTask(call: McpCall): Promise<object> {
  const { params } = call.request;
  const { taskId, tool, details } = await openTask(call, textAt(params, "taskId"));
  const responses = objectAt(params, "inputResponses");
  if (responses === undefined) throw refuse(`"inputResponses" must be an object.`);
  if (!isInterrupted(details.view.task.status.state)) return {};
  const answers = readAnswers(askable(call.request, details.view), responses);
  if (answers.kind === "declined") {
    await cancelTask(call, taskId);
  } else if (answers.parts.length > 0) {
    const { seq } = await tellAgent(call, tool.agent, taskId, answers.parts);
    await takenIn(call, taskId, seq);
  }
  return {};
}

export async function endTask(call: McpCall): Promise<object> {
  const { taskId } = await openTask(call, textAt(call.request.params, "taskId"));
  await cancelTask(call, taskId);
  return {};
}

/** @throws MissingRequiredClientCapability, INVALID_PARAMS for a task that is not there or not this caller's. */
export async function openTask(call: McpCall, handle: string | undefined): Promise<OpenTask> {
  const { edge, exchange, sealer, surface, request } = call;
  if (!declaresTasks(request)) throw missingCapability({ extensions: { [TASKS_EXTENSION]: {} } });
  const opened = handle === undefined ? undefined : sealer.open("task", exchange.principal, handle);
  const taskId = textAt(opened, "taskId");
  if (handle === undefined || taskId === undefined) throw unknownTask();
  try {
    const details = await edge.control.tasks.get(callContext(exchange, "mcp"), taskId, surface.agentName);
    const tool = await findTool(surface, textAt(opened, "tool") ?? "");
    // Its agent may have a release without the skill by now.
    if (tool === undefined) throw unknownTask();
    return { handle, taskId, tool, details };
  } catch (error) {
    if (isPlatformError(error) && error.reason === "TASK_NOT_FOUND") throw unknownTask();
    throw error;
  }
}

async function takenIn({ edge, exchange }: McpCall, taskId: string, seq: number): Promise<void> {
  const signal = AbortSignal.any([exchange.closed, AbortSignal.timeout(TAKEN_IN_MS)]);
  const frames = edge.control.tasks.follow(callContext(exchange, "mcp"), taskId, { after: seq, signal });
  for await (const { frame } of frames) {
    if (!("statusUpdate" in frame)) continue;
    const { state } = frame.statusUpdate.status;
    if (isTerminal(state) || isInterrupted(state)) return;
  }
}

function unknownTask(): McpError {
  return refuse("Task not found: there is none with this id, or it is not yours.");
}

function refuse(message: string): McpError {
  return new McpError(McpCode.InvalidParams, message, { httpStatus: 200 });
}

import { isPlatformError } from "@berth/protocol";
import type { JsonObject, PlatformError, SendMessageRequest } from "@berth/protocol";
import { acceptMessage } from "../a2a/operations.ts";
import { isJsonObject, member, textAt } from "./json.ts";
import { toA2aCall } from "./mcp-call.ts";
import type { McpCall } from "./mcp-call.ts";
import { McpCode, McpError, missingCapability } from "./mcp-error.ts";
import { declaresTasks, inputResponsesOf } from "./mcp-request.ts";
import { assertArgumentHeaders } from "./request-headers.ts";
import { openRequestState } from "./request-state.ts";
import { TASKS_EXTENSION } from "./revision.ts";
import { runTask } from "./run-task.ts";
import { toSkillRequest } from "./skill-request.ts";
import { toolError } from "./tool-result.ts";
import { findTool } from "./tool.ts";
import type { SkillTool } from "./tool.ts";

/** Undefined: the caller wants no answer any more. @throws INVALID_PARAMS for a tool that does not exist. */
export async function callTool(call: McpCall): Promise<object | undefined> {
  const { params } = call.request;
  const name = textAt(params, "name") ?? "";
  const tool = await findTool(call.surface, name);
  if (tool === undefined) throw refuse(`Unknown tool: ${name.slice(0, 100)}`);
  if (tool.needsTask && call.request.era === "modern" && !declaresTasks(call.request)) {
    throw missingCapability({ extensions: { [TASKS_EXTENSION]: {} } });
  }
  const args = member(params, "arguments") ?? {};
  if (!isJsonObject(args)) return toolError("The arguments must be an object.");
  if (call.request.era === "modern") assertArgumentHeaders(call.exchange, tool.tool.inputSchema, args);
  const responses = inputResponsesOf(call.request);
  try {
    const state = member(params, "requestState");
    if (call.request.era === "modern" && state !== undefined) {
      const taskId = openRequestState(call, state, { tool: name, args });
      return await runTask(call, { tool, args, taskId, after: undefined, responses });
    }
    const request = toSkillRequest(call.edge.ids, tool, args);
    if (typeof request === "string") return toolError(request);
    return await begin(call, { tool, args, responses, request });
  } catch (error) {
    // What a model can mend it should get to read.
    if (isPlatformError(error) && MENDABLE.has(error.reason)) return toolError(withHint(error));
    throw error;
  }
}

async function begin(
  call: McpCall,
  {
    tool,
    args,
    responses,
    request,
  }: {
    readonly tool: SkillTool;
    readonly args: JsonObject;
    readonly responses: JsonObject;
    readonly request: SendMessageRequest;
  },
): Promise<object | undefined> {
  const turn = await acceptMessage(toA2aCall(call, tool.agent), request, "mcp");
  return await runTask(call, { tool, args, taskId: turn.taskId, after: turn.seq, responses });
}

const MENDABLE: ReadonlySet<PlatformError["reason"]> = new Set<PlatformError["reason"]>([
  "TASK_NOT_FOUND",
  "UNSUPPORTED_OPERATION",
  "CONTEXT_MISMATCH",
  "INVALID_PARAMS",
  "CONTENT_TYPE_NOT_SUPPORTED",
  "SKILL_NOT_FOUND",
  "AGENT_OVERLOADED",
]);

function withHint({ message, hint }: PlatformError): string {
  return hint === undefined ? message : `${message} ${hint}`;
}

function refuse(message: string): McpError {
  return new McpError(McpCode.InvalidParams, message, { httpStatus: 200 });
}

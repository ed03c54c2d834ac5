import { PlatformError, Role, SKILL_CALL_METADATA, isPlatformError } from "@berth/protocol";
import type { JsonObject, JsonValue, Part, SendMessageRequest } from "@berth/protocol";
import { acceptMessage, settleTurn } from "../a2a/operations.ts";
import type { A2aCall } from "../a2a/operations.ts";
import { toSkillMessage } from "../rest/skill-message.ts";
import { toToolResult, toolError } from "./tool-result.ts";
import type { CallToolResult } from "./tool-result.ts";
import type { SkillTool } from "./tool.ts";

/** @throws INVALID_PARAMS for a tool that does not exist; what a model can mend is a result with `isError`. */
export async function callTool(
  call: A2aCall,
  tools: ReadonlyMap<string, SkillTool>,
  params: { readonly name: unknown; readonly arguments: unknown },
): Promise<CallToolResult> {
  const tool = typeof params.name === "string" ? tools.get(params.name) : undefined;
  if (tool === undefined)
    throw new PlatformError("INVALID_PARAMS", `Unknown tool: ${String(params.name).slice(0, 100)}`);
  const given = params.arguments ?? {};
  if (!isJsonObject(given)) return toolError("The arguments must be an object.");
  const request = toRequest(call, tool, given);
  if (typeof request === "string") return toolError(request);
  try {
    const turn = await acceptMessage(call, request, "mcp");
    return toToolResult(await settleTurn(call, turn, { protocol: "mcp" }), turn.contextId, tool);
  } catch (error) {
    if (isPlatformError(error) && MENDABLE.has(error.reason)) return toolError(withHint(error));
    throw error;
  }
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

/** The message, or what is wrong with the arguments. */
function toRequest({ edge }: A2aCall, tool: SkillTool, given: JsonObject): SendMessageRequest | string {
  const { reserved, takesInput, skill } = tool;
  const { [reserved.taskId]: taskId, [reserved.message]: message, ...input } = given;
  if (taskId !== undefined && typeof taskId !== "string") return `"${reserved.taskId}" must be a string.`;
  if (message !== undefined && typeof message !== "string") return `"${reserved.message}" must be a string.`;
  const isContinuation = taskId !== undefined && taskId !== "";
  if (!takesInput || (isContinuation && message !== undefined)) {
    if (message === undefined || message === "") return `"${reserved.message}" is required.`;
    return toTextRequest(edge.ids("message"), skill.id, [{ text: message }], isContinuation ? taskId : undefined);
  }
  const missing = isContinuation ? [] : tool.required.filter((name) => !(name in input));
  if (missing.length > 0) return `Required arguments are missing: ${missing.join(", ")}.`;
  return toSkillMessage(edge.ids, { skill: skill.id, input, ...(isContinuation ? { taskId } : {}) });
}

function toTextRequest(
  messageId: string,
  skill: string,
  parts: readonly Part[],
  taskId: string | undefined,
): SendMessageRequest {
  // The SDK reads the skill from the metadata; an answer to a question goes to whoever asked it.
  const metadata = taskId === undefined ? { metadata: { [SKILL_CALL_METADATA]: { skill } } } : { taskId };
  return { message: { messageId, role: Role.User, parts, ...metadata } };
}

function withHint({ message, hint }: PlatformError): string {
  return hint === undefined ? message : `${message} ${hint}`;
}

function isJsonObject(value: unknown): value is { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

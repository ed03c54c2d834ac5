import { Role, SKILL_CALL_METADATA } from "@berth/protocol";
import type { IdGenerator, JsonObject, SendMessageRequest } from "@berth/protocol";
import { toSkillMessage } from "../rest/skill-message.ts";
import type { SkillTool } from "./tool.ts";

/** The arguments of a tool as the message to its agent, or what is wrong with them. */
export function toSkillRequest(ids: IdGenerator, tool: SkillTool, given: JsonObject): SendMessageRequest | string {
  const { reserved, takesInput, skill } = tool;
  const { [reserved.taskId]: taskId, [reserved.message]: message, ...input } = given;
  if (taskId !== undefined && typeof taskId !== "string") return `"${reserved.taskId}" must be a string.`;
  if (message !== undefined && typeof message !== "string") return `"${reserved.message}" must be a string.`;
  const isContinuation = taskId !== undefined && taskId !== "";
  if (!takesInput || (isContinuation && message !== undefined)) {
    if (message === undefined || message === "") return `"${reserved.message}" is required.`;
    return toTextRequest(ids, skill.id, message, isContinuation ? taskId : undefined);
  }
  const missing = isContinuation ? [] : tool.required.filter((name) => !(name in input));
  if (missing.length > 0) return `Required arguments are missing: ${missing.join(", ")}.`;
  return toSkillMessage(ids, { skill: skill.id, input, ...(isContinuation ? { taskId } : {}) });
}

function toTextRequest(ids: IdGenerator, skill: string, text: string, taskId: string | undefined): SendMessageRequest {
  // The SDK reads the skill from the metadata; an answer to a question goes to whoever asked it.
  const rest = taskId === undefined ? { metadata: { [SKILL_CALL_METADATA]: { skill } } } : { taskId };
  return { message: { messageId: ids("message"), role: Role.User, parts: [{ text }], ...rest } };
}

import { TaskState } from "@berth/protocol";
import type { JsonObject, JsonValue, Part, TaskView } from "@berth/protocol";
import { outputOf, textOf } from "../rest/run-result.ts";
import type { SkillTool } from "./tool.ts";

export interface CallToolResult {
  readonly content: readonly JsonObject[];
  readonly structuredContent?: JsonObject;
  readonly isError?: true;
}

export function toToolResult(view: TaskView, contextId: string, tool: SkillTool): CallToolResult {
  const { state, message } = view.task.status;
  const said = textOf(message);
  if (state === TaskState.Completed) return toCompleted(view, tool);
  if (state === TaskState.Submitted || state === TaskState.Working) return toPending(view, contextId, tool, undefined);
  if (state === TaskState.InputRequired) {
    return toPending(view, contextId, tool, said === "" ? "The agent asks for more." : said);
  }
  return toolError(said === "" ? WITHOUT_A_WORD[state] : said);
}

const WITHOUT_A_WORD = {
  [TaskState.AuthRequired]: "The agent needs an authorization that this client cannot give.",
  [TaskState.Failed]: "The task failed.",
  [TaskState.Canceled]: "The task was canceled.",
  [TaskState.Rejected]: "The agent rejected the task.",
} as const;

/** What a model can read and act on; MCP keeps protocol errors for what only a programmer can mend. */
export function toolError(text: string): CallToolResult {
  return { content: [textBlock(text)], isError: true };
}

function toCompleted(view: TaskView, { tool }: SkillTool): CallToolResult {
  const output = outputOf(view);
  const parts = [...(view.reply?.parts ?? []), ...(view.task.artifacts ?? []).flatMap((artifact) => artifact.parts)];
  const blocks = parts.map(toBlock);
  const said = textOf(view.task.status.message);
  const content = blocks.length > 0 ? blocks : [textBlock(said === "" ? "Done." : said)];
  if (isJsonObject(output)) return { content, structuredContent: output };
  if (tool.outputSchema === undefined) return { content };
  return { content: [textBlock("The agent did not answer in the form that it declares."), ...content], isError: true };
}

/** Not the end: the model calls the tool again with the task's id. */
function toPending(view: TaskView, contextId: string, tool: SkillTool, question: string | undefined): CallToolResult {
  const { id, status } = view.task;
  const { taskId, message } = tool.reserved;
  const next =
    question === undefined
      ? `The task ${id} is still running. Ask for it later.`
      : `${question}\n\nTo answer, call this tool again with ${taskId} "${id}" and your answer in ${message}.`;
  return {
    content: [textBlock(next)],
    structuredContent: {
      state: status.state,
      task_id: id,
      context_id: view.task.contextId ?? contextId,
      ...(question === undefined ? {} : { question }),
    },
  };
}

function toBlock({ text, data, raw, url, mediaType, filename }: Part): JsonObject {
  if (text !== undefined) return textBlock(text);
  if (data !== undefined) return textBlock(JSON.stringify(data));
  const mimeType = mediaType ?? "application/octet-stream";
  if (url !== undefined) return { type: "resource_link", uri: url, name: filename ?? url, mimeType };
  const bytes = raw ?? "";
  if (mimeType.startsWith("image/")) return { type: "image", data: bytes, mimeType };
  if (mimeType.startsWith("audio/")) return { type: "audio", data: bytes, mimeType };
  const uri = `attachment:///${encodeURIComponent(filename ?? "file")}`;
  return { type: "resource", resource: { uri, mimeType, blob: bytes } };
}

function textBlock(text: string): JsonObject {
  return { type: "text", text };
}

function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

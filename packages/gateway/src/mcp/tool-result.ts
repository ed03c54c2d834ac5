import { PlatformError, REASONS, TaskState } from "@berth/protocol";
import type { JsonObject, Reason, TaskView } from "@berth/protocol";
import { approvalIdOf, outputOf, textOf } from "../rest/run-result.ts";
import { artifactUri, textBlock, toBlock } from "./content-block.ts";
import { isJsonObject } from "./json.ts";
import type { SkillTool } from "./tool.ts";

export interface CallToolResult {
  readonly content: readonly JsonObject[];
  readonly structuredContent?: JsonObject;
  readonly isError?: true;
}

/** A task that is over. @throws what ended it, when that was the platform and not the agent. */
export function toFinalResult(view: TaskView, tool: SkillTool): CallToolResult {
  const { state, message } = view.task.status;
  if (state === TaskState.Completed) return toCompleted(view, tool);
  const failure = platformFailureOf(view);
  if (failure !== undefined) throw failure;
  const said = textOf(message);
  const fallback = state === TaskState.Rejected ? "The agent rejected the task." : "The task failed.";
  return toolError(said !== "" ? said : state === TaskState.Canceled ? "The task was canceled." : fallback);
}

/** What a model can read and act on; MCP keeps protocol errors for what only a programmer can mend. */
export function toolError(text: string): CallToolResult {
  return { content: [textBlock(text)], isError: true };
}

/** Why the platform ended the task; undefined when the agent did. */
function platformFailureOf({ task }: TaskView): PlatformError | undefined {
  const { state, message } = task.status;
  const reason = message?.metadata?.["reason"];
  if (state !== TaskState.Failed || typeof reason !== "string" || !isReason(reason)) return undefined;
  return new PlatformError(reason, textOf(message));
}

/** Not the end: the model calls the tool again with the task's id. */
export function toPendingResult(view: TaskView, contextId: string, tool: SkillTool): CallToolResult {
  const { id, status } = view.task;
  const { taskId, message } = tool.reserved;
  const question = questionOf(view);
  const links = (status.message?.parts ?? []).filter(({ url }) => url !== undefined).map((part) => toBlock(part));
  const approval = approvalIdOf(view);
  const next =
    question === undefined || approval !== undefined
      ? pendingText(id, { question, approval })
      : `${question}\n\nTo answer, call this tool again with ${taskId} "${id}" and your answer in ${message}.`;
  return {
    content: [textBlock(next), ...links],
    structuredContent: {
      state: status.state,
      task_id: id,
      context_id: view.task.contextId ?? contextId,
      ...(approval === undefined ? {} : { approval_id: approval }),
      ...(question === undefined || approval !== undefined ? {} : { question }),
    },
  };
}

/** Nothing for the model to do. */
function pendingText(
  id: string,
  { question, approval }: { readonly question: string | undefined; readonly approval: string | undefined },
): string {
  if (approval === undefined) return `The task ${id} is still running. Ask for it later.`;
  return `${question ?? ""}\n\nSomebody other than the caller has to decide on ${approval}: a2a approvals approve ${approval}. The task ${id} goes on by itself then. Ask for it later.`;
}

function questionOf({ task }: TaskView): string | undefined {
  const { state, message } = task.status;
  const said = textOf(message);
  if (state === TaskState.InputRequired) return said === "" ? "The agent asks for more." : said;
  if (state === TaskState.AuthRequired) return said === "" ? "The agent needs an authorization." : said;
  return undefined;
}

function toCompleted(view: TaskView, { tool }: SkillTool): CallToolResult {
  const { id, artifacts = [], status } = view.task;
  const output = outputOf(view);
  const blocks = [
    ...(view.reply?.parts ?? []).map((part) => toBlock(part)),
    ...artifacts.flatMap(({ parts }, index) => parts.map((part) => toBlock(part, artifactUri(id, index)))),
  ];
  const said = textOf(status.message);
  const content = blocks.length > 0 ? blocks : [textBlock(said === "" ? "Done." : said)];
  if (isJsonObject(output)) return { content, structuredContent: output };
  if (tool.outputSchema === undefined) return { content };
  return { content: [textBlock("The agent did not answer in the form that it declares."), ...content], isError: true };
}

function isReason(text: string): text is Reason {
  return Object.hasOwn(REASONS, text);
}

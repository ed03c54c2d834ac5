import { Role, SCOPE_REQUEST_METADATA, SKILL_CALL_METADATA } from "@berth/protocol";
import type { JsonValue, Message, Part, Task } from "@berth/protocol";
import { newMessageId } from "../task/send-message.ts";

/** What the person has written, before it is a message. */
export interface Draft {
  readonly text: string;
  readonly files: readonly Part[];
  /** A skill's typed input; then `text` is not sent. */
  readonly call?: { readonly skill: string; readonly input: unknown };
}

/** A new message. `forkOf`: the task whose message it was before it was changed. */
export function messageOf(
  { text, files, call }: Draft,
  at: { readonly contextId?: string; readonly forkOf?: string },
): Message {
  // Made by a form of ours, of JSON alone.
  const input = call?.input as JsonValue | undefined;
  const first: readonly Part[] = input !== undefined ? [{ data: input }] : text === "" ? [] : [{ text }];
  return {
    messageId: newMessageId(),
    role: Role.User,
    parts: [...first, ...files],
    ...(call === undefined || input === undefined
      ? {}
      : { metadata: { [SKILL_CALL_METADATA]: { skill: call.skill, input } } }),
    ...(at.contextId === undefined ? {} : { contextId: at.contextId }),
    ...(at.forkOf === undefined ? {} : { referenceTaskIds: [at.forkOf] }),
  };
}

/** The same again, as a message of its own. */
export function again({ messageId: _id, taskId: _task, ...message }: Message, contextId: string | undefined): Message {
  const { contextId: _context, ...rest } = message;
  return { ...rest, messageId: newMessageId(), ...(contextId === undefined ? {} : { contextId }) };
}

/** What a message says, to be changed and sent once more. */
export function draftOf({ parts, metadata }: Message): Draft {
  const call = metadata?.[SKILL_CALL_METADATA];
  const files = parts.filter(({ raw, url }) => raw !== undefined || url !== undefined);
  const text = parts.flatMap((part) => (part.text === undefined ? [] : [part.text])).join("\n");
  if (typeof call !== "object" || call === null || Array.isArray(call)) return { text, files };
  const { skill, input } = call as { readonly skill?: JsonValue; readonly input?: JsonValue };
  return typeof skill === "string" ? { text, files, call: { skill, input } } : { text, files };
}

/** Of a task that waits for an approval. */
export function approvalOf({ status }: Task): string | undefined {
  const request = status.message?.metadata?.[SCOPE_REQUEST_METADATA];
  if (typeof request !== "object" || request === null || !("approvalId" in request)) return undefined;
  const { approvalId } = request;
  return typeof approvalId === "string" ? approvalId : undefined;
}

export type Said =
  | { readonly type: "message"; readonly message: Message }
  /** What the agent reported on the way, the last one last. */
  | { readonly type: "progress"; readonly messages: readonly Message[] };

/**
 * A task's messages as a conversation: reports in a row are one. What an agent said last before the person did, or before it
 * waited, was meant for the person.
 */
export function saidOf(task: Task): readonly Said[] {
  const said: Said[] = [];
  const history = task.history ?? [];
  for (const [at, message] of history.entries()) {
    const isReport = message.role === Role.Agent && history[at + 1]?.role !== Role.User;
    const last = said.at(-1);
    if (!isReport) said.push({ type: "message", message });
    else if (last?.type === "progress") said[said.length - 1] = { ...last, messages: [...last.messages, message] };
    else said.push({ type: "progress", messages: [message] });
  }
  const { message, state } = task.status;
  if (message === undefined) return said;
  const last = said.at(-1);
  if (state === "TASK_STATE_WORKING" || state === "TASK_STATE_SUBMITTED") {
    const before = last?.type === "progress" ? last.messages : [];
    return [
      ...(last?.type === "progress" ? said.slice(0, -1) : said),
      { type: "progress", messages: [...before, message] },
    ];
  }
  return [...said, { type: "message", message }];
}

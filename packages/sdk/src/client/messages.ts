import { Role, SKILL_CALL_METADATA } from "@berth/protocol";
import type { JsonValue, Message } from "@berth/protocol";

export interface MessageOptions {
  /** Continue this task, such as to answer its question. */
  readonly taskId?: string;
  readonly contextId?: string;
  /** Default: a new UUID. The same id sent again is the same message. */
  readonly messageId?: string;
}

export function textMessage(text: string, options: MessageOptions = {}): Message {
  return { ...envelope(options), parts: [{ text }] };
}

/** Names a skill and passes its input as data, so that the agent need not guess either. */
export function skillMessage(skill: string, input: JsonValue, options: MessageOptions = {}): Message {
  return {
    ...envelope(options),
    parts: [{ data: input, mediaType: "application/json" }],
    metadata: { [SKILL_CALL_METADATA]: { skill, input } },
  };
}

function envelope({ messageId, taskId, contextId }: MessageOptions): Pick<Message, "messageId" | "role"> {
  return {
    messageId: messageId ?? crypto.randomUUID(),
    role: Role.User,
    ...(taskId === undefined ? {} : { taskId }),
    ...(contextId === undefined ? {} : { contextId }),
  };
}

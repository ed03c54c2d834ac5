import { createHash } from "node:crypto";
import { Role, SKILL_CALL_METADATA } from "@berth/protocol";
import type { IdGenerator, JsonValue, SendMessageRequest } from "@berth/protocol";

export interface SkillCall {
  readonly skill: string;
  readonly input: JsonValue;
  readonly taskId?: string;
  readonly contextId?: string;
  readonly idempotencyKey?: string;
}

/** A typed call of a skill as the message an agent understands with or without our SDK. */
export function toSkillMessage(ids: IdGenerator, call: SkillCall): SendMessageRequest {
  const { skill, input, taskId, contextId, idempotencyKey } = call;
  return {
    message: {
      messageId: idempotencyKey === undefined ? ids("message") : messageIdOf(idempotencyKey),
      role: Role.User,
      parts: [{ data: input }],
      metadata: { [SKILL_CALL_METADATA]: { skill, input } },
      ...(taskId === undefined ? {} : { taskId }),
      ...(contextId === undefined ? {} : { contextId }),
    },
  };
}

/** The same key makes the same message, so that a repeated call is the same send in every respect. */
function messageIdOf(idempotencyKey: string): string {
  return `msg_${createHash("sha256").update(idempotencyKey).digest("hex").slice(0, 32)}`;
}

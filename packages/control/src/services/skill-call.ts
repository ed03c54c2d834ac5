import { Role, SKILL_CALL_METADATA, TaskState } from "@berth/protocol";
import type { JsonObject, JsonValue, Message, TaskView } from "@berth/protocol";
import type { AgentCall } from "@berth/runtime";

/** The artifact that carries what a skill returned. */
const OUTPUT_ARTIFACT = "output";

/** A call of another agent's skill as the message that makes it. */
export function toMessage({ skill, input }: AgentCall, messageId: string): Message {
  return {
    messageId,
    role: Role.User,
    parts: [{ data: input, mediaType: "application/json" }],
    metadata: { [SKILL_CALL_METADATA]: { skill } },
  };
}

/** What the calling agent gets: never more than any caller of the task would see. */
export function toResult({ task }: TaskView): JsonObject {
  const { id, contextId, status, artifacts = [] } = task;
  const output = artifacts.find((artifact) => artifact.name === OUTPUT_ARTIFACT)?.parts[0]?.data;
  const message = status.message?.parts.map(({ text }) => text ?? "").join("");
  return {
    taskId: id,
    ...(contextId === undefined ? {} : { contextId }),
    state: status.state,
    ...(output === undefined ? {} : { output }),
    ...(message === undefined || message === "" ? {} : { message }),
    // Parts are JSON as they came off the wire.
    artifacts: artifacts as unknown as JsonValue,
    completed: status.state === TaskState.Completed,
  };
}

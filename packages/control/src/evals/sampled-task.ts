import { createHash } from "node:crypto";
import { SKILL_CALL_METADATA, TaskState, foldTask } from "@berth/protocol";
import type { AcceptedEvent, JsonValue, TaskEvent, TaskView } from "@berth/protocol";
import type { ReleaseRecord } from "@berth/store";

/** A task of the past, as a scorer sees a case. */
export interface SampledTask {
  readonly agentName: string;
  readonly input: JsonValue;
  readonly view: TaskView;
}

/** What becomes of a task does not say whether it is taken: only its id does, so that nobody can choose. */
export function isSampled(taskId: string, rate: number): boolean {
  if (rate >= 1) return true;
  return createHash("sha256").update(taskId).digest().readUInt32BE(0) < rate * 2 ** 32;
}

/** Whether its end says something about the agent: who cancels is the caller. */
export function saysSomething(state: TaskState): boolean {
  return state === TaskState.Completed || state === TaskState.Failed;
}

/** Undefined: the task was not for this skill. A call that names none is for the only one there is. */
export function readSampled(
  events: readonly TaskEvent[],
  skill: string,
  { card }: Pick<ReleaseRecord, "card">,
): SampledTask | undefined {
  const accepted = events[0]?.body;
  if (accepted?.kind !== "accepted") return undefined;
  const [only, ...others] = card.skills;
  const called = skillOf(accepted) ?? (others.length === 0 ? only?.id : undefined);
  if (called !== skill) return undefined;
  return { agentName: accepted.agentName, input: inputOf(accepted), view: foldTask(events) };
}

function skillOf({ skill, message }: AcceptedEvent): string | undefined {
  if (skill !== undefined) return skill;
  const named = callOf(message)["skill"];
  return typeof named === "string" ? named : undefined;
}

/** Of a typed call what it was called with; or else the message's data, or its text. */
function inputOf({ message }: AcceptedEvent): JsonValue {
  const { input } = callOf(message);
  if (input !== undefined) return input;
  const data = message.parts.find((part) => part.data !== undefined)?.data;
  return data ?? message.parts.flatMap(({ text }) => (text === undefined ? [] : [text])).join("");
}

function callOf({ metadata }: AcceptedEvent["message"]): { readonly [key: string]: JsonValue | undefined } {
  const call = metadata?.[SKILL_CALL_METADATA];
  const isMembers = typeof call === "object" && call !== null && !Array.isArray(call);
  // A JSON value that is neither null nor a list is an object.
  return isMembers ? (call as { readonly [key: string]: JsonValue | undefined }) : {};
}

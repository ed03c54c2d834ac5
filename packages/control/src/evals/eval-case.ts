import { canonicalJson } from "@berth/ledger";
import { Role, SKILL_CALL_METADATA, isTerminal } from "@berth/protocol";
import type { EvalCase, IdGenerator, JsonObject, JsonValue, SendMessageRequest, TaskView } from "@berth/protocol";
import type { Scored } from "./score-answer.ts";
import { FULL_SCORE, failed } from "./score-answer.ts";
import { digestOf } from "../receipts/node-sha256.ts";

/** A typed call of a skill, as every agent understands it. */
export function toCall(ids: IdGenerator, skill: string, input: JsonValue): SendMessageRequest {
  return {
    message: {
      messageId: ids("message"),
      role: Role.User,
      parts: [{ data: input }],
      metadata: { [SKILL_CALL_METADATA]: { skill, input } },
    },
  };
}

/** What a skill returned: data, or else text. Of the artifact named output, or else of the last one, or of a reply. */
export function answerOf({ task, reply }: TaskView): JsonValue | undefined {
  const artifacts = task.artifacts ?? [];
  const named = artifacts.findLast(({ name }) => name === "output") ?? artifacts.at(-1);
  const parts = named?.parts ?? reply?.parts ?? [];
  const data = parts.findLast((part) => part.data !== undefined)?.data;
  if (data !== undefined) return data;
  const texts = parts.flatMap(({ text }) => (text === undefined ? [] : [text]));
  return texts.length === 0 ? undefined : texts.join("");
}

/** Why the answer is not looked at. */
export function endedBadly({ task }: TaskView): string | undefined {
  const { state, message } = task.status;
  if (state === "TASK_STATE_COMPLETED") return undefined;
  const said = message?.parts.flatMap(({ text }) => (text === undefined ? [] : [text])).join(" ") ?? "";
  const ended = isTerminal(state) ? `the task ended in ${state}` : `the task was at ${state} when its time was over`;
  return said === "" ? ended : `${ended}: ${said}`;
}

/** What a scoring skill says of an answer: `{"score": 0 to 1, "reason"?}`. It is an agent's word, so it is checked. */
export function readVerdict(skill: string, verdict: JsonValue | undefined): Scored {
  const isMembers = typeof verdict === "object" && verdict !== null && !Array.isArray(verdict);
  // A JSON value that is neither null nor a list is an object.
  const { score, reason } = isMembers ? (verdict as JsonObject) : {};
  if (typeof score !== "number" || !(score >= 0 && score <= 1))
    return failed(`code ${skill}: answered no score from 0 to 1`);
  const thousandths = Math.floor(score * FULL_SCORE);
  if (thousandths === FULL_SCORE) return { score: thousandths };
  const why = typeof reason === "string" && reason !== "" ? reason : `scored ${score}`;
  return { ...failed(`code ${skill}: ${why}`), score: thousandths };
}

/** Hash of what the answer was held against: the same rubric, the same hash, whatever the agent. */
export function rubricOf(threshold: string, { id, input, expected, scorers }: EvalCase): string {
  return digestOf(canonicalJson({ case: id, input, expected, scorers, threshold }));
}

import { QUESTION_METADATA } from "@berth/protocol";
import type { JsonObject, JsonValue, Message, Part, TaskView } from "@berth/protocol";
import { isAnswerTo, toForm } from "./elicitation-form.ts";
import type { Form } from "./elicitation-form.ts";
import { isJsonObject, member, objectAt, textAt } from "./json.ts";
import { textOf } from "../rest/run-result.ts";

/** Something that an agent asks, as MCP asks it. */
export interface Question {
  /** Never the same for two questions of one task. */
  readonly key: string;
  readonly method: "elicitation/create" | "sampling/createMessage" | "roots/list";
  readonly params: JsonObject;
  /** What the agent called it. */
  readonly ownKey: string;
  readonly form?: Form;
}

const METHODS = ["elicitation/create", "sampling/createMessage", "roots/list"] as const;

/**
 * What a task that waits asks for. Each part of the agent's message may carry a question of its own in its metadata:
 * `{key?, schema?, method?, params?}`; without one the whole message is one question. By `method` and `params` an agent
 * that knows MCP asks for more than a form: an answer of the client's model, or its roots.
 */
export function questionsOf({ task }: TaskView): readonly Question[] {
  const { message } = task.status;
  if (message === undefined) return [];
  const answered = answeredKeys(task.history ?? []);
  const specs = message.parts.flatMap((part) => {
    const spec = objectAt(part.metadata, QUESTION_METADATA);
    return spec === undefined ? [] : [{ spec, text: part.text ?? "" }];
  });
  const whole = { spec: objectAt(message.metadata, QUESTION_METADATA) ?? {}, text: textOf(message) };
  return (specs.length === 0 ? [whole] : specs).map(({ spec, text }, index) => {
    const ownKey = textAt(spec, "key") ?? `${message.messageId}${index === 0 ? "" : `-${index}`}`;
    const times = answered.get(ownKey) ?? 0;
    return toQuestion({ ownKey, key: times === 0 ? ownKey : `${ownKey}_${times + 1}`, spec, text });
  });
}

function toQuestion(found: {
  readonly ownKey: string;
  readonly key: string;
  readonly spec: JsonObject;
  readonly text: string;
}): Question {
  const { ownKey, key, spec, text } = found;
  const method = METHODS.find((known) => known === spec["method"]) ?? "elicitation/create";
  if (method !== "elicitation/create") return { key, ownKey, method, params: objectAt(spec, "params") ?? {} };
  const form = toForm(objectAt(spec, "schema"));
  const message = text === "" ? "The agent asks for more." : text;
  return { key, ownKey, method, form, params: { message, requestedSchema: form.requestedSchema } };
}

/** How often the caller has answered each key so far. */
function answeredKeys(history: readonly Message[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { role, parts } of history) {
    if (role !== "ROLE_USER") continue;
    for (const part of parts) {
      const key = textAt(objectAt(part.metadata, QUESTION_METADATA), "key");
      if (key !== undefined) times.set(key, (times.get(key) ?? 0) + 1);
    }
  }
  return times;
}

export type Answers =
  /** What there is to tell the agent; empty when nothing that was asked was answered. */
  | { readonly kind: "given"; readonly parts: readonly Part[]; readonly open: readonly Question[] }
  /** The person does not want to answer. */
  | { readonly kind: "declined" };

/** The client's answers, attacker-controlled like everything it sends. What was not asked or does not fit is ignored. */
export function readAnswers(questions: readonly Question[], responses: JsonObject): Answers {
  const parts: Part[] = [];
  const open: Question[] = [];
  for (const question of questions) {
    const response = member(responses, question.key);
    const action = textAt(response, "action");
    const isRefusal = action === "decline" || action === "cancel";
    if (isRefusal && question.method === "elicitation/create") return { kind: "declined" };
    const part = isJsonObject(response) ? toPart(question, response) : undefined;
    if (part === undefined) open.push(question);
    else parts.push(part);
  }
  return { kind: "given", parts, open };
}

function toPart({ ownKey, method, form }: Question, response: JsonObject): Part | undefined {
  const metadata = { [QUESTION_METADATA]: { key: ownKey } };
  if (method !== "elicitation/create") return { data: response, metadata };
  // An address: that the user went there is all there is to tell.
  if (form === undefined) return response["action"] === "accept" ? { text: "Done.", metadata } : undefined;
  const content = objectAt(response, "content");
  if (response["action"] !== "accept" || content === undefined || !isAnswerTo(form, content)) return undefined;
  if (form.shape === "object") return { data: content, metadata };
  const reply: JsonValue = content["reply"] ?? "";
  return form.shape === "text" && typeof reply === "string" ? { text: reply, metadata } : { data: reply, metadata };
}

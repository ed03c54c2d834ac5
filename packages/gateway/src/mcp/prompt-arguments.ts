import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import { canAsk, toInputRequests } from "./ask-caller.ts";
import { toForm } from "./elicitation-form.ts";
import { isJsonObject, objectAt, textAt } from "./json.ts";
import { inputResponsesOf } from "./mcp-request.ts";
import type { McpRequest } from "./mcp-request.ts";
import { readAnswers } from "./questions.ts";
import type { Question } from "./questions.ts";

type Values = ReadonlyMap<string, string>;

/**
 * The arguments of a prompt: those that the client gave, and for required ones that it left out, what its user answers.
 * 2026 asks with the result (`input_required`), and the client tries again with the answer; so nothing is kept here.
 * @throws INVALID_PARAMS when required ones are missing and nobody can be asked, or wants to answer.
 */
export function takeArguments(
  request: McpRequest,
  prompt: { readonly name: string; readonly arguments: readonly JsonObject[] },
): { readonly values: Values } | { readonly ask: JsonObject } {
  const given = textsOf(objectAt(request.params, "arguments"));
  const missing = prompt.arguments.filter(
    (each) => each["required"] === true && !given.has(textAt(each, "name") ?? ""),
  );
  if (missing.length === 0) return { values: given };
  const question = toQuestion(prompt.name, missing);
  const answers = readAnswers([question], inputResponsesOf(request));
  if (answers.kind === "declined" || request.era === "legacy" || !canAsk(request, question)) {
    throw new PlatformError("INVALID_PARAMS", `Required arguments are missing: ${namesOf(missing)}.`);
  }
  const [answer] = answers.parts;
  if (answer !== undefined) return { values: new Map([...given, ...textsOf(answer.data)]) };
  return { ask: { resultType: "input_required", inputRequests: toInputRequests([question]) } };
}

function toQuestion(prompt: string, missing: readonly JsonObject[]): Question {
  const fields = missing.map((each): [string, JsonObject] => {
    const description = textAt(each, "description");
    return [textAt(each, "name") ?? "", { type: "string", ...(description === undefined ? {} : { description }) }];
  });
  const required = fields.map(([name]) => name);
  const form = toForm({ type: "object", properties: Object.fromEntries(fields), required });
  const message = `The prompt "${prompt}" needs: ${namesOf(missing)}.`;
  const key = "arguments";
  return {
    key,
    ownKey: key,
    method: "elicitation/create",
    form,
    params: { message, requestedSchema: form.requestedSchema },
  };
}

function namesOf(args: readonly JsonObject[]): string {
  return args.map((each) => textAt(each, "name")).join(", ");
}

function textsOf(value: unknown): Values {
  const members = isJsonObject(value) ? Object.entries(value) : [];
  return new Map(members.filter((each): each is [string, string] => typeof each[1] === "string"));
}

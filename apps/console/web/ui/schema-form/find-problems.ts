import { compileSchema } from "@berth/protocol";
import type { JsonSchema } from "../../api/types.ts";
import { isObject } from "./read-schema.ts";

/** Sentences by JSON Pointer; `""` is the whole. */
export type Problems = ReadonlyMap<string, string>;

const MAX_DEPTH = 8;
const MAX_PROBLEMS = 50;
/** Looked at member by member. */
const OF_MEMBERS = new Set(["properties", "items", "required"]);

/**
 * What of a value does not fit its schema, each at its place. Keywords that are not known here are left to the agent: it has the last word.
 * The schema is interpreted, never compiled to code: the console's policy forbids that, and the schema is a stranger's.
 */
export function findProblems(schema: JsonSchema | undefined, value: unknown): Problems {
  const problems = new Map<string, string>();
  if (schema !== undefined) collect(schema, value, "", 0, problems);
  return problems;
}

function collect(schema: unknown, value: unknown, at: string, depth: number, problems: Map<string, string>): void {
  if (problems.size >= MAX_PROBLEMS || !isObject(schema)) return;
  const own =
    depth > MAX_DEPTH ? schema : Object.fromEntries(Object.entries(schema).filter(([key]) => !OF_MEMBERS.has(key)));
  // With the names of the known members, `additionalProperties` still knows which are additional.
  const known = isObject(schema["properties"]) ? { properties: namesOnly(schema["properties"]) } : {};
  const problem =
    value === undefined
      ? "the whole is missing"
      : compileSchema({ ...own, ...(depth > MAX_DEPTH ? {} : known) }, { unknown: "ignore" })(value);
  if (problem !== undefined) {
    problems.set(at, toSentence(problem));
    return;
  }
  if (depth > MAX_DEPTH) return;
  if (isObject(value)) {
    const required: readonly unknown[] = Array.isArray(schema["required"]) ? schema["required"] : [];
    for (const key of required) {
      if (typeof key === "string" && !Object.hasOwn(value, key)) problems.set(`${at}/${key}`, "This is needed.");
    }
    for (const [key, each] of Object.entries(isObject(schema["properties"]) ? schema["properties"] : {})) {
      if (Object.hasOwn(value, key)) collect(each, value[key], `${at}/${key}`, depth + 1, problems);
    }
  }
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) collect(schema["items"], each, `${at}/${index}`, depth + 1, problems);
  }
}

function namesOnly(properties: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.keys(properties).map((key) => [key, true]));
}

/** "the whole is no string" → "This is no string."; "the whole: too small" → "This is too small." */
function toSentence(problem: string): string {
  const rest = problem.startsWith("the whole")
    ? `This${problem.slice("the whole".length).replace(/^:/, " is")}`
    : problem;
  return `${rest}.`;
}

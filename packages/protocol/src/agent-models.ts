import { boolean, listOf } from "./validation/values.ts";
import type { Parser } from "./validation/place.ts";
import { isObject } from "./validation/proto-object.ts";

/** Which models an agent may use; a list in berth.json is `allow`. Absent there: none. */
export interface AgentModelsConfig {
  /** `provider/model`, where `*` is any number of characters, or an alias of the organization. */
  readonly allow: readonly string[];
  /** Requests and answers stand in the run's log as they are; otherwise their digests alone. */
  readonly record: boolean;
}

const MAX_PATTERNS = 64;
const MAX_LENGTH = 200;
const MAX_STARS = 4;
const PATTERN = /^[A-Za-z0-9*][A-Za-z0-9*._:@/+-]*$/;

const pattern: Parser<string> = (value, place) =>
  typeof value === "string" && value.length <= MAX_LENGTH && PATTERN.test(value) && starsIn(value) <= MAX_STARS
    ? value
    : place.report(`must be provider/model with at most ${MAX_STARS} of *, such as openai/*, or an alias`);

const patterns = listOf(pattern, { max: MAX_PATTERNS });

export const modelsConfig: Parser<AgentModelsConfig> = (value, place) => {
  if (Array.isArray(value)) {
    const allow = patterns(value, place);
    return allow === undefined ? undefined : { allow, record: false };
  }
  if (!isObject(value)) return place.report('must be a list of models, or { "allow": [...], "record": true }');
  for (const key of Object.keys(value)) {
    if (key !== "allow" && key !== "record") place.entry(key).report("unknown key; known keys: allow, record");
  }
  const said = new Map<string, unknown>(Object.entries(value));
  const allow = patterns(said.get("allow") ?? [], place.field("allow"));
  const record = boolean(said.get("record") ?? false, place.field("record"));
  return allow === undefined || record === undefined ? undefined : { allow, record };
};

/** Whether one of the patterns is this alias, or matches this `provider/model`. */
export function allowsModel(allow: readonly string[], name: string): boolean {
  return allow.some((wanted) => wanted === name || toExpression(wanted).test(name));
}

/** The number of stars is bounded, and with it what a comparison can cost. */
function toExpression(wanted: string): RegExp {
  const parts = wanted.split("*").map((part) => part.replace(/[.+/:@-]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s");
}

function starsIn(text: string): number {
  return text.split("*").length - 1;
}

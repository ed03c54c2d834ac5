import type { JsonObject, JsonValue } from "@berth/protocol";
import { oneLine } from "./blocks.ts";
import type { Inline } from "./blocks.ts";

const MAX_DEPTH = 4;
const MAX_ROWS = 100;

export const SCHEMA_HEAD: readonly string[] = ["Field", "Type", "Needed", "What it is"];

type Row = readonly (readonly Inline[])[];

/** The members of an object as rows, those of inner objects below it with their path. */
export function schemaRows(schema: JsonObject): readonly Row[] {
  const rows: Row[] = [];
  collect(rows, { schema, path: "", depth: 0 });
  return rows;
}

/** What is left to say of a schema that is no object with members. */
export function schemaLine(schema: JsonObject): readonly Inline[] {
  return [{ code: typeOf(schema) }, detailOf(schema) === "" ? "" : `: ${detailOf(schema)}`];
}

function collect(
  rows: Row[],
  { schema, path, depth }: { readonly schema: JsonObject; readonly path: string; readonly depth: number },
): void {
  const { properties, required } = schema;
  if (!isObject(properties) || depth > MAX_DEPTH) return;
  const needed = Array.isArray(required) ? required : [];
  for (const [name, member] of Object.entries(properties)) {
    if (rows.length >= MAX_ROWS) return;
    const inner = isObject(member) ? member : {};
    const at = path === "" ? name : `${path}.${name}`;
    rows.push([[{ code: at }], [typeOf(inner)], [needed.includes(name) ? "yes" : "no"], [detailOf(inner)]]);
    const { items } = inner;
    if (isObject(items)) collect(rows, { schema: items, path: `${at}[]`, depth: depth + 1 });
    else collect(rows, { schema: inner, path: at, depth: depth + 1 });
  }
}

function typeOf({ type, items, enum: choices, $ref }: JsonObject): string {
  if (Array.isArray(choices)) return "one of";
  if (typeof $ref === "string") return $ref.slice($ref.lastIndexOf("/") + 1);
  if (Array.isArray(type)) return type.map(String).join(" or ");
  if (type === "array") return `list of ${isObject(items) ? typeOf(items) : "anything"}`;
  return typeof type === "string" ? type : "anything";
}

const BOUNDS: Readonly<Record<string, string>> = {
  minimum: "at least",
  maximum: "at most",
  minLength: "at least this long:",
  maxLength: "at most this long:",
  minItems: "at least this many:",
  maxItems: "at most this many:",
  pattern: "matches",
  format: "as",
  default: "default",
};

function detailOf(schema: JsonObject): string {
  const { description, enum: choices } = schema;
  return [
    ...(typeof description === "string" ? [oneLine(description)] : []),
    ...(Array.isArray(choices) ? [choices.slice(0, 30).map(shown).join(", ")] : []),
    ...Object.entries(BOUNDS).flatMap(([keyword, said]) => {
      const value = schema[keyword];
      return value === undefined ? [] : [`${said} ${shown(value)}`];
    }),
  ].join("; ");
}

function shown(value: JsonValue): string {
  return oneLine(typeof value === "string" ? value : JSON.stringify(value)).slice(0, 200);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

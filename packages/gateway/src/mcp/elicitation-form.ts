import type { JsonObject, JsonValue } from "@berth/protocol";
import { isJsonObject, objectAt, stringsAt } from "./json.ts";

/** A form that MCP clients can show, and how its content becomes the agent's answer. */
export interface Form {
  readonly requestedSchema: JsonObject;
  /** object: the content itself. value, text: its only field, `reply`. */
  readonly shape: "object" | "value" | "text";
}

const KEYWORDS: ReadonlySet<string> = new Set([
  "type",
  "title",
  "description",
  "default",
  "enum",
  "enumNames",
  "oneOf",
  "items",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "minItems",
  "maxItems",
  "format",
]);
const FORMATS: ReadonlySet<unknown> = new Set(["email", "uri", "date", "date-time"]);

const REPLY: Form = formOf({ reply: { type: "string", description: "Your answer." } }, ["reply"], "text");

/** Forms are flat, of plain fields. What asks for more is asked for as text, which agents read as JSON. */
export function toForm(schema: JsonObject | undefined): Form {
  if (schema === undefined) return REPLY;
  if (schema["type"] !== "object") {
    const field = toField(schema);
    return field === undefined ? REPLY : formOf({ reply: field }, ["reply"], "value");
  }
  const properties = Object.entries(objectAt(schema, "properties") ?? {});
  const fields = properties.flatMap(([name, each]: [string, JsonValue]) => {
    const field = isJsonObject(each) ? toField(each) : undefined;
    return field === undefined ? [] : [[name, field] as const];
  });
  if (fields.length === 0 || fields.length < properties.length) return REPLY;
  return formOf(Object.fromEntries(fields), stringsAt(schema, "required"), "object");
}

/** Types and presence; what else the agent demands it checks itself. */
export function isAnswerTo({ requestedSchema }: Form, content: JsonObject): boolean {
  if (stringsAt(requestedSchema, "required").some((name) => !Object.hasOwn(content, name))) return false;
  const fields = objectAt(requestedSchema, "properties") ?? {};
  return Object.entries(content).every(([name, value]: [string, JsonValue]) => {
    const type = objectAt(fields, name)?.["type"];
    if (type === undefined) return true;
    if (type === "array") return Array.isArray(value);
    if (type === "integer") return Number.isInteger(value);
    return typeof value === type;
  });
}

function formOf(properties: JsonObject, required: readonly string[], shape: Form["shape"]): Form {
  return { shape, requestedSchema: { type: "object", properties, ...(required.length === 0 ? {} : { required }) } };
}

function toField(schema: JsonObject): JsonObject | undefined {
  const { type, items } = schema;
  const isPlain = type === "string" || type === "number" || type === "integer" || type === "boolean";
  const isChoice =
    type === "array" && isJsonObject(items) && (Array.isArray(items["enum"]) || Array.isArray(items["anyOf"]));
  if (!isPlain && !isChoice) return undefined;
  const kept = Object.entries(schema).filter(
    ([key, value]: [string, JsonValue]) => KEYWORDS.has(key) && (key !== "format" || FORMATS.has(value)),
  );
  return Object.fromEntries(kept);
}

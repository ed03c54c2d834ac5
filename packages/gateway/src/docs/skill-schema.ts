import type { JsonObject, JsonValue } from "@berth/protocol";
import type { JsonSchema } from "./json-schema.ts";

const SCHEMA_MAPS: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "$defs",
  "definitions",
  "dependentSchemas",
]);
const SCHEMAS: ReadonlySet<string> = new Set([
  "allOf",
  "anyOf",
  "oneOf",
  "prefixItems",
  "items",
  "additionalItems",
  "additionalProperties",
  "unevaluatedProperties",
  "unevaluatedItems",
  "propertyNames",
  "contains",
  "not",
  "if",
  "then",
  "else",
]);
/** They would move what a reference means; a schema inside another document must not. */
const BASES: ReadonlySet<string> = new Set(["$dynamicRef", "$recursiveRef", "$anchor", "$dynamicAnchor"]);

/**
 * A skill's schema at another place of another document: its references to itself follow it there. Undefined when it
 * refers to anything else, because nobody could resolve that.
 */
export function embedSchema(schema: JsonObject, at: string): JsonSchema | undefined {
  const { $schema: _dialect, $id: _id, ...root } = schema;
  const embedded = embed(root, at, root);
  return embedded === undefined ? undefined : (embedded as JsonSchema);
}

function embed(schema: JsonValue, at: string, root: JsonObject): JsonValue | undefined {
  if (Array.isArray(schema)) return all(schema.map((each: JsonValue) => embed(each, at, root)));
  if (!isObject(schema)) return schema;
  const entries: [string, JsonValue][] = [];
  for (const [key, value] of Object.entries(schema)) {
    const moved = embedKeyword(key, value, at, root);
    if (moved === undefined) return undefined;
    entries.push([key, moved]);
  }
  return Object.fromEntries(entries);
}

function embedKeyword(key: string, value: JsonValue, at: string, root: JsonObject): JsonValue | undefined {
  if (BASES.has(key) || (key === "$id" && root !== value)) return undefined;
  if (key === "$ref") return typeof value === "string" && resolves(root, value) ? at + value.slice(1) : undefined;
  if (SCHEMAS.has(key)) return embed(value, at, root);
  if (!SCHEMA_MAPS.has(key) || !isObject(value)) return value;
  const entries: [string, JsonValue][] = [];
  for (const [name, each] of Object.entries(value)) {
    const moved = embed(each, at, root);
    if (moved === undefined) return undefined;
    entries.push([name, moved]);
  }
  return Object.fromEntries(entries);
}

/** A JSON pointer into the schema itself (RFC 6901), as a URI fragment. */
function resolves(root: JsonObject, ref: string): boolean {
  if (ref === "#") return true;
  if (!ref.startsWith("#/")) return false;
  let here: JsonValue | undefined = root;
  for (const part of ref.slice(2).split("/")) {
    let name: string;
    try {
      name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    } catch {
      return false;
    }
    here = (isObject(here) || Array.isArray(here)) && Object.hasOwn(here, name) ? memberOf(here, name) : undefined;
  }
  return isObject(here) || typeof here === "boolean";
}

function memberOf(value: object, name: string): JsonValue | undefined {
  // A member of a JSON value is a JSON value.
  return Object.getOwnPropertyDescriptor(value, name)?.value as JsonValue | undefined;
}

function all(values: readonly (JsonValue | undefined)[]): readonly JsonValue[] | undefined {
  return values.includes(undefined) ? undefined : values.filter((value) => value !== undefined);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

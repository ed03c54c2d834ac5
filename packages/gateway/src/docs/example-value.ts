import type { JsonObject, JsonValue } from "@berth/protocol";

const MAX_DEPTH = 6;

/** One value that a schema probably takes, for a reader to start from: what the schema says itself, else something plain. */
export function exampleOf(
  schema: JsonValue | undefined,
  root: JsonValue | undefined = schema,
  depth: number = 0,
): JsonValue {
  if (!isObject(schema) || depth > MAX_DEPTH) return {};
  const { examples, default: preset, const: constant, enum: choices, $ref, anyOf, oneOf, allOf } = schema;
  if (Array.isArray(examples) && examples.length > 0) return examples[0] as JsonValue;
  if (preset !== undefined) return preset;
  if (constant !== undefined) return constant;
  if (Array.isArray(choices) && choices.length > 0) return choices[0] as JsonValue;
  const next = (inner: JsonValue | undefined): JsonValue => exampleOf(inner, root, depth + 1);
  if (typeof $ref === "string") return next(definition(root, $ref));
  const options = anyOf ?? oneOf;
  if (Array.isArray(options)) return next(options[0] as JsonValue);
  if (Array.isArray(allOf)) return Object.assign({}, ...allOf.map((each: JsonValue) => next(each))) as JsonValue;
  switch (typeOf(schema)) {
    case "object":
      return exampleObject(schema, next);
    case "array":
      return schema.items === undefined ? [] : [next(schema.items)];
    case "string":
      return exampleText(schema.format);
    case "integer":
    case "number":
      return typeof schema.minimum === "number" ? schema.minimum : 1;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return {};
  }
}

/** What must be there; when nothing must, everything. */
function exampleObject({ properties, required }: JsonObject, next: (schema: JsonValue) => JsonValue): JsonValue {
  if (!isObject(properties)) return {};
  const names = Array.isArray(required) && required.length > 0 ? required : Object.keys(properties);
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => names.includes(name))
      .map(([name, schema]) => [name, next(schema)]),
  );
}

function exampleText(format: JsonValue | undefined): string {
  switch (format) {
    case "date-time":
      return "2026-01-01T00:00:00Z";
    case "date":
      return "2026-01-01";
    case "uri":
      return "https://example.com";
    case "email":
      return "ana@example.com";
    default:
      return "text";
  }
}

function typeOf({ type, properties }: JsonObject): JsonValue | undefined {
  if (Array.isArray(type)) return type[0] as JsonValue;
  return type ?? (properties === undefined ? undefined : "object");
}

function definition(root: JsonValue | undefined, ref: string): JsonValue | undefined {
  const [, place, name = ""] = /^#\/(\$defs|definitions)\/([^/]+)$/.exec(ref) ?? [];
  const definitions = place === undefined || !isObject(root) ? undefined : root[place];
  return isObject(definitions) && Object.hasOwn(definitions, name) ? definitions[name] : undefined;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

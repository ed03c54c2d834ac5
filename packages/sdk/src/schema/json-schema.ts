import type { JsonObject } from "@berth/protocol";
import type { StandardSchema } from "./standard-schema.ts";

/**
 * The JSON Schema of what the schema takes (`input`) or gives (`output`); undefined when its library cannot say, or
 * when the type has no JSON form. Then the skill works all the same, only unpublished. zod says it since 4.2; for zod/mini
 * it would have to be asked by an import, which puts all of zod into every agent's bundle and costs 10 ms of its start.
 */
export function toJsonSchema(schema: StandardSchema | undefined, io: "input" | "output"): JsonObject | undefined {
  if (schema === undefined) return undefined;
  const known = converted[io].get(schema);
  if (known !== undefined) return known.result;
  const result = convert(schema, io);
  converted[io].set(schema, { result });
  return result;
}

/** Plain messages ask for it on every call. */
const converted = { input: newCache(), output: newCache() };

function newCache(): WeakMap<StandardSchema, { readonly result: JsonObject | undefined }> {
  return new WeakMap();
}

function convert(schema: StandardSchema, io: "input" | "output"): JsonObject | undefined {
  try {
    const converter = schema["~standard"].jsonSchema;
    return converter === undefined ? undefined : asJson(converter[io]({ target: "draft-2020-12" }));
  } catch {
    return undefined;
  }
}

/** Through text: drops what is not JSON, such as functions and undefined members that converters leave behind. */
function asJson(schema: object): JsonObject {
  // The round trip makes it JSON, and an object stays one.
  return JSON.parse(JSON.stringify(schema)) as JsonObject;
}

/** The property's name when an object of this schema needs exactly one thing, and that is a string. */
export function soleRequiredString(schema: JsonObject | undefined): string | undefined {
  if (schema === undefined || !Array.isArray(schema.required) || schema.required.length !== 1) return undefined;
  const [name] = schema.required;
  const { properties } = schema;
  if (typeof name !== "string" || typeof properties !== "object" || properties === null || Array.isArray(properties)) {
    return undefined;
  }
  // Not null and not an array: an object.
  const property = (properties as JsonObject)[name];
  const isString =
    typeof property === "object" && property !== null && "type" in property && property.type === "string";
  return isString ? name : undefined;
}

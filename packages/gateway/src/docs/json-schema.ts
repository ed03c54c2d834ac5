/** JSON Schema 2020-12, as OpenAPI 3.1 takes it. */
export type JsonSchema = { readonly [keyword: string]: unknown };

export const text: JsonSchema = { type: "string" };
export const instant: JsonSchema = { type: "string", format: "date-time" };
export const address: JsonSchema = { type: "string", format: "uri" };
export const integer: JsonSchema = { type: "integer" };
export const flag: JsonSchema = { type: "boolean" };
export const anyObject: JsonSchema = { type: "object" };

export function list(items: JsonSchema): JsonSchema {
  return { type: "array", items };
}

export function choice(...values: readonly string[]): JsonSchema {
  return { type: "string", enum: values };
}

export function nullable(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: "null" }] };
}

export function described(description: string, schema: JsonSchema): JsonSchema {
  return { ...schema, description };
}

/** A name that ends in `?` is optional; the others are required. */
export function object(properties: { readonly [name: string]: JsonSchema }): JsonSchema {
  const entries = Object.entries(properties);
  const required = entries.map(([name]) => name).filter((name) => !name.endsWith("?"));
  return {
    type: "object",
    properties: Object.fromEntries(entries.map(([name, schema]) => [name.replace(/\?$/, ""), schema])),
    ...(required.length === 0 ? {} : { required }),
  };
}

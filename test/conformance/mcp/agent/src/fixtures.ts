import type { Json } from "./a2a-server.ts";

/** One red pixel. */
export const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/** Silence. */
export const WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAAAAA==";

export function field(type: string, more: Json = {}): Json {
  return { type, ...more };
}

export function form(properties: Json): Json {
  return { type: "object", properties, required: Object.keys(properties) };
}

export const DEFAULTS_FORM: Json = {
  type: "object",
  properties: {
    name: field("string", { default: "John Doe" }),
    age: field("integer", { default: 30 }),
    score: field("number", { default: 95.5 }),
    status: field("string", { enum: ["active", "inactive", "pending"], default: "active" }),
    verified: field("boolean", { default: true }),
  },
};

const titled = (of: string): readonly Json[] =>
  [1, 2, 3].map((n) => ({ const: `value${n}`, title: `${["First", "Second", "Third"][n - 1] ?? ""} ${of}` }));

export const ENUM_FORM: Json = {
  type: "object",
  properties: {
    untitledSingle: field("string", { enum: ["option1", "option2", "option3"] }),
    titledSingle: field("string", { oneOf: titled("Option") }),
    legacyEnum: field("string", {
      enum: ["opt1", "opt2", "opt3"],
      enumNames: ["Option One", "Option Two", "Option Three"],
    }),
    untitledMulti: field("array", { items: { type: "string", enum: ["option1", "option2", "option3"] } }),
    titledMulti: field("array", { items: { anyOf: titled("Choice") } }),
  },
};

/** What clients must get as it is; the platform warns of its root when it is deployed. */
export const JSON_SCHEMA: Json = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: {
    address: {
      $anchor: "addressDef",
      type: "object",
      properties: { street: field("string"), city: field("string") },
    },
  },
  properties: {
    name: field("string"),
    address: { $ref: "#/$defs/address" },
    contactMethod: field("string", { enum: ["phone", "email"] }),
    phone: field("string"),
    email: field("string"),
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
};

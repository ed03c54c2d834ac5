import type { JsonObject } from "@berth/protocol";
import { expect, test } from "vitest";
import { embedSchema } from "./skill-schema.ts";

const AT = "#/components/schemas/x";

test("references follow the schema to its new place, wherever a schema can stand", () => {
  const schema: JsonObject = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "https://example.com/x",
    anyOf: [{ $ref: "#" }, { $ref: "#/$defs/a~1b" }],
    properties: { list: { items: { $ref: "#/$defs/a~1b" } }, any: true },
    $defs: { "a/b": { additionalProperties: { $ref: "#/properties/list" } } },
  };
  expect(embedSchema(schema, AT)).toEqual({
    anyOf: [{ $ref: AT }, { $ref: `${AT}/$defs/a~1b` }],
    properties: { list: { items: { $ref: `${AT}/$defs/a~1b` } }, any: true },
    $defs: { "a/b": { additionalProperties: { $ref: `${AT}/properties/list` } } },
  });
});

test("what only looks like a reference stays as it is", () => {
  const schema: JsonObject = {
    properties: { $ref: { type: "string" }, $anchor: { const: { $ref: "#/x" } } },
    default: { $ref: "https://example.com" },
    examples: [{ $ref: "#/none" }],
  };
  expect(embedSchema(schema, AT)).toEqual(schema);
});

test.each<JsonObject>([
  { $ref: "https://example.com/schema.json" },
  { $ref: "#/$defs/none" },
  { $ref: "#anchor" },
  { $ref: "#/%" },
  { $ref: 1 },
  { items: { $dynamicRef: "#x" } },
  { properties: { a: { $id: "urn:x", $ref: "#" } } },
  { not: { $ref: "#/type" }, type: "object" },
])("%j cannot be shown elsewhere", (schema) => {
  expect(embedSchema(schema, AT)).toBeUndefined();
});

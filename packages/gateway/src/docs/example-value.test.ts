import type { JsonObject, JsonValue } from "@berth/protocol";
import { expect, test } from "vitest";
import { exampleOf } from "./example-value.ts";

const cases: readonly (readonly [JsonObject | undefined, JsonValue])[] = [
  [undefined, {}],
  [{ type: "string" }, "text"],
  [{ type: "string", format: "date" }, "2026-01-01"],
  [{ type: "string", examples: ["given"] }, "given"],
  [{ type: "integer", minimum: 3 }, 3],
  [{ type: ["boolean", "null"] }, true],
  [{ enum: ["a", "b"] }, "a"],
  [{ const: 4 }, 4],
  [{ default: false }, false],
  [{ type: "array", items: { type: "number" } }, [1]],
  [{ anyOf: [{ type: "null" }, { type: "string" }] }, null],
  [{ allOf: [{ properties: { a: { const: 1 } } }, { properties: { b: { const: 2 } } }] }, { a: 1, b: 2 }],
  [{ properties: { a: { type: "string" }, b: { type: "string" } }, required: ["b"] }, { b: "text" }],
  [{ $ref: "#/$defs/A", $defs: { A: { type: "string" } } }, "text"],
  [{ $ref: "#/$defs/none" }, {}],
];

test.each(cases)("of %j is %j", (schema, value) => {
  expect(exampleOf(schema)).toEqual(value);
});

test("of a schema that holds itself comes to an end", () => {
  const tree: JsonObject = { properties: { child: { $ref: "#/$defs/Tree" } } };
  expect(JSON.stringify(exampleOf({ ...tree, $defs: { Tree: tree } }))).toMatch(/^\{"child":\{"child":/);
});

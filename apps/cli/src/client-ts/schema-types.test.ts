import type { JsonObject } from "@berth/protocol";
import { expect, test } from "vitest";
import { Names } from "./names.ts";
import { schemaTypes } from "./schema-types.ts";

function typeOf(schema: JsonObject): string {
  return schemaTypes(schema, "X", new Names())
    .map(({ name, type }) => (name === "X" ? type : `${name} = ${type}`))
    .join("; ");
}

const cases: readonly (readonly [JsonObject, string])[] = [
  [{}, "unknown"],
  [{ type: "string", format: "date" }, "string"],
  [{ type: "integer" }, "number"],
  [{ type: "null" }, "null"],
  [{ type: ["string", "null"] }, "string | null"],
  [{ type: "string", nullable: true }, "string | null"],
  [{ enum: ["a", 1, null, true] }, '"a" | 1 | null | true'],
  [{ const: "a\"'b" }, String.raw`"a\"'b"`],
  [{ const: { a: [1] } }, '({"a":[1]})'.slice(1, -1)],
  [{ type: "array", items: { type: "string" } }, "readonly string[]"],
  [{ type: "array" }, "readonly unknown[]"],
  [{ items: { type: ["string", "number"] } }, "readonly (string | number)[]"],
  [{ prefixItems: [{ type: "string" }], items: false }, "readonly [string?]"],
  [{ items: [{ type: "string" }, { type: "null" }] }, "readonly [string?, null?, ...unknown[]]"],
  [{ type: "object" }, "{ readonly [name: string]: unknown }"],
  [{ additionalProperties: { type: "number" } }, "{ readonly [name: string]: number }"],
  [{ type: "object", additionalProperties: false }, "{ readonly [name: string]: never }"],
  [
    { properties: { a: { type: "string" }, "b-c": {}, d: { type: "number" } }, required: ["a"] },
    '{ readonly a: string; readonly "b-c"?: unknown; readonly d?: number | undefined; }',
  ],
  [
    { properties: { a: { type: "string" } }, required: ["a"], additionalProperties: { type: "number" } },
    "{ readonly a: string; readonly [name: string]: unknown; }",
  ],
  [{ anyOf: [{ type: "string" }, { type: "number" }, { type: "string" }] }, "string | number"],
  [{ anyOf: [{ type: "string" }, {}] }, "unknown"],
  [
    { properties: { a: {} }, required: ["a"], oneOf: [{ type: "object" }, { $ref: "#/$defs/none" }] },
    "{ readonly a: unknown; }",
  ],
  [{ allOf: [{ type: "string" }, { const: "a" }] }, 'string & "a"'],
  [{ $ref: "#/$defs/a", $defs: { a: { type: "string" } } }, "XA; XA = string"],
  [{ properties: { child: { $ref: "#" } }, definitions: {} }, "{ readonly child?: X | undefined; }"],
  [
    { items: { $ref: "#/definitions/n~1o" }, definitions: { "n/o": { items: { $ref: "#/definitions/n~1o" } } } },
    "readonly XN1o[]; XN1o = readonly XN1o[]",
  ],
  [{ $ref: "https://example.com/x" }, "unknown"],
  [{ $ref: "#" }, "unknown"],
  [{ $ref: "#/$defs/a", $defs: { a: { anyOf: [{ $ref: "#/$defs/a" }, { type: "null" }] } } }, "XA; XA = unknown"],
  [
    { properties: { a: { type: "string", description: "ends */ here\nand \u001b[31mthere" } }, required: ["a"] },
    "{ /** ends *\\/ here and there */ readonly a: string; }",
  ],
];

test.each(cases)("%j is written as %s", (schema, type) => {
  expect(typeOf(schema)).toBe(type);
});

test("names are given once and are identifiers", () => {
  const names = new Names(["Taken"]);
  expect(names.type("taken")).toBe("Taken2");
  expect(names.type("sum/up", ["Input", "Output"])).toBe("SumUp");
  expect(names.type("sum-up-input")).toBe("SumUpInput2");
  expect(names.type("9 lives")).toBe("N9Lives");
  expect(names.type("…")).toBe("N");
  expect(names.method("sum/up")).toBe("sumUp");
  expect(new Names().method("constructor")).toBe("constructor2");
});

import { describe, expect, it } from "vitest";
import { SchemaError, compileSchema } from "./check-schema.ts";

describe("a JSON Schema", () => {
  it("tells where an answer does not fit", () => {
    const check = compileSchema({
      type: "object",
      required: ["total", "rows"],
      additionalProperties: false,
      properties: {
        total: { type: ["number", "null"], minimum: 0, exclusiveMaximum: 10 },
        rows: { type: "array", minItems: 1, maxItems: 2, items: { type: "string", minLength: 1, pattern: "^[a-z]+$" } },
        kind: { enum: ["a", { b: 1 }] },
        __proto__: { const: 1 },
      },
    });
    expect(check({ total: 3, rows: ["x"], kind: { b: 1 } })).toBeUndefined();
    expect(check({ total: null, rows: ["x", "y"] })).toBeUndefined();
    expect(check([])).toBe("the whole is no object");
    expect(check({ total: 3 })).toBe("/rows is missing");
    expect(check({ total: 10, rows: ["x"] })).toBe("/total: too large");
    expect(check({ total: 1, rows: ["x", "Y"] })).toBe("/rows/1 does not match");
    expect(check({ total: 1, rows: [] })).toBe("/rows: too few items");
    expect(check({ total: 1, rows: ["x"], kind: "b" })).toBe("/kind is none of the allowed values");
    expect(check({ total: 1, rows: ["x"], toString: 1 })).toBe("/toString is not allowed");
  });

  it("puts schemas together", () => {
    const check = compileSchema({ anyOf: [{ type: "string" }, { type: "integer" }], not: { const: 3 } });
    expect(["x", 2, 3, 2.5].map((value) => check(value) === undefined)).toEqual([true, true, false, false]);
    const one = compileSchema({ oneOf: [{ minimum: 1 }, { minimum: 5 }], allOf: [{ type: "number" }] });
    expect([0, 2, 6].map((value) => one(value) === undefined)).toEqual([false, true, false]);
  });

  it("refuses keywords that it does not check, and schemas that are none", () => {
    const refused = [{ format: "email" }, { $ref: "#" }, { type: "text" }, { required: "a" }, { pattern: "(?=a)" }];
    for (const schema of [...refused, { items: 3 }, { anyOf: [] }, "x", null, { constructor: 1 }]) {
      expect(() => compileSchema(schema), JSON.stringify(schema)).toThrow(SchemaError);
    }
    const many = { allOf: Array.from({ length: 600 }, () => true) };
    expect(() => compileSchema(many)).toThrow(/more than 500/);
  });

  it("checks what it knows and leaves the rest where it only helps", () => {
    const schema = { type: "object", properties: { to: { type: "string", format: "email", pattern: "(?=a)" } } };
    const check = compileSchema({ ...schema, $ref: "#/x" }, { unknown: "ignore" });
    expect(check({ to: "a" })).toBeUndefined();
    expect(check({ to: 1 })).toBe("/to is no string");
  });

  it("knows the same JSON by its members, in any order and to a depth", () => {
    const deep = (n: number): unknown => JSON.parse("[".repeat(n) + "]".repeat(n));
    const check = compileSchema({ const: { a: [1, null], b: {} } });
    expect([{ b: {}, a: [1, null] }, { a: [1, null], b: [] }, { a: [1] }, null].map((each) => check(each))).toEqual([
      undefined,
      ...Array.from({ length: 3 }, () => "the whole is another value"),
    ]);
    expect(compileSchema({ const: deep(5_000) })(deep(5_000))).toBe("the whole is another value");
  });

  it("gives up on an answer that takes too long, also below a `not`", () => {
    const items = { allOf: Array.from({ length: 100 }, () => ({ type: "integer" })) };
    const large = Array.from({ length: 10_000 }, () => 1);
    expect(compileSchema({ items })(large)).toBe("the answer takes too long to check");
    expect(compileSchema({ not: { items } })(large)).toBeDefined();
  });
});

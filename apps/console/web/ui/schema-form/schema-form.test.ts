import { describe, expect, test } from "vitest";
import { findProblems } from "./find-problems.ts";
import { initialValue, memberOf, parseJson, toNumber, withMember } from "./form-value.ts";
import { readSchema } from "./read-schema.ts";

describe("reading a stranger's schema", () => {
  test("gives each kind of value its field, with what is said about it", () => {
    const field = readSchema(
      {
        type: "object",
        required: ["text"],
        properties: {
          text: { type: "string", title: "Words", description: "What to say." },
          at: { type: "string", format: "date-time" },
          n: { type: "integer", minimum: 1, maximum: 9, default: 3 },
          how: { enum: ["loud", "quiet", null] },
          on: { type: ["boolean", "null"] },
          tags: { type: "array", items: { type: "string", maxLength: 20 }, maxItems: 3 },
          where: { type: "object", properties: { x: { type: "number" } } },
          any: {},
          scopes: { type: "array", uniqueItems: true, items: { enum: ["read", "write"] } },
        },
      },
      "Input",
    );
    expect(field).toMatchObject({
      kind: "group",
      members: [
        {
          key: "text",
          field: { kind: "text", input: "lines", label: "Words", isRequired: true, description: "What to say." },
        },
        { key: "at", field: { kind: "text", input: "line", isRequired: false, hint: "as 2026-11-29T12:00:00Z" } },
        { key: "n", field: { kind: "number", step: 1, initial: 3, hint: "from 1 to 9" } },
        { key: "how", field: { kind: "choice", options: ["loud", "quiet", null] } },
        { key: "on", field: { kind: "yes-no", isNullable: true } },
        { key: "tags", field: { kind: "list", most: 3, item: { kind: "text", input: "line" } } },
        { key: "where", field: { kind: "group", members: [{ key: "x" }] } },
        { key: "any", field: { kind: "json" } },
        { key: "scopes", field: { kind: "several", options: ["read", "write"] } },
      ],
    });
    expect(initialValue(field)).toEqual({ n: 3 });
  });

  test("follows references within it, and takes what generators write for what it means", () => {
    const root = {
      $defs: { Tone: { enum: ["a", "b"] }, Loop: { $ref: "#/$defs/Loop" } },
      properties: {
        tone: { anyOf: [{ $ref: "#/$defs/Tone" }, { type: "null" }] },
        wrapped: { allOf: [{ type: "string" }], description: "d" },
        loop: { $ref: "#/$defs/Loop" },
        away: { $ref: "https://example.com/schema.json" },
        either: { oneOf: [{ type: "string" }, { type: "number" }] },
      },
    };
    expect(readSchema(root, "x")).toMatchObject({
      members: [
        { field: { kind: "choice", isNullable: true } },
        { field: { kind: "text", description: "d" } },
        { field: { kind: "json" } },
        { field: { kind: "json" } },
        { field: { kind: "json" } },
      ],
    });
  });

  test("falls back to text for what is too deep, too wide or no schema", () => {
    const deep = (n: number): object =>
      n === 0 ? { type: "string" } : { type: "object", properties: { a: deep(n - 1) } };
    const text = JSON.stringify(readSchema(deep(500), "x"));
    expect(text).toContain('"kind":"json"');
    expect(text.length).toBeLessThan(2_000);
    const properties = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`k${n}`, {}]));
    expect(readSchema({ type: "object", properties }, "x").kind).toBe("json");
    for (const schema of [
      null,
      1,
      "x",
      [],
      { type: 7 },
      { type: "array" },
      { properties: [] },
      { enum: [] },
      { $ref: 1 },
    ]) {
      expect(readSchema(schema, "x").kind, JSON.stringify(schema)).toBe("json");
    }
    expect(
      readSchema({ type: "string", title: "t".repeat(5_000), description: "d".repeat(50_000) }, "x"),
    ).toMatchObject({
      label: "t".repeat(120),
      description: "d".repeat(600),
    });
  });
});

describe("the value of a form", () => {
  test("keeps names like __proto__ as names", () => {
    const value = withMember({ a: 1 }, "__proto__", 2, true);
    expect(JSON.stringify(value)).toBe('{"a":1,"__proto__":2}');
    expect(memberOf(value, "__proto__")).toBe(2);
    expect(memberOf({}, "toString")).toBeUndefined();
    expect(withMember({ a: 1, b: 2 }, "a", 3, true)).toEqual({ a: 3, b: 2 });
    expect(withMember({ a: 1 }, "a", undefined, false)).toBeUndefined();
  });

  test("takes numbers as typed and says what is no JSON", () => {
    expect([toNumber("1.50"), toNumber(" "), toNumber("1e3"), toNumber("x1")]).toEqual([1.5, undefined, 1_000, "x1"]);
    expect(parseJson('{"a":')).toHaveProperty("problem");
    expect(parseJson("")).toEqual({ value: undefined });
  });
});

describe("problems of a value", () => {
  test("are told at their places", () => {
    const schema = {
      type: "object",
      required: ["to", "rows"],
      additionalProperties: false,
      properties: {
        to: { type: "string", minLength: 2, format: "email" },
        rows: {
          type: "array",
          minItems: 1,
          items: { type: "object", required: ["n"], properties: { n: { maximum: 3 } } },
        },
      },
    };
    expect([...findProblems(schema, { to: "ab", rows: [{ n: 1 }] })]).toEqual([]);
    expect([...findProblems(schema, { to: "a", rows: [{ n: 4 }, {}] })]).toEqual([
      ["/to", "This is too short."],
      ["/rows/0/n", "This is too large."],
      ["/rows/1/n", "This is needed."],
    ]);
    expect([...findProblems(schema, { rows: [], more: 1 })]).toEqual([["", "/more is not allowed."]]);
    expect([...findProblems(schema, [])]).toEqual([["", "This is no object."]]);
    expect([...findProblems(schema, undefined)]).toEqual([["", "This is missing."]]);
    expect([...findProblems(undefined, 1)]).toEqual([]);
  });

  test("are bounded, whatever the schema and the value", () => {
    const items = { type: "string" };
    const value = Array.from({ length: 10_000 }, (_, n) => n);
    expect(findProblems({ type: "array", items }, value).size).toBe(50);
  });
});

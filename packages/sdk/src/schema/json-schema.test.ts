import { describe, expect, test } from "vitest";
import { z } from "zod";
import * as mini from "zod/mini";
import { soleRequiredString, toJsonSchema } from "./json-schema.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** A library of its own that implements the interface and its JSON Schema companion. */
const foreign: StandardSchema<string, number> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) => ({ value: Number(value) }),
    jsonSchema: { input: () => ({ type: "string" }), output: () => ({ type: "number" }) },
  },
};

describe("toJsonSchema", () => {
  test("an input schema does not require what has a default, an output schema does", () => {
    const schema = z.object({ a: z.string(), b: z.number().default(1) });
    expect(toJsonSchema(schema, "input")).toMatchObject({ required: ["a"] });
    expect(toJsonSchema(schema, "output")).toMatchObject({ required: ["a", "b"] });
  });

  test("any library with the standard's JSON Schema companion is published", () => {
    expect(toJsonSchema(foreign, "input")).toEqual({ type: "string" });
    expect(toJsonSchema(foreign, "output")).toEqual({ type: "number" });
  });

  test("a library without it, and a type without a JSON form, are left out", () => {
    const { jsonSchema: _, ...plain } = foreign["~standard"];
    expect(toJsonSchema({ "~standard": plain }, "input")).toBeUndefined();
    expect(toJsonSchema(mini.object({ a: mini.string() }), "input")).toBeUndefined();
    expect(toJsonSchema(z.object({ at: z.date() }), "input")).toBeUndefined();
    expect(toJsonSchema(undefined, "input")).toBeUndefined();
  });
});

describe("soleRequiredString", () => {
  test.each([
    [z.object({ text: z.string() }), "text"],
    [z.object({ text: z.string(), lang: z.string().optional() }), "text"],
    [z.object({ a: z.string(), b: z.string() }), undefined],
    [z.object({ count: z.number() }), undefined],
    [z.object({ text: z.string().optional() }), undefined],
    [z.string(), undefined],
  ])("case %#", (schema, expected) => {
    expect(soleRequiredString(toJsonSchema(schema, "input"))).toBe(expected);
  });
});

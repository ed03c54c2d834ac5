import { describe, expect, test } from "vitest";
import { isAnswerTo, toForm } from "./elicitation-form.ts";

describe("a form for what an agent asks", () => {
  test("keeps flat fields, without what forms do not know", () => {
    const schema = {
      type: "object",
      properties: { mail: { type: "string", format: "email", pattern: "@" }, id: { type: "string", format: "uuid" } },
      required: ["mail"],
      additionalProperties: false,
    };
    expect(toForm(schema)).toEqual({
      shape: "object",
      requestedSchema: {
        type: "object",
        properties: { mail: { type: "string", format: "email" }, id: { type: "string" } },
        required: ["mail"],
      },
    });
  });

  test("wraps a single value", () => {
    expect(toForm({ type: "boolean" })).toMatchObject({
      shape: "value",
      requestedSchema: { properties: { reply: { type: "boolean" } }, required: ["reply"] },
    });
  });

  test.each([
    undefined,
    { type: "array", items: { type: "object" } },
    { type: "object", properties: { rows: { type: "array", items: { type: "number" } } } },
    { type: "object" },
    { anyOf: [{ type: "string" }] },
  ])("asks for text where a form would not do: %j", (schema) => {
    expect(toForm(schema).shape).toBe("text");
  });

  test("is answered by the right types only", () => {
    const form = toForm({
      type: "object",
      properties: { n: { type: "integer" }, tags: { type: "array", items: { enum: ["a"] } } },
    });
    expect(isAnswerTo(form, { n: 1, tags: ["a"], more: true })).toBe(true);
    expect(isAnswerTo(form, { n: 1.5 })).toBe(false);
    expect(isAnswerTo(form, { tags: "a" })).toBe(false);
    expect(isAnswerTo(toForm(undefined), {})).toBe(false);
  });
});

import { expect, test } from "vitest";
import { z } from "zod";
import { describeViolations, validate } from "./validate.ts";

test("violations name the field by its path", async () => {
  const schema = z.object({ rows: z.array(z.object({ "a b": z.number() })) });
  const result = await validate(schema, { rows: [{ "a b": 1 }, { "a b": "x" }] });
  expect(result).toMatchObject({ violations: [{ field: "rows[1].a b" }] });
});

test("the value is what the schema makes of it", async () => {
  expect(await validate(z.coerce.number(), "7")).toEqual({ value: 7 });
});

test("a violation of the whole value is told without a field", () => {
  expect(
    describeViolations([
      { field: "", description: "give one" },
      { field: "a", description: "is too long" },
    ]),
  ).toBe("give one; a: is too long");
});

import { expect, test } from "vitest";
import { hasProblems, problemOf, textsOf, valuesOf } from "./form-field.ts";
import type { FormField } from "./form-field.ts";

const field = (change: Partial<FormField>): FormField => ({
  key: "region",
  label: "Region",
  help: "Where it runs.",
  type: "text",
  required: false,
  ...change,
});

test("a field says what is wrong with what stands in it", () => {
  const region = field({ required: true, pattern: "[a-z]+-[a-z]+[0-9]+", example: "europe-west1" });
  expect(problemOf(region, "")).toBe("It is needed.");
  expect(problemOf(region, "Berlin")).toBe("It must look like europe-west1.");
  expect(problemOf(region, "europe-west1")).toBeUndefined();
  expect(problemOf(field({ type: "number" }), "-1")).toBe("It must be a number.");
  expect(problemOf(field({ type: "choice", choices: ["a"] }), "b")).toBe("It must be one of the choices.");
  expect(problemOf(field({ pattern: "(" }), "x")).toBeUndefined();
  expect(hasProblems([region], {})).toBe(true);
});

test("values have the types of their fields, and what was not said is absent", () => {
  const fields = [field({}), field({ key: "count", type: "number" }), field({ key: "on", type: "boolean" })];
  const values = { region: "europe-west1", count: 3, on: false };
  expect(valuesOf(fields, textsOf(values))).toEqual(values);
  expect(valuesOf(fields, { region: "" })).toEqual({});
});

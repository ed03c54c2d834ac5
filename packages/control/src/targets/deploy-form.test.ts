import type { TargetField } from "@berth/deploy/targets";
import { expect, test } from "vitest";
import { checkRequest } from "../deploys/check-request.ts";
import type { NewSource } from "../deploys/deploys.ts";
import { DEPLOY_FORM } from "./deploy-form.ts";
import { admin } from "./targets.fixture.ts";

const valueOf = ({ type, example }: TargetField): unknown =>
  type === "boolean" ? true : type === "number" ? Number(example) : example;

const examplesOf = (fields: readonly TargetField[]): object =>
  Object.fromEntries(fields.map((field) => [field.key, valueOf(field)]));

test.each(DEPLOY_FORM.sources.filter(({ kind }) => kind !== "archive"))(
  "a deployment takes what the form gives as examples: $kind",
  ({ kind, fields }) => {
    // The fields are the source's own members, which checkRequest goes through.
    const source = { kind, ...examplesOf(fields) } as NewSource;
    const request = { trust: false, ...examplesOf(DEPLOY_FORM.fields), ...examplesOf(DEPLOY_FORM.options), source };
    expect(checkRequest(admin, request)).toMatchObject({ name: "echo", canaryPercent: 10, source: { kind } });
  },
);

test("examples have the form that is asked for", () => {
  const all = [DEPLOY_FORM.fields, DEPLOY_FORM.options, ...DEPLOY_FORM.sources.map(({ fields }) => fields)].flat();
  for (const { key, pattern, example, choices } of all) {
    if (pattern !== undefined) expect(example, key).toMatch(new RegExp(`^(?:${pattern})$`, "u"));
    if (choices !== undefined) expect(choices, key).toContain(example);
  }
});

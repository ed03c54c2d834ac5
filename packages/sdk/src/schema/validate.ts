import type { FieldViolation } from "@berth/protocol";
import type { StandardIssue, StandardSchema } from "./standard-schema.ts";

export type Validated = { readonly value: unknown } | { readonly violations: readonly FieldViolation[] };

/** Without a schema everything is welcome. */
export async function validate(schema: StandardSchema | undefined, value: unknown): Promise<Validated> {
  if (schema === undefined) return { value };
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return { value: result.value };
  return { violations: result.issues.map((issue) => ({ field: pathOf(issue), description: issue.message })) };
}

/** One line for a person: `amount: expected number; rows[2].name: required`. */
export function describeViolations(violations: readonly FieldViolation[]): string {
  return violations
    .map(({ field, description }) => (field === "" ? description : `${field}: ${description}`))
    .join("; ");
}

function pathOf({ path = [] }: StandardIssue): string {
  let text = "";
  for (const segment of path) {
    const key = typeof segment === "object" ? segment.key : segment;
    if (typeof key === "number") text += `[${key}]`;
    else text += text === "" ? String(key) : `.${String(key)}`;
  }
  return text;
}

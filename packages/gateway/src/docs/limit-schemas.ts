import { anyObject, choice, described, instant, integer, list, nullable, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

export type LimitSchemaName = "LimitSettings" | "MonthlyUsage" | "NewLimits";

const LIMIT_RULE = object({
  subject: choice("organization", "principal", "agent", "task"),
  "id?": described("A principal's id or an agent's name; absent: each of its kind.", text),
  "callsPerMinute?": integer,
  "readsPerMinute?": integer,
  "writesPerMinute?": integer,
  "concurrentCalls?": integer,
  "maxCalls?": described("Per calendar month (UTC), of a task per run, as the other two.", integer),
  "maxTokens?": integer,
  "maxCost?": described("Decimal text, in US dollars.", text),
});

export const LIMIT_SCHEMAS: Readonly<Record<LimitSchemaName, JsonSchema>> = {
  LimitSettings: object({ rules: list(LIMIT_RULE), defaults: nullable(anyObject) }),
  NewLimits: object({ rules: list(LIMIT_RULE) }),
  MonthlyUsage: object({
    month: text,
    resetsAt: instant,
    usage: list(
      object({
        subject: choice("organization", "principal", "agent"),
        id: text,
        calls: integer,
        tokens: integer,
        cost: described("Decimal text, in US dollars.", text),
      }),
    ),
  }),
};

import { choice, described, flag, instant, integer, list, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

export type EvalSchemaName = "EvalSuiteList" | "NewEvalRun" | "EvalRun" | "EvalRunList";

const score = described("0.000 to 1.000, as text.", text);
const RUN = {
  runId: text,
  agent: text,
  release: text,
  suite: text,
  status: choice("running", "passed", "failed", "canceled"),
  threshold: described("It passes from this score on.", text),
  total: described("How many cases the suite has.", integer),
  "score?": described("Mean of the cases, 0.000 to 1.000, as text; absent when it did not run to its end.", text),
  "error?": described("Why it did not.", text),
  startedBy: text,
  startedAt: instant,
  "endedAt?": instant,
};

/** In an agent's own document. */
export const EVAL_STATISTICS: JsonSchema = described(
  "The last score of the live release.",
  object({ suite: text, score, passed: flag, at: instant, release: text }),
);

export const EVAL_SCHEMAS: Readonly<Record<EvalSchemaName, JsonSchema>> = {
  EvalSuiteList: object({
    suites: list(
      object({
        name: text,
        skill: text,
        threshold: text,
        timeoutSeconds: integer,
        cases: described("Their ids.", list(text)),
      }),
    ),
  }),
  NewEvalRun: object({ "suite?": described("Default: the only one there is.", text) }),
  EvalRun: object({
    ...RUN,
    cases: list(
      object({
        id: text,
        score,
        passed: flag,
        failures: list(text),
        "taskId?": text,
        "receiptId?": described("Absent when there was none in time; then the score is no addendum.", text),
      }),
    ),
  }),
  EvalRunList: object({ runs: list(object(RUN)) }),
};

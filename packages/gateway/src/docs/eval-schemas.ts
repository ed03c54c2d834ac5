import { choice, described, flag, instant, integer, list, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

export type EvalSchemaName = "EvalSuiteList" | "NewEvalRun" | "EvalRun" | "EvalRunList" | "EvalSampleList";

const score = described("0.000 to 1.000, as text.", text);
const judged = described(
  "What models that judged have used.",
  object({ inputTokens: integer, outputTokens: integer, costMicros: integer }),
);
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
  "judged?": judged,
  startedBy: text,
  startedAt: instant,
  "endedAt?": instant,
};

/** In an agent's own document. */
export const EVAL_STATISTICS: JsonSchema = described(
  "The last score of the live release.",
  object({ suite: text, score, passed: flag, at: instant, release: text }),
);

/** In an agent's own document. */
export const SAMPLING_STATISTICS: JsonSchema = described(
  "What the scored share of the live release's real tasks says.",
  object({
    suite: text,
    "score?": described("Mean of those with a score.", text),
    scored: integer,
    passed: integer,
    notScored: integer,
    at: instant,
  }),
);

/** In a deployment: its gate. */
export const GATE_SCORES: JsonSchema = described(
  "What the gate's suites scored.",
  list(object({ suite: text, runId: text, "score?": text, threshold: text, passed: flag })),
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
        "sampled?": described("Types of the scorers that look at real tasks.", list(text)),
      }),
    ),
  }),
  NewEvalRun: object({ "suite?": described("Default: the only one there is.", text) }),
  EvalRun: object({
    ...RUN,
    cases: list(
      object({
        id: text,
        "score?": score,
        "notScored?": described("Why it has no score.", text),
        passed: flag,
        failures: list(text),
        "taskId?": text,
        "receiptId?": described("Absent when there was none in time; then the score is no addendum.", text),
      }),
    ),
  }),
  EvalRunList: object({ runs: list(object(RUN)) }),
  EvalSampleList: object({
    samples: list(
      object({
        taskId: text,
        receiptId: text,
        release: text,
        suite: text,
        "score?": score,
        "notScored?": described("Why it has no score.", text),
        passed: flag,
        failures: list(text),
        "judged?": judged,
        at: instant,
      }),
    ),
  }),
};

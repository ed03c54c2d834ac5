import type { EvalRunView, EvalSuiteView, EvalSummary } from "./records.ts";

export function toSuiteJson({ name, skill, threshold, timeoutSeconds, cases }: EvalSuiteView): object {
  return { name, skill, threshold, timeoutSeconds, cases: cases.map(({ id }) => id) };
}

export function toEvalRunJson(agent: string, run: EvalRunView): object {
  return { ...toEvalSummaryJson(agent, run), cases: run.cases };
}

export function toEvalSummaryJson(agent: string, run: EvalSummary): object {
  const { runId, releaseId, suite, status, threshold, total, score, error, startedBy, startedAt, endedAt } = run;
  return {
    runId,
    agent,
    release: releaseId,
    suite,
    status,
    threshold,
    total,
    ...(score === undefined ? {} : { score }),
    ...(error === undefined ? {} : { error }),
    startedBy,
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
  };
}

/** What the registry says of the live release: its last score. */
export function toEvalStatistics({ suite, score, status, endedAt, releaseId }: EvalSummary): object {
  return { suite, score, passed: status === "passed", at: endedAt, release: releaseId };
}

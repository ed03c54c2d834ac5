import type { EvalRunView, EvalSampleView, EvalSampling, EvalSuiteView, EvalSummary } from "./records.ts";

export function toSuiteJson({ name, skill, threshold, timeoutSeconds, cases, sampled }: EvalSuiteView): object {
  const scorers = sampled?.map(({ type }) => type);
  const sampling = scorers === undefined ? {} : { sampled: scorers };
  return { name, skill, threshold, timeoutSeconds, cases: cases.map(({ id }) => id), ...sampling };
}

export function toEvalRunJson(agent: string, run: EvalRunView): object {
  return { ...toEvalSummaryJson(agent, run), cases: run.cases };
}

export function toEvalSummaryJson(agent: string, run: EvalSummary): object {
  const { runId, releaseId, suite, status, threshold, total, score, error, judged } = run;
  const { startedBy, startedAt, endedAt } = run;
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
    ...(judged === undefined ? {} : { judged }),
    startedBy,
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
  };
}

/** What the registry says of the live release: its last score. */
export function toEvalStatistics({ suite, score, status, endedAt, releaseId }: EvalSummary): object {
  return { suite, score, passed: status === "passed", at: endedAt, release: releaseId };
}

/** What the registry says of real tasks: the share of them that was scored. */
export function toSamplingStatistics({ suite, score, scored, passed, notScored, at }: EvalSampling): object {
  return { suite, ...(score === undefined ? {} : { score }), scored, passed, notScored, at };
}

export function toSampleJson(sample: EvalSampleView): object {
  const { orgId: _orgId, agentId: _agentId, releaseId, ...rest } = sample;
  return { ...rest, release: releaseId };
}

import type { EvalSuite } from "@berth/protocol";
import type { EvalRunRecord, EvalRunSummary } from "./eval-store.ts";
import { toInstant } from "./instant.ts";
import { requireStorableText } from "./storable-text.ts";

/** As every driver keeps it: checked keys, one spelling of time, no tie to the caller's objects. */
export function evalRunAsKept(run: EvalRunRecord): EvalRunRecord {
  const { orgId, runId, agentId, releaseId, suite, startedAt, endedAt } = run;
  requireStorableText({ orgId, runId, agentId, releaseId, suite });
  const times = { startedAt: toInstant(startedAt), ...(endedAt === undefined ? {} : { endedAt: toInstant(endedAt) }) };
  // Runs are plain JSON data, so what is parsed has the type of what was written.
  return JSON.parse(JSON.stringify({ ...run, ...times })) as EvalRunRecord;
}

export function suitesAsKept(suites: readonly EvalSuite[]): readonly EvalSuite[] {
  // As above.
  return JSON.parse(JSON.stringify(suites)) as readonly EvalSuite[];
}

export function toEvalSummary({ cases: _cases, ...summary }: EvalRunRecord): EvalRunSummary {
  return summary;
}

import type { EvalSample, EvalSampleSummary } from "./eval-sample-store.ts";
import { toInstant } from "./instant.ts";
import { requireStorableText } from "./storable-text.ts";

/** As every driver keeps it. */
export function sampleAsKept(sample: EvalSample): EvalSample {
  const { orgId, taskId, receiptId, agentId, releaseId, suite, at } = sample;
  requireStorableText({ orgId, taskId, receiptId, agentId, releaseId, suite });
  // A sample is plain JSON data.
  return JSON.parse(JSON.stringify({ ...sample, at: toInstant(at) })) as EvalSample;
}

/** Of counts and sums as a database gives them. */
export function toSampleSummary(row: {
  readonly releaseId: string;
  readonly suite: string;
  readonly scored: number;
  readonly passed: number;
  readonly notScored: number;
  /** Sum of the scores, in thousandths. */
  readonly thousandths: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costMicros: number;
  readonly at: string;
}): EvalSampleSummary {
  const { releaseId, suite, scored, passed, notScored, thousandths, at } = row;
  const { inputTokens, outputTokens, costMicros } = row;
  const mean = String(Math.floor(thousandths / scored)).padStart(4, "0");
  const score = scored === 0 ? {} : { score: `${mean.slice(0, 1)}.${mean.slice(1)}` };
  const judged = { inputTokens, outputTokens, costMicros };
  return { releaseId, suite, scored, passed, notScored, ...score, judged, at };
}

/** Of text such as `0.750`; an unscored sample has none. */
export function thousandthsOf({ score }: Pick<EvalSample, "score">): number | undefined {
  return score === undefined ? undefined : Number(score.replace(".", ""));
}

import type { CanaryRecord, ReleaseTally } from "@berth/store";

/** What is to become of a canary; undefined: it is too early to say. */
export type Verdict = { readonly outcome: "promoted" | "rolled_back"; readonly reason: string } | undefined;

/** Share of calls that may be slower than the 95th percentile. */
const SLOW_SHARE = 0.05;

/**
 * Bad news need not wait for `minCalls`: what could not be made good any more by the calls that are missing is enough.
 * Good news waits for all of them, and for the score where one is asked for.
 */
export function judgeCanary(
  { rules, startedAt }: Pick<CanaryRecord, "rules" | "startedAt">,
  { calls, failed, slow }: Omit<NonNullable<ReleaseTally["canary"]>, "startedAt">,
  { now, evalScore }: { readonly now: Date; readonly evalScore: number | undefined },
): Verdict {
  const { minCalls, maxErrorRate, maxP95Ms, minEvalScore, windowSeconds } = rules;
  const judged = Math.max(calls, minCalls);
  if (failed > maxErrorRate * judged) {
    return rolledBack(`${failed} of ${calls} calls failed; at most ${percent(maxErrorRate)} may.`);
  }
  if (maxP95Ms !== undefined && slow > SLOW_SHARE * judged) {
    return rolledBack(`${slow} of ${calls} calls took more than ${maxP95Ms} ms; at most 5% may.`);
  }
  if (minEvalScore !== undefined && evalScore !== undefined && evalScore < minEvalScore) {
    return rolledBack(`Its evals scored ${evalScore}; at least ${minEvalScore} is asked for.`);
  }
  const isScored = minEvalScore === undefined || evalScore !== undefined;
  if (calls >= minCalls && isScored) {
    return { outcome: "promoted", reason: `${calls} calls, ${failed} of them failed.` };
  }
  if (now.getTime() - Date.parse(startedAt) < windowSeconds * 1_000) return undefined;
  const missing = isScored ? `${calls} of ${minCalls} calls` : "no score of its evals";
  return rolledBack(`It had ${missing} in ${windowSeconds} s, too little to judge it by.`);
}

function rolledBack(reason: string): Verdict {
  return { outcome: "rolled_back", reason };
}

function percent(rate: number): string {
  return `${Math.round(rate * 10_000) / 100}%`;
}

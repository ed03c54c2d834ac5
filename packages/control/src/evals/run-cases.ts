import { PlatformError, isPlatformError } from "@berth/protocol";
import type { CaseRunner } from "./case-runner.ts";
import type { EvalRun } from "./eval-run.ts";
import { shorten } from "./score-answer.ts";

const CASES_AT_ONCE = 4;
const MAX_RUN_MS = 3_600_000;

/** Runs all cases and ends the run. @throws only what keeps its end from being saved */
export async function runCases(run: EvalRun, cases: CaseRunner, now: () => Date): Promise<void> {
  const limit = AbortSignal.timeout(MAX_RUN_MS);
  const signal = AbortSignal.any([run.controller.signal, limit]);
  const open = [...run.suite.cases];
  const work = async (): Promise<void> => {
    for (let next = open.shift(); next !== undefined; next = open.shift()) await cases.run(run, next, signal);
  };
  const workers = Array.from({ length: CASES_AT_ONCE }, async () => {
    try {
      await work();
    } catch (error) {
      // The others need not go on: without this case there is no score.
      run.controller.abort(error);
      throw error;
    }
  });
  const isBroken = (await Promise.allSettled(workers)).some(({ status }) => status === "rejected");
  if (!isBroken) {
    await run.end(now(), "done");
    return;
  }
  const why = limit.aborted ? new PlatformError("TIMED_OUT", "An hour was not enough.") : run.controller.signal.reason;
  await run.end(now(), ending(why));
}

function ending(reason: unknown): { readonly status: "failed" | "canceled"; readonly error: string } {
  if (!isPlatformError(reason)) return { status: "failed", error: "The run failed for a reason inside the platform." };
  const status = reason.reason === "CANCELED" ? "canceled" : "failed";
  return { status, error: shorten(`${reason.reason}: ${reason.message}`) };
}

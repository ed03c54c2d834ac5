import { PlatformError } from "@berth/protocol";
import type { AgentConfig, EvalSuite, IdGenerator, Principal } from "@berth/protocol";
import type { AgentWithRelease, DeploymentEval, EvalCaseResult, EvalRunRecord, Store } from "@berth/store";
import type { Candidates } from "./candidates.ts";
import type { CaseRunner } from "./case-runner.ts";
import { EvalRun } from "./eval-run.ts";
import { notScorable } from "./grade-answer.ts";
import type { JudgeModel } from "./judge-model.ts";
import { runCases } from "./run-cases.ts";
import { FULL_SCORE, formatScore, shorten } from "./score-answer.ts";

const MAX_TOLD_CASES = 3;

export interface ReleaseGateOptions {
  readonly store: Pick<Store, "evals">;
  readonly cases: CaseRunner;
  readonly judge: JudgeModel;
  readonly candidates: Candidates;
  readonly ids: IdGenerator;
  readonly now: () => Date;
}

/** A release that is about to be live, and what its source brought along. */
export interface GatedRelease {
  /** Who deploys it: the calls are theirs. */
  readonly principal: Principal;
  readonly candidate: AgentWithRelease;
  readonly suites: readonly EvalSuite[];
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs the suites of the gate against a release that nobody else can reach yet, one after the other.
 * @throws EVAL_FAILED with score, threshold and the first failing cases; what the signal is aborted with.
 */
export async function passGate(options: ReleaseGateOptions, release: GatedRelease): Promise<readonly DeploymentEval[]> {
  const suites = gateSuites(release);
  for (const suite of suites) await assertScorable(suite, options.judge, release.candidate.agent.orgId);
  using _held = options.candidates.hold(release.candidate);
  const runs: EvalRunRecord[] = [];
  for (const suite of suites) runs.push(await runSuite(options, release, suite));
  const problems = runs.filter(({ status }) => status !== "passed").map(problemOf);
  if (problems.length === 0) return runs.map(toDeploymentEval);
  throw new PlatformError("EVAL_FAILED", problems.join(" "), {
    hint: "The deployment's log has every case.",
  });
}

/** Those that berth.json names. It was checked that they are there. */
export function gateSuites({ candidate, suites }: Pick<GatedRelease, "candidate" | "suites">): readonly EvalSuite[] {
  const gate = candidate.release.config.evals?.gate;
  if (gate === undefined) return [];
  return gate === "all" ? suites : suites.filter(({ name }) => name === gate);
}

/** @throws CONFIG_INVALID when berth.json names a suite that is not there, or one that cannot do what it is named for. */
export function assertEvalsConfig({ evals }: Pick<AgentConfig, "evals">, suites: readonly EvalSuite[]): void {
  const { gate, sample } = evals ?? {};
  const has = suites.length === 0 ? "evals/ has no suites" : `evals/ has ${suites.map(({ name }) => name).join(", ")}`;
  if (gate !== undefined && !(gate === "all" ? suites.length > 0 : suites.some(({ name }) => name === gate))) {
    throw new PlatformError("CONFIG_INVALID", `berth.json: evals.gate is ${JSON.stringify(gate)}, but ${has}.`);
  }
  if (sample === undefined) return;
  const sampling = suites.find(({ name }) => name === sample.suite);
  if (sampling?.sampled !== undefined) return;
  const problem = sampling === undefined ? has : `the suite ${sample.suite} has no "sampled" scorers`;
  throw new PlatformError("CONFIG_INVALID", `berth.json: evals.sample.suite is "${sample.suite}", but ${problem}.`);
}

async function assertScorable({ name, cases }: EvalSuite, judge: JudgeModel, orgId: string): Promise<void> {
  const scorers = cases.flatMap((each) => each.scorers);
  const missing = await notScorable(scorers, judge, orgId);
  if (missing === undefined) return;
  throw new PlatformError("EVAL_FAILED", `The suite ${name} cannot be scored: ${missing}.`, {
    hint: "`a2a models alias judge provider/model` names one; who may skip the gate deploys with --skip-evals.",
  });
}

async function runSuite(
  { store, cases, ids, now }: ReleaseGateOptions,
  { principal, candidate, log, signal }: GatedRelease,
  suite: EvalSuite,
): Promise<EvalRunRecord> {
  const { agent, release } = candidate;
  const wanted = release.config.evals?.threshold;
  const record: EvalRunRecord = {
    orgId: agent.orgId,
    runId: ids("evalRun"),
    agentId: agent.agentId,
    releaseId: release.releaseId,
    suite: suite.name,
    status: "running",
    threshold: wanted === undefined ? suite.threshold : formatScore(Math.round(wanted * FULL_SCORE)),
    total: suite.cases.length,
    cases: [],
    startedBy: principal.id,
    startedAt: now().toISOString(),
  };
  const onCase = (result: EvalCaseResult): void => log(`evals ${suite.name}: ${lineOf(result)}`);
  const run = new EvalRun({ record, suite, principal, agentName: agent.name, store: store.evals, candidate, onCase });
  log(`evals ${suite.name}: ${record.total} cases, ${record.threshold} is needed (${record.runId})`);
  await store.evals.saveRun(record);
  const abort = (): void => run.controller.abort(new PlatformError("CANCELED", "The deployment was canceled."));
  signal.addEventListener("abort", abort, { once: true });
  try {
    if (signal.aborted) abort();
    await runCases(run, cases, now);
  } finally {
    signal.removeEventListener("abort", abort);
  }
  signal.throwIfAborted();
  const { score, error } = run.record;
  log(`evals ${suite.name}: ${score ?? error ?? run.record.status}`);
  return run.record;
}

function lineOf({ id, score, passed, failures, notScored }: EvalCaseResult): string {
  if (score === undefined) return `${id} not scored: ${notScored ?? "unknown"}`;
  const why = failures.length === 0 ? "" : `: ${failures.join("; ")}`;
  return `${id} ${score} ${passed ? "passed" : "failed"}${why}`;
}

function problemOf({ suite, score, threshold, error, cases, runId }: EvalRunRecord): string {
  const what =
    score === undefined
      ? `The suite ${suite} has no score (${error ?? "it did not end"})`
      : `The suite ${suite} scored ${score}, ${threshold} is needed`;
  const failing = cases.filter(({ passed }) => !passed).slice(0, MAX_TOLD_CASES);
  const first = failing.length === 0 ? "" : `: ${failing.map(lineOf).map(shorten).join(" | ")}`;
  return `${what} (${runId})${first}.`;
}

function toDeploymentEval({ suite, runId, score, threshold, status }: EvalRunRecord): DeploymentEval {
  return { suite, runId, threshold, passed: status === "passed", ...(score === undefined ? {} : { score }) };
}

import { PlatformError, invalidParams } from "@berth/protocol";
import type { EvalSuite, Principal } from "@berth/protocol";
import type {
  AgentWithRelease,
  DeploymentEval,
  EvalRunRecord,
  EvalRunSummary,
  EvalSample,
  EvalSampleSummary,
  ReleaseRecord,
  Store,
} from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import type { Registry } from "../registry/registry.ts";
import { assertMayInvoke } from "../tasks/task-access.ts";
import type { Candidates } from "./candidates.ts";
import { CaseRunner } from "./case-runner.ts";
import type { CaseRunnerOptions } from "./case-runner.ts";
import { EvalRun } from "./eval-run.ts";
import type { Evals } from "./evals.ts";
import { OwnTasks } from "./own-tasks.ts";
import { gateSuites, passGate } from "./release-gate.ts";
import type { GatedRelease } from "./release-gate.ts";
import { runCases } from "./run-cases.ts";
import { Sampler } from "./sampler.ts";
import type { SamplerOptions } from "./sampler.ts";

const MAX_RUNNING = 2;
const MAX_LISTED_ORPHANS = 1_000;

export interface EvalsOptions extends Omit<CaseRunnerOptions, "own"> {
  readonly store: SamplerOptions["store"] & Pick<Store, "audit">;
  readonly registry: Pick<Registry, "find">;
  readonly receipts: CaseRunnerOptions["receipts"] & SamplerOptions["receipts"];
  readonly platformId: string;
  readonly candidates: Candidates;
  readonly now: () => Date;
}

/** What a deployment asks of evals. */
export interface DeployEvals {
  /** Whether berth.json has a gate for it. */
  isGated(release: Pick<GatedRelease, "candidate" | "suites">): boolean;
  /** Runs the gate. @throws EVAL_FAILED */
  passGate(release: GatedRelease): Promise<readonly DeploymentEval[]>;
  /** Writes down that the gate was passed by. */
  skipGate(principal: Principal, agentName: string, releaseId: string): Promise<void>;
  /** Keeps a release's suites, before it is published; from now on a share of its tasks is scored if it says so. */
  keep(release: Pick<ReleaseRecord, "orgId" | "releaseId" | "config">, suites: readonly EvalSuite[]): Promise<void>;
}

export interface RunningEvals extends Evals, DeployEvals {
  /** Receipts were sealed. Cheap, never throws. */
  notify(): void;
  /** Ends the runs of an earlier process, and goes on sampling. */
  recover(): Promise<void>;
  /** Ends all and waits for them. */
  close(): Promise<void>;
}

export function createEvals(options: EvalsOptions): RunningEvals {
  return new TaskEvals(options);
}

class TaskEvals implements RunningEvals {
  readonly #options: EvalsOptions;
  readonly #cases: CaseRunner;
  readonly #runs = new Map<string, EvalRun>();
  readonly #sampler: Sampler;
  #closing = false;

  constructor(options: EvalsOptions) {
    const own = new OwnTasks();
    this.#options = options;
    this.#cases = new CaseRunner({ ...options, own });
    this.#sampler = new Sampler({ ...options, own, log: options.log ?? (() => undefined) });
  }

  async suites(principal: Principal, agentName: string): Promise<readonly EvalSuite[]> {
    authorize(principal, "eval.read");
    const { release } = await this.#options.registry.find(principal, agentName);
    return await this.#options.store.evals.suites(principal.orgId, release.releaseId);
  }

  async start(principal: Principal, agentName: string, wanted?: string): Promise<EvalRunRecord> {
    authorize(principal, "eval.run");
    const { registry, store, ids, now } = this.#options;
    const { orgId, id: actor } = principal;
    const found = await registry.find(principal, agentName);
    assertMayInvoke(principal, found);
    const suite = chooseSuite(await store.evals.suites(orgId, found.release.releaseId), wanted);
    this.#assertFree(orgId);
    const at = now().toISOString();
    const record: EvalRunRecord = {
      orgId,
      runId: ids("evalRun"),
      agentId: found.agent.agentId,
      releaseId: found.release.releaseId,
      suite: suite.name,
      status: "running",
      threshold: suite.threshold,
      total: suite.cases.length,
      cases: [],
      startedBy: actor,
      startedAt: at,
    };
    const run = new EvalRun({ record, suite, principal, agentName, store: store.evals });
    // Taken before the first wait, so that two who start at once cannot both be the last that fits.
    this.#runs.set(record.runId, run);
    const detail = { run: record.runId, suite: suite.name, release: record.releaseId };
    try {
      await audited(
        store.audit,
        { orgId, at, actor, action: "eval.run", resource: agentName, outcome: "ok", detail },
        async () => await store.evals.saveRun(record),
      );
    } catch (error) {
      this.#runs.delete(record.runId);
      throw error;
    }
    void this.#run(run);
    return record;
  }

  async runs(
    principal: Principal,
    agentName: string,
    filter: { readonly suite?: string; readonly limit: number },
  ): Promise<readonly EvalRunSummary[]> {
    authorize(principal, "eval.read");
    const { agent } = await this.#options.registry.find(principal, agentName);
    return await this.#options.store.evals.runs(principal.orgId, { ...filter, agentId: agent.agentId });
  }

  async find(principal: Principal, agentName: string, runId: string): Promise<EvalRunRecord> {
    authorize(principal, "eval.read");
    const { agent } = await this.#options.registry.find(principal, agentName);
    const here = this.#runs.get(runId)?.record;
    const found =
      here?.orgId === principal.orgId ? here : await this.#options.store.evals.findRun(principal.orgId, runId);
    if (found?.agentId === agent.agentId) return found;
    throw new PlatformError("EVAL_NOT_FOUND", `There is no such run of ${agentName}'s evals.`);
  }

  async cancel(principal: Principal, agentName: string, runId: string): Promise<EvalRunRecord> {
    authorize(principal, "eval.run");
    const found = await this.find(principal, agentName, runId);
    const { store, now } = this.#options;
    await store.audit.append({
      orgId: principal.orgId,
      at: now().toISOString(),
      actor: principal.id,
      action: "eval.cancel",
      resource: agentName,
      outcome: "ok",
      detail: { run: runId },
    });
    const run = this.#runs.get(runId);
    if (run === undefined) return found;
    run.controller.abort(new PlatformError("CANCELED", "The run was canceled."));
    await run.over;
    return run.record;
  }

  async latest(agents: readonly AgentWithRelease[]): Promise<ReadonlyMap<string, EvalRunSummary>> {
    const [first] = agents;
    if (first === undefined) return new Map();
    const ids = agents.map(({ release }) => release.releaseId);
    const found = await this.#options.store.evals.latest(first.agent.orgId, ids);
    return new Map(found.map((run) => [run.releaseId, run]));
  }

  async samples(
    principal: Principal,
    agentName: string,
    { limit }: { readonly limit: number },
  ): Promise<readonly EvalSample[]> {
    authorize(principal, "eval.read");
    const { agent } = await this.#options.registry.find(principal, agentName);
    return await this.#options.store.evalSamples.list(principal.orgId, { agentId: agent.agentId, limit });
  }

  async sampled(agents: readonly AgentWithRelease[]): Promise<ReadonlyMap<string, EvalSampleSummary>> {
    const sampling = agents.filter(({ release }) => release.config.evals?.sample !== undefined);
    const [first] = sampling;
    if (first === undefined) return new Map();
    const ids = sampling.map(({ release }) => release.releaseId);
    const found = await this.#options.store.evalSamples.summaries(first.agent.orgId, ids);
    return new Map(found.map((summary) => [summary.releaseId, summary]));
  }

  isGated(release: Pick<GatedRelease, "candidate" | "suites">): boolean {
    return gateSuites(release).length > 0;
  }

  async passGate(release: GatedRelease): Promise<readonly DeploymentEval[]> {
    return await passGate({ ...this.#options, cases: this.#cases }, release);
  }

  async skipGate({ orgId, id: actor }: Principal, resource: string, release: string): Promise<void> {
    const { store, now } = this.#options;
    const entry = { orgId, at: now().toISOString(), actor, action: "eval.skip", resource, outcome: "ok" } as const;
    await store.audit.append({ ...entry, detail: { release } });
  }

  async keep(
    { orgId, releaseId, config }: Pick<ReleaseRecord, "orgId" | "releaseId" | "config">,
    suites: readonly EvalSuite[],
  ): Promise<void> {
    if (suites.length > 0) await this.#options.store.evals.saveSuites(orgId, releaseId, suites);
    if (config.evals?.sample !== undefined) await this.#sampler.begin(orgId);
  }

  notify(): void {
    this.#sampler.notify();
  }

  async recover(): Promise<void> {
    const { store, now } = this.#options;
    const error = "The platform was restarted during the run.";
    for (const run of await store.evals.running(MAX_LISTED_ORPHANS)) {
      await store.evals.saveRun({ ...run, status: "failed", error, endedAt: now().toISOString() });
    }
    await this.#sampler.start();
  }

  async close(): Promise<void> {
    this.#closing = true;
    const runs = [...this.#runs.values()];
    for (const run of runs)
      run.controller.abort(new PlatformError("SHUTTING_DOWN", "The platform was stopped during the run."));
    await Promise.all(runs.map(async (run) => await run.over));
    await this.#sampler.close();
  }

  #assertFree(orgId: string): void {
    if (this.#closing) throw new PlatformError("SHUTTING_DOWN", "The platform is stopping.");
    const running = [...this.#runs.values()].filter(({ record }) => record.orgId === orgId).length;
    if (running < MAX_RUNNING) return;
    throw new PlatformError("RATE_LIMITED", `${MAX_RUNNING} runs of evals go on already.`, { retryable: true });
  }

  async #run(run: EvalRun): Promise<void> {
    const { now, log } = this.#options;
    try {
      await runCases(run, this.#cases, now);
    } catch (error) {
      log?.(`saving ${run.record.runId} failed: ${String(error)}`);
    } finally {
      this.#runs.delete(run.record.runId);
    }
  }
}

/** @throws EVAL_NOT_FOUND, INVALID_PARAMS when there are several to choose from. */
function chooseSuite(suites: readonly EvalSuite[], wanted: string | undefined): EvalSuite {
  const names = suites.map(({ name }) => name).join(", ");
  const [only] = suites;
  if (only === undefined) {
    throw new PlatformError("EVAL_NOT_FOUND", "The agent's live release has no suites.", {
      hint: "Put one into the source's evals folder and deploy it.",
    });
  }
  if (wanted === undefined && suites.length > 1) {
    throw invalidParams([{ field: "suite", description: `must be one of ${names}` }]);
  }
  const found = wanted === undefined ? only : suites.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  throw new PlatformError("EVAL_NOT_FOUND", "The agent has no suite of this name.", { hint: `It has ${names}.` });
}

import { once } from "node:events";
import { rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { PlatformError, isPlatformError } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { Scrubber } from "@berth/runtime";
import type { DeploymentRecord, DeploymentStep } from "@berth/store";
import { assertMayDeploy } from "./check-request.ts";
import { DeploymentLog } from "./deployment-log.ts";
import { DeploymentQueue } from "./deployment-queue.ts";
import { DeploymentRun, asJson, tellable } from "./deployment-run.ts";
import type { DeploymentSignals } from "./deployment-signals.ts";
import { KEPT_MS } from "./kept-outputs.ts";
import { sameRelease } from "./steps/build-step.ts";
import type { Step, StepTools } from "./steps/deployment-step.ts";
import { STEPS } from "./steps/step-table.ts";
import { publishedBy } from "./steps/switch-step.ts";
import { workOf } from "./steps/work-folder.ts";
import { undoDeployment } from "./undo-deployment.ts";

/** How long a step that is interrupted has to end. */
const CLOSE_MS = 10_000;
/** A step that has ended the platform so often is not begun again. */
const MAX_ATTEMPTS = 3;

export interface DeploymentEngineOptions {
  readonly tools: StepTools;
  readonly signals: DeploymentSignals;
  readonly maxRunning: number;
  /** With the rights of now. @throws UNAUTHENTICATED for who is gone or has lost their key */
  readonly principalOf: (principal: Principal) => Promise<Principal>;
  /** Knows every secret of the organization. */
  readonly scrubberOf: (orgId: string) => Promise<Pick<Scrubber, "text" | "json">>;
  /** Resolves when the platform answers: from then on it is known where, and images and targets say so. */
  readonly serving: Promise<void>;
  /** One has ended. */
  readonly onEnded: () => void;
  readonly log: (line: string) => void;
}

/** The platform stops: what runs is left as it is, and goes on with the next process. */
const INTERRUPTED = new PlatformError("SHUTTING_DOWN", "The platform is stopping.", { retryable: true });

/** Does deployments step by step, each step durable before the next. */
export class DeploymentEngine {
  readonly #options: DeploymentEngineOptions;
  readonly #runs = new Map<string, DeploymentRun>();
  readonly #queue: DeploymentQueue<DeploymentRun>;

  constructor(options: DeploymentEngineOptions) {
    this.#options = options;
    const { maxRunning } = options;
    this.#queue = new DeploymentQueue({ maxRunning, work: async (run) => await this.#work(run) });
  }

  find(deploymentId: string): DeploymentRun | undefined {
    return this.#runs.get(deploymentId);
  }

  /** Of an organization, that have not ended. */
  runsOf(orgId: string): readonly DeploymentRun[] {
    return [...this.#runs.values()].filter((run) => run.orgId === orgId);
  }

  /** From now on it is in this process's hands; `enqueue` begins it. */
  async open(record: DeploymentRecord): Promise<DeploymentRun> {
    const { tools, signals, scrubberOf, log } = this.#options;
    const { deployments } = tools.store;
    const { orgId, deploymentId } = record;
    const lines = new DeploymentLog({
      store: deployments,
      orgId,
      deploymentId,
      last: await deployments.lastLine(orgId, deploymentId),
      now: tools.now,
      scrubber: async () => await scrubberOf(orgId),
      onKept: () => signals.notify(deploymentId),
      onFailed: (error) => log(`keeping the log of ${deploymentId}: ${String(error)}`),
    });
    const onChange = (): void => signals.notify(deploymentId);
    const run = new DeploymentRun(record, { store: deployments, log: lines, now: tools.now, onChange });
    this.#runs.set(deploymentId, run);
    return run;
  }

  enqueue(run: DeploymentRun): void {
    this.#queue.add(run);
  }

  /** It could not be accepted after all. */
  async fail(run: DeploymentRun, error: unknown): Promise<void> {
    await this.#end(run, error);
  }

  /** Resolves when it has ended, whichever way. */
  async cancel(run: DeploymentRun): Promise<DeploymentRecord> {
    if (!run.hasEnded && run.record.cancelRequested !== true) await run.update({ cancelRequested: true });
    run.controller.abort(canceled());
    if (this.#queue.remove(run)) await this.#end(run, canceled());
    await run.ended;
    return run.record;
  }

  async close(): Promise<void> {
    for (const run of this.#runs.values()) run.controller.abort(INTERRUPTED);
    // What does not hear of it ends with the process.
    await Promise.race([this.#queue.close(), pause(CLOSE_MS, undefined, { ref: false })]);
    await Promise.allSettled([...this.#runs.values()].map(async (run) => await run.log.flush()));
    for (const run of this.#runs.values()) run.end();
  }

  async #work(run: DeploymentRun): Promise<"ended" | "waits"> {
    try {
      run.signal.throwIfAborted();
      await Promise.race([this.#options.serving, once(run.signal, "abort")]);
      run.signal.throwIfAborted();
      await this.#begin(run);
      for (const step of STEPS) {
        if (run.isFetched && !this.#queue.mayGoOn(run)) {
          run.say("waits for an earlier deployment of the same agent");
          return "waits";
        }
        await this.#step(run, step);
        if (step.name === "build") await this.#compare(run);
      }
      await this.#end(run, undefined);
    } catch (error) {
      if (run.signal.reason === INTERRUPTED) await this.#interrupt(run);
      else await this.#end(run, run.signal.aborted ? run.signal.reason : error);
    }
    return "ended";
  }

  /** @throws what keeps it from going on */
  async #begin(run: DeploymentRun): Promise<void> {
    run.isPublished = (await publishedBy(run, this.#options.tools)) !== undefined;
    // What everybody sees already is brought to its end.
    if (run.isPublished) return;
    if (run.record.cancelRequested === true) run.controller.abort(canceled());
    run.signal.throwIfAborted();
    await this.#assertMayGoOn(run);
  }

  async #assertMayGoOn(run: DeploymentRun): Promise<void> {
    const { name, options, principal } = run.record;
    try {
      run.principal = await this.#options.principalOf(principal);
    } catch (error) {
      if (!isPlatformError(error) || error.reason !== "UNAUTHENTICATED") throw error;
      throw new PlatformError("PERMISSION_DENIED", "Whoever asked for this deployment may not do so any more.", {
        cause: error,
      });
    }
    assertMayDeploy(run.principal, { name, skipEvals: options.skipEvals });
  }

  async #step(run: DeploymentRun, step: Step): Promise<void> {
    const { tools } = this.#options;
    if (!(await step.applies(run, tools))) return;
    if (run.output(step.name) !== undefined) {
      if (run.checked.has(step.name) || (await step.holds(run, tools))) {
        run.checked.add(step.name);
        return;
      }
    }
    run.signal.throwIfAborted();
    if (step.name === "switch" && !run.isPublished) await this.#assertMayGoOn(run);
    const known = run.stepOf(step.name);
    const attempt = known?.status === "running" ? (known.attempt ?? 1) + 1 : 1;
    if (attempt > MAX_ATTEMPTS) {
      throw new PlatformError("PLATFORM_RESTARTED", `The platform ended ${MAX_ATTEMPTS} times during this step.`);
    }
    const startedAt = tools.now();
    const begun: DeploymentStep = { name: step.name, status: "running", startedAt: startedAt.toISOString(), attempt };
    await run.setStep(begun, { status: step.status });
    if (attempt > 1) run.say("begun again after a restart of the platform");
    const output = await step.run(run, tools);
    // What was made for nothing is not taken for done; what a stop of the platform let through is.
    if (run.signal.aborted && run.signal.reason !== INTERRUPTED && !run.isPublished) run.signal.throwIfAborted();
    const ms = tools.now().getTime() - startedAt.getTime();
    await run.setStep({ ...begun, status: "done", ms, output: asJson(output) });
    run.checked.add(step.name);
  }

  async #compare(run: DeploymentRun): Promise<void> {
    if (run.isPublished) return;
    const same = await sameRelease(run, this.#options.tools);
    if (same === undefined) return;
    run.isUnchanged = true;
    await run.update({ agentName: same.agent.name, releaseId: same.release.releaseId });
    run.say("Nothing changed: this release is live already.");
  }

  /** Begun again by the next process; that this one was told to stop is not the step's fault. */
  async #interrupt(run: DeploymentRun): Promise<void> {
    const step = run.record.steps.find(({ status }) => status === "running");
    if (step !== undefined) {
      await run
        .setStep({ ...step, attempt: (step.attempt ?? 1) - 1 })
        .catch((error: unknown) => this.#note(run, error));
    }
    this.#drop(run);
  }

  async #end(run: DeploymentRun, thrown: unknown): Promise<void> {
    // What cannot be kept stays as it was kept last, and is taken up again later; not at once, as long as that goes wrong.
    let isKept = false;
    try {
      await this.#finish(run, thrown);
      isKept = true;
    } catch (error) {
      this.#note(run, error);
    }
    this.#drop(run);
    this.#options.signals.forget(run.deploymentId);
    if (isKept) this.#options.onEnded();
  }

  async #finish(run: DeploymentRun, thrown: unknown): Promise<void> {
    const { tools, scrubberOf } = this.#options;
    const { orgId, deploymentId } = run;
    const isLive = thrown === undefined;
    const isCanceled = isPlatformError(thrown) && thrown.reason === "DEPLOY_CANCELED";
    if (!isLive && !isPlatformError(thrown)) this.#note(run, thrown);
    if (!isLive) await undoDeployment(run, tools).catch((error: unknown) => this.#note(run, error));
    await this.#audit(run, isLive ? "ok" : "failed");
    const status = isLive ? "live" : isCanceled ? "canceled" : "failed";
    const steps = run.record.steps.map((step) => ended(step, tools.now()));
    const at = steps.find((step) => step.status === "failed")?.name;
    const told = isLive ? undefined : (await scrubberOf(orgId)).json(tellable(thrown));
    if (told !== undefined) run.say(`${status}: ${told.message} (${told.reason})`, at);
    await run.log.flush().catch((error: unknown) => this.#note(run, error));
    if (isLive) tools.folders.forget(run.output("build")?.built.digest, deploymentId);
    const keptUntil = new Date(tools.now().getTime() + KEPT_MS).toISOString();
    const error = told === undefined ? {} : { error: { ...told, ...(at === undefined ? {} : { step: at }) } };
    await run.update({ status, steps, keptUntil, ...error });
    // What failed can be done again from where it failed. What stays here goes with what is kept of it.
    if (isLive || isCanceled) await rm(workOf(tools, run).folder, { recursive: true, force: true });
  }

  async #audit({ orgId, principal, record }: DeploymentRun, outcome: "ok" | "failed"): Promise<void> {
    const { store, now } = this.#options.tools;
    const resource = record.agentName ?? record.deploymentId;
    const entry = { orgId, at: now().toISOString(), actor: principal.id, action: "agent.deploy", resource, outcome };
    await store.audit
      .append(entry)
      .catch((error: unknown) =>
        this.#options.log(`the audit entry of a deployment was not written: ${String(error)}`),
      );
  }

  #drop(run: DeploymentRun): void {
    this.#runs.delete(run.deploymentId);
    run.end();
  }

  #note({ deploymentId }: DeploymentRun, error: unknown): void {
    this.#options.log(`deployment ${deploymentId}: ${String(error instanceof Error ? error.stack : error)}`);
  }
}

function ended(step: DeploymentStep, now: Date): DeploymentStep {
  if (step.status !== "running") return step;
  return { ...step, status: "failed", ms: now.getTime() - Date.parse(step.startedAt) };
}

function canceled(): PlatformError {
  return new PlatformError("DEPLOY_CANCELED", "The deployment was canceled.");
}

import type { DeploymentRun } from "./deployment-run.ts";
import { nameOf } from "./steps/build-step.ts";
import type { StepTools } from "./steps/deployment-step.ts";
import { workOf } from "./steps/work-folder.ts";

const TARGET_TIMEOUT_MS = 60_000;

/** Takes back what a deployment did that is not to be live: its instance, its folder, its place on a target. Twice is harmless. */
export async function undoDeployment(run: DeploymentRun, tools: StepTools): Promise<void> {
  const build = run.output("build");
  const release = run.output("release");
  if (build === undefined || run.isPublished) return;
  const { built } = build;
  const name = run.agentName ?? nameOf(run, built.config.name);
  const known = name === undefined ? undefined : await tools.store.agents.find(run.orgId, name);
  if (release !== undefined && release.agentId !== known?.agent.agentId) await tools.runtime.drain(release.agentId);
  if (known !== undefined) tools.traffic.drainOthers(known.agent);
  if (release !== undefined) await leaveTarget(run, tools, known?.release ?? undefined);
  // Whoever does it again finds what was built where it was built.
  await tools.folders.leave(built.digest, run.deploymentId, workOf(tools, run).output);
}

async function leaveTarget(
  run: DeploymentRun,
  { targets }: StepTools,
  before: { readonly releaseId: string; readonly target?: string } | undefined,
): Promise<void> {
  const { target } = run.record.options;
  if (targets === undefined || target === undefined || run.stepOf("place") === undefined) return;
  const signal = AbortSignal.timeout(TARGET_TIMEOUT_MS);
  const log = (line: string): void => run.print(line);
  const { orgId } = run;
  if (before === undefined) {
    await targets.destroy(orgId, run.done("release").agentId, signal, log);
    return;
  }
  if (before.target === target) await targets.rollback({ orgId, releaseId: before.releaseId }, { log, signal });
  await targets.retire({ orgId, releaseId: run.done("build").releaseId }, { log, signal });
}

import type { DeployEvals } from "../evals/create-evals.ts";
import type { GatedRelease } from "../evals/release-gate.ts";
import type { DeploymentRun } from "./deployment-run.ts";

/** Holds a release back until its own suites pass. @throws EVAL_FAILED */
export async function gateRelease(
  evals: DeployEvals,
  run: DeploymentRun,
  { skip, ...release }: Omit<GatedRelease, "log" | "signal"> & { readonly skip: boolean },
): Promise<void> {
  const { agent, release: made } = release.candidate;
  if (!evals.isGated(release)) return;
  // A deployment that fails here is found among the agent's.
  run.update({ agentName: agent.name });
  if (skip) {
    await evals.skipGate(release.principal, agent.name, made.releaseId);
    run.log("evals: the gate was skipped.");
    return;
  }
  const log = (line: string): void => run.log(line);
  const { signal } = run.controller;
  const passed = await run.step("evaluating", async () => await evals.passGate({ ...release, log, signal }));
  run.update({ evals: passed });
}

import type { AgentWithRelease } from "@berth/store";
import type { EvalSuite } from "@berth/protocol";
import type { DeploymentRun } from "../deployment-run.ts";
import { candidateOf } from "./candidate.ts";
import type { Step, StepTools } from "./deployment-step.ts";
import { suitesOf } from "./source-files.ts";
import { workOf } from "./work-folder.ts";

/** Holds a release back until its own suites pass. */
export const evaluateStep: Step<"evaluating"> = {
  name: "evaluating",
  status: "healthy",
  async applies(run, tools) {
    if (run.isUnchanged || run.isPublished || !tools.evals.isGated(await gated(run, tools))) return false;
    if (run.record.options.skipEvals !== true) return true;
    const { agent, release } = await candidateOf(run, tools);
    await tools.evals.skipGate(run.principal, agent.name, release.releaseId);
    run.say("evals: the gate was skipped.");
    return false;
  },
  holds: async () => true,
  async run(run, tools) {
    const log = (line: string): void => run.say(line);
    const release = await gated(run, tools);
    const evals = await tools.evals.passGate({ ...release, principal: run.principal, log, signal: run.signal });
    await run.update({ evals });
    return { suites: evals.length };
  },
};

async function gated(
  run: DeploymentRun,
  tools: StepTools,
): Promise<{ readonly candidate: AgentWithRelease; readonly suites: readonly EvalSuite[] }> {
  return { candidate: await candidateOf(run, tools), suites: await suitesOf(workOf(tools, run).source) };
}

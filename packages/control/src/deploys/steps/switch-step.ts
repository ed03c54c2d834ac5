import type { AgentWithRelease } from "@berth/store";
import { seedWorkspace } from "../../workspaces/seed-workspace.ts";
import type { DeploymentRun } from "../deployment-run.ts";
import { isRolledOut, rollOut, rolloutOf } from "../roll-out.ts";
import { candidateOf } from "./candidate.ts";
import type { Step, StepTools } from "./deployment-step.ts";
import { seedsOf, suitesOf } from "./source-files.ts";
import { workOf } from "./work-folder.ts";

/** The release becomes known and gets its traffic. An earlier try may have got as far as that. */
export const switchStep: Step<"switch"> = {
  name: "switch",
  status: "healthy",
  applies: (run) => !run.isUnchanged,
  holds: async () => true,
  async run(run, tools) {
    const { releaseId } = run.done("build");
    const published = await publishedBy(run, tools);
    const candidate = published ?? (await candidateOf(run, tools));
    run.signal.throwIfAborted();
    await run.update({ agentName: candidate.agent.name, releaseId });
    if (published === undefined || !isRolledOut(published, rolloutFor(run))) await rollOutNow(run, tools, candidate);
    run.isPublished = true;
    const { agentId } = run.done("release");
    if (agentId !== candidate.agent.agentId) await tools.runtime.drain(agentId);
    await seed(run, tools);
    return { releaseId };
  },
};

/** What of this deployment everybody knows already. */
export async function publishedBy(run: DeploymentRun, { store }: StepTools): Promise<AgentWithRelease | undefined> {
  const releaseId = run.output("build")?.releaseId;
  const release = releaseId === undefined ? undefined : await store.agents.findRelease(run.orgId, releaseId);
  const found = release === undefined ? undefined : await store.agents.findById(run.orgId, release.agentId);
  return release === undefined || found === undefined ? undefined : { agent: found.agent, release };
}

function rolloutFor(run: DeploymentRun): ReturnType<typeof rolloutOf> {
  return rolloutOf(run.record.options, run.done("build").built.config.canary);
}

async function rollOutNow(run: DeploymentRun, tools: StepTools, candidate: AgentWithRelease): Promise<void> {
  const { store, evals } = tools;
  const { agent, release } = candidate;
  await evals.keep(release, await suitesOf(workOf(tools, run).source));
  const known = await store.agents.findById(agent.orgId, agent.agentId);
  const told = await rollOut(tools, {
    agent,
    release,
    rollout: rolloutFor(run),
    isNew: known === undefined,
    by: run.principal.id,
  });
  if (told !== undefined) run.say(told);
}

/** What lies in the workspace folder is data beside the agent: without it the deployment is live all the same. */
async function seed(run: DeploymentRun, tools: StepTools): Promise<void> {
  try {
    const files = await seedsOf(workOf(tools, run).source);
    const told = await seedWorkspace(tools.files, { orgId: run.orgId, by: { id: run.principal.id }, files });
    for (const line of told) run.say(line);
  } catch (error) {
    run.say(`warning: the workspace folder was not read: ${String(error)}`);
  }
}

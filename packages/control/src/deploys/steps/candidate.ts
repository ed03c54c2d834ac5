import type { AgentWithRelease } from "@berth/store";
import type { DeploymentRun } from "../deployment-run.ts";
import { agentOf, releaseOf } from "../release-records.ts";
import { nameOf } from "./build-step.ts";
import type { StepTools } from "./deployment-step.ts";
import { agentNameOf } from "../../registry/agent-name.ts";

/** The agent as it would be with this release; before its card is read, without it and perhaps without a name. */
export async function candidateOf(run: DeploymentRun, { store, now }: StepTools): Promise<AgentWithRelease> {
  const { orgId, read, record } = run;
  const { built, releaseId } = run.done("build");
  const wanted = nameOf(run, built.config.name) ?? (read === undefined ? undefined : agentNameOf(read.card));
  const known = wanted === undefined ? undefined : await store.agents.find(orgId, wanted);
  const agentId = known?.agent.agentId ?? run.done("release").agentId;
  const image = run.output("image")?.image;
  const placement = run.output("place")?.placement;
  const { trust: trusted, target } = record.options;
  const at = now();
  const release = releaseOf({ orgId, releaseId, agentId, built, read, trusted, at });
  return {
    agent: agentOf({ orgId, agentId, name: wanted ?? "unnamed", releaseId, at }),
    release: {
      ...release,
      ...(built.program === undefined ? {} : { program: built.program }),
      ...(image === undefined ? {} : { image }),
      ...(target === undefined ? {} : { target }),
      ...(placement === undefined ? {} : { placement }),
    },
  };
}

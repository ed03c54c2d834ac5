import { PlatformError } from "@berth/protocol";
import { releaseChanges } from "../../distribution/release-changes.ts";
import type { DeploymentRun } from "../deployment-run.ts";
import { candidateOf } from "./candidate.ts";
import type { StepTools } from "./deployment-step.ts";

const MAX_TOLD = 20;

/**
 * What callers of the release that is live would stumble over, a line each; once its card was read.
 * @throws CARD_INVALID where berth.json says that such a release is refused
 */
export async function tellChanges(run: DeploymentRun, tools: StepTools): Promise<void> {
  const { agent, release } = await candidateOf(run, tools);
  const live = await tools.store.agents.find(run.orgId, agent.name);
  const { changes, hint, level } = releaseChanges(live?.release, release);
  const breaking = changes.filter((change) => change.level === "breaking");
  for (const { kind, what, breaks = "" } of breaking.slice(0, MAX_TOLD)) {
    run.say(`breaking: ${kind} ${what.slice(0, 200)}. ${breaks}`);
  }
  if (breaking.length > MAX_TOLD) run.say(`breaking: and ${breaking.length - MAX_TOLD} more`);
  if (hint !== undefined) run.say(`${level}: ${hint}`);
  if (breaking.length === 0 || release.config.releases?.breaking !== "refuse") return;
  throw new PlatformError("CARD_INVALID", `The release breaks its callers in ${breaking.length} ways.`, {
    violations: breaking.slice(0, MAX_TOLD).map(({ what, breaks = "" }) => ({ field: what, description: breaks })),
    hint: 'berth.json refuses such releases; "releases": {"breaking": "warn"} lets this one in.',
  });
}

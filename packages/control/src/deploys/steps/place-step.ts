import { PlatformError } from "@berth/protocol";
import type { AgentConfig } from "@berth/protocol";
import { placementJson } from "../../targets/placements.ts";
import { candidateOf } from "./candidate.ts";
import type { Step } from "./deployment-step.ts";

/** On one of the organization's targets, where it runs from then on. */
export const placeStep: Step<"place"> = {
  name: "place",
  status: "releasing",
  applies: (run) => run.record.options.target !== undefined && !run.isUnchanged,
  holds: async () => true,
  async run(run, tools) {
    const { target } = run.record.options;
    if (tools.targets === undefined || target === undefined) {
      throw new PlatformError("TARGET_NOT_FOUND", "This platform has no targets.");
    }
    const release = await candidateOf(run, tools);
    for (const line of missingThere(release.release.config)) run.say(`warning: ${line}`);
    const options = { log: (line: string): void => run.print(line), signal: run.signal };
    const placement = await tools.targets.place({ orgId: run.orgId, target, release }, options);
    run.say(`it is at ${placement.url}`);
    return { url: placement.url, placement: placementJson(placement) };
  },
};

/** What of berth.json only the platform's own sandboxes have. */
function missingThere({ workspace, memory, models, upstreams }: AgentConfig): readonly string[] {
  return [
    ...(workspace === undefined
      ? []
      : ["the workspace: there it has a folder of its own, which goes with its instance"]),
    ...(memory === undefined ? [] : ["memory: there it is gone with its instance"]),
    ...((models?.allow.length ?? 0) === 0 ? [] : ["models: there it calls the OPENAI_BASE_URL that it is given"]),
    ...(upstreams === undefined ? [] : ["upstreams: there it calls them itself, with secrets of the target"]),
  ].map((line) => `on a target it has not ${line}.`);
}

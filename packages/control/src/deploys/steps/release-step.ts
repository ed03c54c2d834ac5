import { PlatformError } from "@berth/protocol";
import { nameOf } from "./build-step.ts";
import type { Step } from "./deployment-step.ts";
import { workOf } from "./work-folder.ts";

/** The built folder among the releases, where it can be run from. */
export const releaseStep: Step<"release"> = {
  name: "release",
  status: "releasing",
  applies: (run) => !run.isUnchanged,
  holds: async (run, { folders }) => await folders.has(run.done("build").built.digest),
  async run(run, tools) {
    const { built } = run.done("build");
    const name = nameOf(run, built.config.name);
    if (run.record.options.target !== undefined && name === undefined) {
      throw new PlatformError("CONFIG_INVALID", "An agent that is deployed to a target needs a name beforehand.", {
        hint: "Name it in berth.json, or with `a2a deploy --name NAME`.",
      });
    }
    await tools.folders.place(built.digest, workOf(tools, run).output);
    // What the program runs on must be there before its first start.
    if (built.program !== undefined) await tools.images?.rootfs(run.orgId, built.program.rootfs, run.signal);
    const known = name === undefined ? undefined : await tools.store.agents.find(run.orgId, name);
    return { agentId: known?.agent.agentId ?? tools.ids("agent") };
  },
};

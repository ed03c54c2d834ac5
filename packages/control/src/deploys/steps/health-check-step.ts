import { lintMcpSchemas } from "@berth/protocol";
import { selectInterface } from "@berth/runtime";
import { assertHiddenSkills } from "../../cards/hidden-skills.ts";
import { agentNameOf } from "../../registry/agent-name.ts";
import { skillSchemasOf } from "../../registry/skill-schemas.ts";
import { candidateOf } from "./candidate.ts";
import type { Step } from "./deployment-step.ts";
import { suitesOf } from "./source-files.ts";
import { tellChanges } from "./tell-changes.ts";
import { workOf } from "./work-folder.ts";
import { nameOf } from "./build-step.ts";

/** It starts and serves its card. What an instance said holds only as long as its platform lives. */
export const healthCheckStep: Step<"health check"> = {
  name: "health check",
  status: "releasing",
  applies: (run) => !run.isUnchanged && !run.isPublished,
  holds: async (run) => run.read !== undefined,
  async run(run, tools) {
    const { built } = run.done("build");
    const spec = await tools.specOf(await candidateOf(run, tools));
    const read = await tools.runtime.connector.readCard(spec, run.signal);
    if (spec.remote !== undefined) selectInterface(read.card);
    assertHiddenSkills(read.card, built.config);
    const skillIds = read.card.skills.map(({ id }) => id);
    for (const line of lintMcpSchemas(skillIds, skillSchemasOf(read.card))) run.say(`warning: ${line}`);
    for (const { name, skill } of await suitesOf(workOf(tools, run).source)) {
      if (!skillIds.includes(skill))
        run.say(`warning: the suite ${name} is of a skill "${skill}", which the agent has not`);
    }
    run.read = read;
    const name = nameOf(run, built.config.name) ?? agentNameOf(read.card);
    if (run.record.agentName !== name) await run.update({ agentName: name });
    await tellChanges(run, tools);
    return { skills: skillIds.length };
  },
};

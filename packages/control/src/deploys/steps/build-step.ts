import { rm } from "node:fs/promises";
import { folderDigest } from "../folder-digest.ts";
import type { AgentWithRelease } from "@berth/store";
import type { DeploymentRun } from "../deployment-run.ts";
import { assertEvalsConfig } from "../../evals/release-gate.ts";
import { assertAgentName } from "../../registry/agent-name.ts";
import type { Step, StepTools } from "./deployment-step.ts";
import { suitesOf } from "./source-files.ts";
import { workOf } from "./work-folder.ts";

export const buildStep: Step<"build"> = {
  name: "build",
  status: "building",
  applies: () => true,
  async holds(run, tools) {
    const { built, folder } = run.done("build");
    tools.folders.count(built.digest, run.deploymentId);
    if (await tools.folders.has(built.digest)) return true;
    return (await folderDigest(workOf(tools, run).output)) === folder;
  },
  async run(run, tools) {
    const { source, output } = workOf(tools, run);
    await rm(output, { recursive: true, force: true });
    tools.images?.prepare();
    const { record, orgId, signal } = run;
    const ports = tools.buildPorts?.({
      orgId,
      agentName: record.name ?? record.agentName,
      credential: record.source.kind === "image" ? record.source.credential : undefined,
      log: (line) => run.print(line),
      signal,
    });
    const built = await tools.build({
      ...ports,
      source,
      output,
      signal: run.signal,
      npmCacheFolder: tools.npmCacheFolder,
      environment: tools.buildEnvironment,
      log: (line) => run.print(line),
    });
    const name = nameOf(run, built.config.name);
    if (name !== undefined) assertAgentName(name);
    assertEvalsConfig(built.config, await suitesOf(source));
    tools.folders.count(built.digest, run.deploymentId);
    const folder = await folderDigest(output);
    if (folder === undefined) throw new Error(`${output} is gone`);
    return { built, folder, releaseId: tools.ids("release") };
  },
};

/** Of an agent that is there already with this very release: there is nothing more to do. */
export async function sameRelease(
  run: DeploymentRun,
  { store }: Pick<StepTools, "store">,
): Promise<AgentWithRelease | undefined> {
  const { built } = run.done("build");
  const name = nameOf(run, built.config.name);
  const known = name === undefined ? undefined : await store.agents.find(run.orgId, name);
  const { trust, target } = run.record.options;
  const isSame =
    known?.release.digest === built.digest &&
    known.release.trusted === trust &&
    known.release.target === target &&
    JSON.stringify(known.release.config) === JSON.stringify(built.config);
  if (!isSame || target === undefined) return isSame ? known : undefined;
  // It may have been taken off its target since.
  return (await store.targets.placement(run.orgId, known.release.releaseId)) === undefined ? undefined : known;
}

/** What the deployer said goes before what berth.json says. Undefined: the card has the word. */
export function nameOf({ record }: Pick<DeploymentRun, "record">, configured: string | undefined): string | undefined {
  return record.name ?? configured;
}

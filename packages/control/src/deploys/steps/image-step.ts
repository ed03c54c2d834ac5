import type { DeploymentRun } from "../deployment-run.ts";
import { nameOf } from "./build-step.ts";
import type { Step, StepTools } from "./deployment-step.ts";
import { workOf } from "./work-folder.ts";

/** The release as an image, in the organization's repository of the agent's name. */
export const imageStep: Step<"image"> = {
  name: "image",
  status: "pushing",
  applies: (run, { images }) => images !== undefined && !run.isUnchanged && repositoryOf(run) !== undefined,
  holds: async () => true,
  async run(run, tools) {
    const { images } = tools;
    const agentName = repositoryOf(run);
    if (images === undefined || agentName === undefined) throw new Error("the step does not apply");
    const { built } = run.done("build");
    const facts = {
      agentName,
      releaseId: run.done("build").releaseId,
      deploymentId: run.deploymentId,
      source: sourceOf(run),
      startedAt: run.record.createdAt,
      finishedAt: tools.now().toISOString(),
    };
    const options = { signal: run.signal, log: (line: string): void => run.print(line) };
    return { image: await images.keep(run.orgId, { built, folder: await builtFolder(run, tools) }, facts, options) };
  },
};

/** An agent whose name only its card knows has none yet. */
function repositoryOf(run: DeploymentRun): string | undefined {
  return nameOf(run, run.done("build").built.config.name);
}

/** Where it was built, or where it was placed since. */
async function builtFolder(run: DeploymentRun, tools: StepTools): Promise<string> {
  const { digest } = run.done("build").built;
  return (await tools.folders.has(digest)) ? tools.folders.pathOf(digest) : workOf(tools, run).output;
}

function sourceOf(run: DeploymentRun): {
  readonly kind: string;
  readonly uri: string;
  readonly digest?: string;
  readonly ref?: string;
} {
  const { source, revision } = run.record;
  // Of what was in it: packed again, it is another archive of the same source.
  const { digest: fetched } = run.done("fetch");
  if (source.kind === "archive") return { kind: "archive", uri: `urn:berth:source:${fetched}`, digest: fetched };
  if (source.kind === "image") return { kind: "image", uri: source.reference };
  const uri = revision?.url ?? (source.kind === "git" ? source.url : source.repository);
  const ref = revision?.ref ?? source.ref;
  const digest = revision?.commit ?? (source.kind === "push" ? source.commit : undefined);
  return {
    kind: source.kind,
    uri,
    ...(digest === undefined ? {} : { digest }),
    ...(ref === undefined ? {} : { ref }),
  };
}

import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UNPACK_LIMITS, unpackArchive, writeTree } from "@berth/deploy";
import type { DeploymentRun } from "../deployment-run.ts";
import { folderDigest } from "../folder-digest.ts";
import { readArchive } from "../source-archives.ts";
import type { Step, StepTools } from "./deployment-step.ts";
import { nameIn, suitesOf } from "./source-files.ts";
import { workOf } from "./work-folder.ts";

export const fetchStep: Step<"fetch"> = {
  name: "fetch",
  status: "building",
  applies: () => true,
  async holds(run, tools) {
    return (await folderDigest(workOf(tools, run).source)) === run.output("fetch")?.digest;
  },
  async run(run, tools) {
    const { folder, source } = workOf(tools, run);
    await rm(source, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await fetchInto(source, run, tools);
    // Told now, not after a long build.
    await suitesOf(source);
    const name = run.record.name ?? (await nameIn(source));
    if (name !== undefined && run.record.agentName !== name) await run.update({ agentName: name });
    const digest = await folderDigest(source);
    if (digest === undefined) throw new Error(`${source} is gone`);
    return { digest };
  },
};

async function fetchInto(source: string, run: DeploymentRun, { blobs, sources }: StepTools): Promise<void> {
  const wanted = run.record.source;
  const { signal } = run;
  switch (wanted.kind) {
    case "archive":
      await writeTree(await unpackArchive(await readArchive(blobs, wanted.blob), UNPACK_LIMITS, signal), source);
      return;
    case "image":
      await mkdir(source);
      await writeFile(join(source, "berth.json"), JSON.stringify({ name: run.record.name, image: wanted.reference }));
      return;
    default: {
      // Done again, a branch gives what it gave the first time.
      const { revision, orgId } = run.record;
      const pinned = wanted.kind === "git" && revision !== undefined ? { ...wanted, ref: revision.commit } : wanted;
      const log = (line: string): void => run.print(line);
      const found = await sources.fetch(pinned, { orgId, folder: source, log, signal });
      await run.update({ revision: { ...found, ...(revision?.ref === undefined ? {} : { ref: revision.ref }) } });
      run.say(`commit ${found.commit}`);
    }
  }
}

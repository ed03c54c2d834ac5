import { PlatformError } from "@berth/protocol";
import { exportArchive } from "../../oci/archive/export-archive.ts";
import { importArchive } from "../../oci/archive/import-archive.ts";
import type { Project } from "../../source/read-project.ts";
import { readText } from "../../source/read-text.ts";
import type { BuildJob } from "../buildpacks.ts";
import type { BuiltFiles } from "../built-files.ts";
import { imageRelease } from "../image/image-release.ts";
import { ociPurl } from "../facts/purl.ts";
import type { EngineBase } from "./engine-builds.ts";
import { findEngine } from "./find-engine.ts";
import { lintDockerfile } from "./lint-dockerfile.ts";
import { readDockerfile, renameBases } from "./read-dockerfile.ts";

const MAX_IMAGE_BYTES = 3 * 1024 ** 3;

/**
 * The image that the folder's Dockerfile makes. What it takes from elsewhere is brought by the platform first; the engine
 * itself reaches nothing.
 * @throws BUILD_FAILED with file and line, IMAGE_NOT_FOUND, REGISTRY_FAILED, TIMED_OUT, CANCELED
 */
export async function buildDockerfile(project: Project, job: BuildJob): Promise<BuiltFiles> {
  const { images, log, signal, secrets = {} } = job;
  const engine = await findEngine(job);
  if (engine === undefined || images === undefined) throw noEngine(project.entry);
  const args = project.config.build?.args ?? {};
  const dockerfile = readDockerfile((await readText(project.files, project.entry)) ?? "", args);
  const findings = lintDockerfile(dockerfile);
  for (const { severity, line, message } of findings) log(`${severity}: ${project.entry}:${line}: ${message}`);
  const wrong = findings.find(({ severity }) => severity === "error");
  if (wrong !== undefined) throw new PlatformError("BUILD_FAILED", `${project.entry}:${wrong.line}: ${wrong.message}`);

  const references = [...new Set(dockerfile.bases.map(({ reference }) => reference))];
  const digests = await pullAll(references, job);
  const nameOf = (reference: string): string => `localhost/berth-base-${references.indexOf(reference)}:latest`;
  const bases = references.map((reference, index): EngineBase => {
    return {
      name: nameOf(reference),
      archive: (): AsyncIterable<Uint8Array> => exportArchive(images, digests[index] ?? ""),
    };
  });
  log(`building ${project.entry} with ${engine.name}`);
  const waiting = signal === undefined ? {} : { signal };
  await using built = await engine.build({
    files: project.files,
    dockerfile: renameBases(dockerfile, nameOf),
    args,
    secrets,
    bases,
    environment: job.environment,
    log,
    ...waiting,
  });
  const image = await importArchive(images, built.archive, { maxBytes: MAX_IMAGE_BYTES, ...waiting });
  const [name = "engine", version = ""] = engine.name.split(" ");
  return await imageRelease({
    place: images,
    digest: image.digest,
    files: project.files.filter(({ path }) => path === "berth.json"),
    facts: {
      buildpack: "dockerfile",
      tools: { [name]: version },
      packages: references.map((reference, index) => {
        const digest = digests[index] ?? "";
        return { purl: ociPurl(reference, digest), digest };
      }),
    },
  });
}

async function pullAll(
  references: readonly string[],
  { pullImage, log, signal }: BuildJob,
): Promise<readonly string[]> {
  const digests: string[] = [];
  for (const reference of references) {
    if (pullImage === undefined) {
      throw new PlatformError(
        "BUILD_FAILED",
        `This platform cannot take ${reference}, which the Dockerfile begins with.`,
      );
    }
    log(`pulling ${reference}`);
    digests.push(await pullImage(reference, signal));
  }
  return digests;
}

function noEngine(file: string): PlatformError {
  return new PlatformError("BUILD_FAILED", `${file} cannot be built: nothing here builds images.`, {
    hint: 'Install buildah and bubblewrap where the platform runs as root; or build the image elsewhere, push it, and name it with "image" in berth.json.',
  });
}

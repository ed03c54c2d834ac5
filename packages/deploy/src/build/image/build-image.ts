import { readFile } from "node:fs/promises";
import { PlatformError } from "@berth/protocol";
import { readImage } from "../../oci/read-image.ts";
import type { Project } from "../../source/read-project.ts";
import type { BuildJob } from "../buildpacks.ts";
import type { BuiltFiles } from "../built-files.ts";
import { artifactRelease, isModule } from "./artifact-release.ts";
import { imageRelease } from "./image-release.ts";

/** The image or module that berth.json names; beside it what the platform reads of the folder. @throws BUILD_FAILED, IMAGE_NOT_FOUND, REGISTRY_FAILED */
export async function buildImage(project: Project, job: BuildJob): Promise<BuiltFiles> {
  const { images, pullImage, log, signal } = job;
  if (images === undefined || pullImage === undefined) {
    throw new PlatformError("BUILD_FAILED", "This platform cannot take images of elsewhere.");
  }
  log(`pulling ${project.entry}`);
  const digest = await pullImage(project.entry, signal);
  const files = project.files.filter(({ path }) => path === "berth.json");
  const facts = { buildpack: "image", tools: {}, packages: [] } as const;
  const image = await readImage(images, digest);
  if (!isModule(image)) return await imageRelease({ place: images, digest, origin: project.entry, files, facts });
  const beside = await Promise.all(files.map(async ({ path, file }) => ({ path, bytes: await readFile(file) })));
  return await artifactRelease({ place: images, image, files: beside, facts });
}

/** Dockerfiles for a person at their own machine. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { listSourceFiles } from "../../source/list-source-files.ts";
import { generateDockerfile } from "./generate-dockerfile.ts";
import type { GeneratedDockerfile } from "./generate-dockerfile.ts";
import { lintDockerfile } from "./lint-dockerfile.ts";
import type { DockerfileFinding } from "./lint-dockerfile.ts";
import { readDockerfile } from "./read-dockerfile.ts";

export type { DockerfileFinding } from "./lint-dockerfile.ts";
export type { GeneratedDockerfile } from "./generate-dockerfile.ts";

/** For a folder as it is deployed. @throws CONFIG_INVALID */
export async function dockerfileFor(folder: string): Promise<GeneratedDockerfile> {
  return await generateDockerfile(await listSourceFiles(folder));
}

/** What is wrong with a folder's own. @throws BUILD_FAILED when it is none */
export async function checkDockerfile(folder: string, name: string): Promise<readonly DockerfileFinding[]> {
  return lintDockerfile(readDockerfile(await readFile(join(folder, name), "utf8")));
}

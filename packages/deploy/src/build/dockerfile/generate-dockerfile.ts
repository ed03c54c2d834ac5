import { PlatformError } from "@berth/protocol";
import type { SourceEntry } from "../../source/list-source-files.ts";
import { readProject } from "../../source/read-project.ts";
import type { Project } from "../../source/read-project.ts";
import { DOCKERFILE_TEMPLATES } from "./dockerfile-templates.ts";
import type { DockerfileFacts } from "./dockerfile-templates.ts";

export interface GeneratedDockerfile {
  readonly buildpack: string;
  readonly reason: string;
  readonly dockerfile: string;
  readonly dockerignore: string;
}

const IGNORED: readonly string[] = [
  ".git",
  ".gitignore",
  ".berth",
  ".env",
  ".env.*",
  "*.pem",
  "**/node_modules",
  "**/__pycache__",
  "**/.venv",
  "target",
  "Dockerfile",
  ".dockerignore",
];

/**
 * A Dockerfile for a folder that has none: for whoever builds it elsewhere. It keeps to what buildah, podman, docker and
 * kaniko all understand.
 * @throws CONFIG_INVALID for a folder that is not an agent, or is one that only the platform runs
 */
export async function generateDockerfile(files: readonly SourceEntry[]): Promise<GeneratedDockerfile> {
  const project = await readProject(withoutDockerfiles(files), { hasEngine: false });
  const template = DOCKERFILE_TEMPLATES[project.buildpack];
  const isGuest = project.config.isolation === "wasm";
  const dockerfile = isGuest ? undefined : template?.(await factsOf(project));
  if (dockerfile === undefined) {
    throw new PlatformError(
      "CONFIG_INVALID",
      `There is no Dockerfile for this agent: it is built as ${project.buildpack}, because ${project.reason}.`,
      {
        hint: "A WebAssembly module runs in the platform's own host; an image is there already.",
      },
    );
  }
  const { buildpack, reason } = project;
  return { buildpack, reason, dockerfile, dockerignore: `${IGNORED.join("\n")}\n` };
}

function withoutDockerfiles(files: readonly SourceEntry[]): readonly SourceEntry[] {
  return files.filter(({ path }) => path !== "Dockerfile" && path !== "Containerfile");
}

async function factsOf({ config, manifest, entry, files }: Project): Promise<DockerfileFacts> {
  return {
    name: config.name ?? manifest.name?.replace(/^.*\//, "") ?? "agent",
    version: manifest.version ?? "0.0.0",
    entry,
    paths: new Set(files.map(({ path }) => path)),
    hasDependencies: Object.keys(manifest.dependencies).length > 0,
  };
}

import { rm } from "node:fs/promises";
import { PlatformError } from "@berth/protocol";
import type { AgentConfig, ReleaseProgram } from "@berth/protocol";
import { listSourceFiles } from "../source/list-source-files.ts";
import { readConfig, readProject } from "../source/read-project.ts";
import type { Project } from "../source/read-project.ts";
import { writeTree } from "../unpack/write-tree.ts";
import { buildWith } from "./buildpacks.ts";
import type { BuildPorts } from "./buildpacks.ts";
import type { BuildFacts, BuiltFiles } from "./built-files.ts";
import { hasEngine } from "./dockerfile/find-engine.ts";
import { runBuildCommand } from "./jail/run-build-command.ts";
import { verifyModule } from "./module-release.ts";
import { releaseDigest } from "./release-digest.ts";
import type { ReleaseFile } from "./release-digest.ts";
import { namedSecrets } from "./named-secrets.ts";

export interface BuildOptions extends BuildPorts {
  /** The agent's source. Read only. */
  readonly source: string;
  /** The release is written here; must not exist. */
  readonly output: string;
  /** Where `@berth/sdk` is installed; default: beside this package. */
  readonly sdkFolder?: string;
  readonly npmCacheFolder: string;
  /** PATH and the registries' settings are taken from it, nothing else. Default: programs in the usual places. */
  readonly environment?: { readonly [name: string]: string | undefined };
  /** Told every line worth showing to the author. */
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface BuiltRelease {
  /** `sha256:…`; the same source gives the same digest. */
  readonly digest: string;
  /** Relative to the output folder. Run it with that folder as the working directory. */
  readonly entry: string;
  readonly config: AgentConfig;
  readonly bytes: number;
  /** Set for what neither Node nor the WebAssembly host runs. */
  readonly program?: ReleaseProgram;
  readonly facts?: BuildFacts;
}

/**
 * From a folder of source to a folder that runs: finds out what it is, gets the dependencies, builds, adds the data files.
 * Code of the agent or of its dependencies is run nowhere but in a jail. When it throws, nothing is left at `output`.
 * @throws CONFIG_INVALID, BUILD_FAILED, ARCHIVE_REFUSED, IMAGE_NOT_FOUND, CANCELED, TIMED_OUT
 */
export async function buildRelease(options: BuildOptions): Promise<BuiltRelease> {
  const { log, signal } = options;
  const waiting = signal === undefined ? {} : { signal };
  const environment = options.environment ?? {};
  const source = await listSourceFiles(options.source, waiting);
  const { build } = await readConfig(source);
  const secrets = await namedSecrets(build?.secrets ?? [], options.secretOf);
  const jail = { ...options, environment, secrets };
  await using generated = build?.command === undefined ? undefined : await runBuildCommand(source, build.command, jail);
  const project = await readProject(generated?.files ?? source, { hasEngine: await hasEngine(options) });
  log(`built as ${project.buildpack}, because ${project.reason}`);
  if (project.warning !== undefined) log(`warning: ${project.warning}`);
  log(`entry ${project.entry}`);
  const built = await buildWith(project, jail);
  assertIsolation(project, built);
  if (built.program === undefined && built.entry.endsWith(".wasm")) verifyModule(built);
  return await finish(options, built);
}

/** @throws CONFIG_INVALID when berth.json asks for what this agent is not */
function assertIsolation({ config: { isolation } }: Project, { entry, program }: BuiltFiles): void {
  if (isolation === undefined || (isolation === "wasm") === (program === undefined && entry.endsWith(".wasm"))) return;
  const problem = `the entry is ${entry} and isolation is "${isolation}"`;
  throw new PlatformError("CONFIG_INVALID", `berth.json: ${problem}.`, { hint: "Leave isolation out." });
}

async function finish(
  { log, signal, output }: BuildOptions,
  { files, entry, what, program, facts, config }: BuiltFiles & { readonly config: AgentConfig },
): Promise<BuiltRelease> {
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  log(`${what}, release of ${files.length} files, ${Math.ceil(bytes / 1024)} KiB`);
  if (signal?.aborted === true) throw new PlatformError("CANCELED", "The build was canceled.");
  await writeRelease(files, bytes, output);
  return { digest: releaseDigest(files), entry, config, bytes, facts, ...(program === undefined ? {} : { program }) };
}

async function writeRelease(files: readonly ReleaseFile[], bytes: number, output: string): Promise<void> {
  try {
    await writeTree({ files, bytes }, output);
  } catch (error) {
    // A folder that was there before is not ours to remove.
    if (!isExists(error)) await rm(output, { recursive: true, force: true });
    throw error;
  }
}

function isExists(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EEXIST";
}

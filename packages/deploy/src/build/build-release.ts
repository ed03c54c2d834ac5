import { rm } from "node:fs/promises";
import type { AgentConfig } from "@berth/protocol";
import { PlatformError } from "@berth/protocol";
import { listSourceFiles } from "../source/list-source-files.ts";
import { readProject } from "../source/read-project.ts";
import type { Project } from "../source/read-project.ts";
import { writeTree } from "../unpack/write-tree.ts";
import { bundle, bundleScript } from "./bundle.ts";
import type { BundleRequest } from "./bundle.ts";
import { packFrontend } from "./frontend/pack-frontend.ts";
import { engineModule } from "./javascript/engine-module.ts";
import { STUB_PATH } from "./launcher.ts";
import { readLockFile } from "./lock-file.ts";
import { npmInstall } from "./npm-install.ts";
import { planDependencies } from "./plan-dependencies.ts";
import type { DependencyPlan } from "./plan-dependencies.ts";
import { findPlatformPackages } from "./platform-packages.ts";
import { isModule, moduleFiles, verifyModule } from "./module-release.ts";
import { releaseDigest } from "./release-digest.ts";
import type { ReleaseFile } from "./release-digest.ts";
import { collectReleaseFiles } from "./release-files.ts";
import { CARGO_MANIFEST, MODULE_PATH, buildRust } from "./rust/build-rust.ts";
import { openWorkspace } from "./workspace.ts";
import type { Workspace } from "./workspace.ts";

export interface BuildOptions {
  /** The agent's source. Read only. */
  readonly source: string;
  /** The release is written here; must not exist. */
  readonly output: string;
  /** Where `@berth/sdk` is installed; default: beside this package. */
  readonly sdkFolder?: string;
  readonly npmCacheFolder: string;
  /** PATH and npm's registry settings are taken from it, nothing else. Default: npm in the usual places. */
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
}

/**
 * From a folder of source to a folder that runs: finds the entry, gets the dependencies, bundles, adds the data files.
 * No code of the agent or of its dependencies is run, except Rust's build scripts and macros, which are confined. When it throws, nothing is left at `output`.
 * @throws CONFIG_INVALID, BUILD_FAILED, ARCHIVE_REFUSED, CANCELED, TIMED_OUT
 */
export async function buildRelease(options: BuildOptions): Promise<BuiltRelease> {
  const { log, signal } = options;
  const waiting = signal === undefined ? {} : { signal };
  const project = await readProject(await listSourceFiles(options.source, waiting));
  const platform = findPlatformPackages(options.sdkFolder);
  log(`entry ${project.entry}`);
  const isCompiled = isModule(project);
  const { frontend } = project.config;
  if (isCompiled && frontend === undefined)
    return await finish(project, options, await moduleRelease(project, options));
  const lockFile = await readLockFile(project.files);
  const plan = planDependencies(project.manifest, platform, lockFile?.versions);

  await using workspace = await openWorkspace(project.files, platform.modulesFolder);
  await install(plan, workspace, options, lockFile?.text);
  const roots = [workspace.app, workspace.npm, ...platform.roots];
  const request = { app: workspace.app, entry: project.entry, plan, roots, log, ...waiting };
  const app = frontend === undefined ? [] : await packFrontend({ ...request, folder: frontend, files: project.files });
  // The app is for browsers: the agent itself is given no second copy of it.
  const own = { ...project, files: project.files.filter(({ path }) => !path.startsWith(`${frontend}/`)) };
  const built = isCompiled
    ? await moduleRelease(own, options)
    : project.config.isolation === "wasm"
      ? await scriptRelease(own, request)
      : await bundleRelease(own, request);
  return await finish(project, options, { ...built, files: [...built.files, ...app] });
}

interface BuiltFiles {
  readonly files: readonly ReleaseFile[];
  readonly entry: string;
  /** What the agent's code consists of. */
  readonly what: string;
}

async function finish(
  { config }: Project,
  { log, signal, output }: BuildOptions,
  { files, entry, what }: BuiltFiles,
): Promise<BuiltRelease> {
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  log(`${what}, release of ${files.length} files, ${Math.ceil(bytes / 1024)} KiB`);
  if (signal?.aborted === true) throw new PlatformError("CANCELED", "The build was canceled.");
  await writeRelease(files, bytes, output);
  return { digest: releaseDigest(files), entry, config, bytes };
}

async function bundleRelease(project: Project, request: BundleRequest): Promise<BuiltFiles> {
  const built = await bundle(request);
  const files = await collectReleaseFiles(project.files, built);
  return { files, entry: STUB_PATH, what: `bundled ${built.inputs.size} modules` };
}

/** TypeScript or JavaScript with an engine around it: a module like any other. */
async function scriptRelease(project: Project, request: BundleRequest): Promise<BuiltFiles> {
  const { script, inputs } = await bundleScript(request);
  const data = (await moduleFiles(project)).filter(({ path }) => path !== MODULE_PATH);
  const files = [...data, { path: MODULE_PATH, bytes: await engineModule(script) }];
  return { files, entry: MODULE_PATH, what: `bundled ${inputs.size} modules` };
}

/** A module as it is, or as Rust makes it. */
async function moduleRelease(project: Project, options: BuildOptions): Promise<BuiltFiles> {
  const { environment = {}, log, signal } = options;
  const isRust = project.entry === CARGO_MANIFEST;
  const entry = isRust ? MODULE_PATH : project.entry;
  const waiting = signal === undefined ? {} : { signal };
  const files = isRust
    ? await buildRust({ files: project.files, environment, log, ...waiting })
    : await moduleFiles(project);
  verifyModule(files, entry);
  return { files, entry, what: "a WebAssembly module" };
}

async function install(
  plan: DependencyPlan,
  workspace: Workspace,
  options: BuildOptions,
  lockFile: string | undefined,
): Promise<void> {
  const count = Object.keys(plan.fromRegistry).length;
  if (count === 0) return;
  options.log(`npm install of ${count} ${count === 1 ? "dependency" : "dependencies"}`);
  await npmInstall({
    folder: workspace.npm,
    homeFolder: workspace.home,
    cacheFolder: options.npmCacheFolder,
    dependencies: plan.fromRegistry,
    environment: options.environment ?? {},
    log: options.log,
    ...(lockFile === undefined ? {} : { lockFile }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  await workspace.linkInstalled();
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

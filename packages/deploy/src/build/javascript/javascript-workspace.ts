import { version } from "esbuild";
import type { Project } from "../../source/read-project.ts";
import type { BundleRequest } from "../bundle.ts";
import type { PackageFact } from "../built-files.ts";
import { lockedDigests, npmPackages } from "../facts/npm-packages.ts";
import { readLockFile } from "../lock-file.ts";
import { npmInstall } from "../npm-install.ts";
import { planDependencies } from "../plan-dependencies.ts";
import type { DependencyPlan } from "../plan-dependencies.ts";
import { findPlatformPackages } from "../platform-packages.ts";
import { openWorkspace } from "../workspace.ts";
import type { Workspace } from "../workspace.ts";

export interface JavaScriptOptions {
  /** Where `@berth/sdk` is installed; default: beside this package. */
  readonly sdkFolder?: string;
  readonly npmCacheFolder: string;
  readonly environment: { readonly [name: string]: string | undefined };
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** A folder in which the project's JavaScript can be bundled. */
export interface JavaScriptWorkspace extends AsyncDisposable {
  readonly request: BundleRequest;
  packages(used: Iterable<string>): Promise<readonly PackageFact[]>;
}

export const JAVASCRIPT_TOOLS: { readonly [name: string]: string } = { node: process.versions.node, esbuild: version };

/** With its dependencies, installed without running any code of theirs. @throws CONFIG_INVALID, BUILD_FAILED, TIMED_OUT, CANCELED */
export async function openJavaScript(project: Project, options: JavaScriptOptions): Promise<JavaScriptWorkspace> {
  const platform = findPlatformPackages(options.sdkFolder);
  const lockFile = await readLockFile(project.files);
  const plan = planDependencies(project.manifest, platform, lockFile?.versions);
  const workspace = await openWorkspace(project.files, platform.modulesFolder);
  try {
    await install(plan, workspace, options, lockFile?.text);
  } catch (error) {
    await workspace[Symbol.asyncDispose]();
    throw error;
  }
  const { log, signal } = options;
  const { app } = workspace;
  const roots = [app, workspace.npm, ...platform.roots];
  return {
    request: { app, entry: project.entry, plan, roots, log, ...(signal === undefined ? {} : { signal }) },
    packages: async (used) => await npmPackages(used, app, lockedDigests(lockFile?.text)),
    [Symbol.asyncDispose]: async () => await workspace[Symbol.asyncDispose](),
  };
}

async function install(
  plan: DependencyPlan,
  workspace: Workspace,
  options: JavaScriptOptions,
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
    environment: options.environment,
    log: options.log,
    ...(lockFile === undefined ? {} : { lockFile }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  await workspace.linkInstalled();
}

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PlatformError, isPlatformError } from "@berth/protocol";
import { runProcess } from "./run-process.ts";

export interface NpmInstallRequest {
  /** Gets package.json, package-lock.json and node_modules. */
  readonly folder: string;
  readonly dependencies: { readonly [name: string]: string };
  readonly lockFile?: string;
  readonly cacheFolder: string;
  /** A folder of this build alone: npm's HOME. */
  readonly homeFolder: string;
  /** Where PATH and npm's settings are taken from. */
  readonly environment: { readonly [name: string]: string | undefined };
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5 * 60_000;

/** What of the environment npm sees: how to reach the registry, and nothing that names a program or holds a secret. */
const PASSED_ON: ReadonlySet<string> = new Set([
  "npm_config_registry",
  "npm_config_cafile",
  "npm_config_proxy",
  "npm_config_https_proxy",
  "npm_config_noproxy",
  "npm_config_offline",
  "npm_config_prefer_offline",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "node_extra_ca_certs",
]);

/**
 * Installs registry packages without running any code of theirs. Only files we write steer npm: the author's .npmrc
 * could name a program to run as git or shell.
 * @throws BUILD_FAILED with what npm could not do, TIMED_OUT, CANCELED.
 */
export async function npmInstall(request: NpmInstallRequest): Promise<void> {
  const { folder, dependencies, lockFile, homeFolder, cacheFolder } = request;
  await mkdir(folder, { recursive: true });
  await mkdir(homeFolder, { recursive: true });
  await mkdir(cacheFolder, { recursive: true });
  const manifest = { name: "agent", version: "0.0.0", private: true, dependencies };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest, null, 2));
  if (lockFile !== undefined) await writeFile(join(folder, "package-lock.json"), lockFile);
  await writeFile(join(homeFolder, ".npmrc"), "");

  const { code, output } = await run(request);
  if (code === 0) return;
  throw new PlatformError("BUILD_FAILED", explain(output, dependencies), {
    internal: output.slice(-4_000),
    hint: "The log shows what npm said. Versions the platform has beside itself need no registry.",
  });
}

async function run(request: NpmInstallRequest): Promise<{ readonly code: number | null; readonly output: string }> {
  const flags = [
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--omit=dev",
    "--no-update-notifier",
    "--loglevel=error",
  ];
  try {
    return await runProcess({
      command: ["npm", "install", ...flags],
      cwd: request.folder,
      env: environmentOf(request),
      timeoutMs: request.timeoutMs ?? TIMEOUT_MS,
      log: request.log,
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
  } catch (error) {
    if (isPlatformError(error)) throw error;
    throw new PlatformError("BUILD_FAILED", "npm could not be started to install the agent's dependencies.", {
      cause: error,
      hint: "Install npm where the platform runs, or use only packages the platform has beside itself.",
    });
  }
}

function environmentOf({ environment, homeFolder, cacheFolder }: NpmInstallRequest): { [name: string]: string } {
  const passed = Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && PASSED_ON.has(name.toLowerCase()) ? [[name, value] as const] : [],
  );
  const path = [dirname(process.execPath), environment.PATH ?? "/usr/local/bin:/usr/bin:/bin"].join(":");
  return {
    ...Object.fromEntries(passed),
    PATH: path,
    HOME: homeFolder,
    TMPDIR: homeFolder,
    CI: "1",
    npm_config_userconfig: join(homeFolder, ".npmrc"),
    npm_config_globalconfig: join(homeFolder, "no-global-npmrc"),
    npm_config_cache: cacheFolder,
    npm_config_ignore_scripts: "true",
    // git dependencies of dependencies: no program is run for them either.
    npm_config_git: "/bin/false",
    npm_config_fetch_retries: "1",
    npm_config_fetch_retry_mintimeout: "1000",
    npm_config_fetch_timeout: "30000",
  };
}

/** npm's error codes in a sentence. */
function explain(output: string, dependencies: { readonly [name: string]: string }): string {
  const names = Object.entries(dependencies).map(([name, range]) => `${name}@${range}`);
  const code = /npm (?:error|ERR!) code (\w+)/.exec(output)?.[1] ?? "";
  const missing = /(?:404 {1,2}'?|No matching version found for |404 Not Found - GET \S*\/)([@\w./~^-]+)/.exec(
    output,
  )?.[1];
  if (code === "E404") return `The registry has no package ${missing ?? `among ${names.join(", ")}`}.`;
  if (code === "ETARGET") return `The registry has no version ${missing ?? `that fits ${names.join(", ")}`}.`;
  if (/^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|EIDLETIMEOUT)$/.test(code)) {
    return `The package registry cannot be reached, and the platform does not have ${names.join(", ")} itself.`;
  }
  const first = /npm (?:error|ERR!) (?!code)(\S.*)/.exec(output)?.[1];
  return `npm install failed${first === undefined ? "" : `: ${first.slice(0, 300)}`}.`;
}

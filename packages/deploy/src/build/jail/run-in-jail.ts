import { constants } from "node:fs";
import { chmod, chown, copyFile, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { SourceEntry } from "../../source/list-source-files.ts";
import { runProcess } from "../run-process.ts";
import { cacheFile, keepCache } from "./build-cache.ts";
import { jailCommand } from "./jail-command.ts";
import { openRegistries } from "./registry-gate.ts";
import type { RegistryGate } from "./registry-gate.ts";

/** What all builds that run code of the agent's are given. */
export interface JailOptions {
  /** PATH is taken from it, to find what confines; nothing else. */
  readonly environment: { readonly [name: string]: string | undefined };
  /** Values of what berth.json names: files in /run/secrets. */
  readonly secrets?: { readonly [name: string]: string };
  /** What builds leave for later ones of the same source; see build-cache.ts. */
  readonly cacheFolder?: string;
  readonly registries?: RegistryGate;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface JailedBuild extends JailOptions {
  /** Read-only below /source. */
  readonly files: readonly SourceEntry[];
  /** For `sh`, in /build, which is empty and in memory. What it writes to /out is what comes out. */
  readonly script: string;
  readonly env: { readonly [name: string]: string };
  /** More host paths, by where they are inside. */
  readonly readable?: { readonly [inside: string]: string };
  /** Names what is kept of /build/.berth, which no source has; the same name means that the content would be as useful. */
  readonly cacheKey?: string;
  /** Hosts that it may reach, by HTTP proxy, where there is a gate. */
  readonly hosts?: readonly string[];
}

export interface JailedResult {
  readonly code: number | null;
  /** The end of what was said. */
  readonly said: string;
  /** What was written to /out. */
  readonly output: Uint8Array;
}

const TIMEOUT_MS = 10 * 60_000;
/** A user who owns nothing, where the platform is root. */
const NOBODY = 65_534;
const PROLOGUE = `set -eu
umask 022
[ ! -s /cache ] || tar -xf /cache
`;
const EPILOGUE = `
[ ! -e /cache-new ] || [ ! -d .berth ] || tar -cf /cache-new .berth || : > /cache-new`;

/** Runs a script with the source beside it, confined. @throws BUILD_FAILED, TIMED_OUT, CANCELED */
export async function runInJail(build: JailedBuild): Promise<JailedResult> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "berth-jail-")));
  const uid = process.geteuid?.() === 0 ? NOBODY : undefined;
  try {
    await copySource(build.files, join(root, "source"));
    const secrets = await writeSecrets(build.secrets ?? {}, join(root, "secrets"), uid);
    const cached = await cacheFile(build.cacheFolder, build.cacheKey);
    // A copy: the folder it is kept in may be the platform's alone.
    const isNew = cached !== undefined && !(await copied(cached, join(root, "cache")));
    const output = await emptyFile(join(root, "out"), uid);
    const newCache = join(root, "cache-new");
    if (isNew) await emptyFile(newCache, uid);
    if (uid !== undefined) await chmod(root, 0o711);
    await using registries = await openRegistries(build.registries, {
      hosts: build.hosts ?? [],
      folder: root,
      ...(uid === undefined ? {} : { uid }),
    });
    const { code, output: said } = await runProcess({
      command: await jailCommand({
        path: build.environment["PATH"] ?? "",
        readable: {
          "/source": join(root, "source"),
          ...build.readable,
          ...registries.readable,
          ...(secrets === undefined ? {} : { "/run/secrets": secrets }),
          ...(cached === undefined || isNew ? {} : { "/cache": join(root, "cache") }),
        },
        writable: { "/out": output, ...(isNew ? { "/cache-new": newCache } : {}) },
        env: { PATH: "/usr/bin:/bin", HOME: "/tmp", LC_ALL: "C.UTF-8", TZ: "UTC", ...registries.env, ...build.env },
        command: [...registries.command, "/bin/sh", "-c", PROLOGUE + build.script + EPILOGUE],
      }),
      cwd: "/",
      env: {},
      timeoutMs: build.timeoutMs ?? TIMEOUT_MS,
      log: build.log,
      ...(uid === undefined ? {} : { uid }),
      ...(build.signal === undefined ? {} : { signal: build.signal }),
    });
    if (code === 0 && isNew) await keepCache(newCache, cached);
    return { code, said, output: await readFile(output) };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function copySource(files: readonly SourceEntry[], folder: string): Promise<void> {
  await mkdir(folder);
  for (const { path, file } of files) {
    const copy = join(folder, path);
    await mkdir(dirname(copy), { recursive: true });
    await copyFile(file, copy);
    await chmod(copy, ((await stat(file)).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

async function writeSecrets(
  secrets: { readonly [name: string]: string },
  folder: string,
  uid: number | undefined,
): Promise<string | undefined> {
  const entries = Object.entries(secrets);
  if (entries.length === 0) return undefined;
  await mkdir(folder, { mode: 0o700 });
  for (const [name, value] of entries) {
    await writeFile(join(folder, name), value, { mode: 0o400 });
    if (uid !== undefined) await chown(join(folder, name), uid, uid);
  }
  if (uid !== undefined) await chown(folder, uid, uid);
  return folder;
}

async function emptyFile(file: string, uid: number | undefined): Promise<string> {
  await writeFile(file, "");
  if (uid !== undefined) await chown(file, uid, uid);
  return file;
}

/** False when there is none. */
async function copied(file: string, to: string): Promise<boolean> {
  return await copyFile(file, to, constants.COPYFILE_FICLONE)
    .then(async () => await chmod(to, 0o644))
    .then(
      () => true,
      () => false,
    );
}

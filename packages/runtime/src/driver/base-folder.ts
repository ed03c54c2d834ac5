import { createHash } from "node:crypto";
import { chmod, lstat, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { PlatformError } from "@berth/protocol";

/** `sun_path` holds 108 bytes with its NUL. */
const MAX_SOCKET_PATH = 107;
/** What comes after the run folder: `/<12 hex>/agent/agent.sock`. */
const SOCKET_SUFFIX = 30;
const SYSTEM_BASE = "/var/lib/berth";

export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** Names what belongs to this home on a machine that may hold several platforms. */
export function homeKey(home: string): string {
  return createHash("sha256").update(resolve(home)).digest("hex").slice(0, 16);
}

/** Short and safe in a path, whatever the caller's id looks like. */
export function instanceKey(instanceId: string): string {
  return createHash("sha256").update(instanceId).digest("hex").slice(0, 12);
}

/**
 * Where jails' files live. As root it is outside the home: the jailed uid must be able to walk there, and bwrap resolves
 * its sources as that uid, while the home is 0700.
 */
export function baseFolder(home: string): string {
  return isRoot() ? join(SYSTEM_BASE, homeKey(home)) : resolve(home);
}

/** Where releases must be placed so that a jail can mount them. */
export function releasesFolder(home: string): string {
  return join(baseFolder(home), "releases");
}

/** Where the files of an image must be unpacked, readable by all, so that a jail can have them as its root. */
export function rootfsFolder(home: string, digest: string): string {
  return join(baseFolder(home), "rootfs", digest.replace(/^sha256:/, ""));
}

/** Where a driver keeps its sockets: short enough for a unix socket, else in /tmp. */
export function runFolder(home: string, driver: string): string {
  const usual = join(baseFolder(home), "run", driver);
  if (Buffer.byteLength(usual) + SOCKET_SUFFIX <= MAX_SOCKET_PATH) return usual;
  return join(shortFolder(home), driver);
}

/** Makes the run folder and everything above it that is ours, with the modes that keep agents apart. */
export async function makeRunFolder(home: string, driver: string): Promise<string> {
  const folder = runFolder(home, driver);
  if (folder.startsWith(`${shortFolder(home)}/`)) await makePrivateFolder(shortFolder(home));
  await makeFolder(folder, isRoot() ? 0o711 : 0o700);
  if (isRoot()) {
    // mkdir -p gave the parents the umask's mode; the jailed uid walks through all of them.
    for (const parent of [SYSTEM_BASE, baseFolder(home), join(baseFolder(home), "run")]) await chmod(parent, 0o711);
  }
  return folder;
}

export async function makeFolder(folder: string, mode: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode });
  await chmod(folder, mode);
}

function shortFolder(home: string): string {
  return `/tmp/berth-${process.geteuid?.() ?? 0}-${homeKey(home)}`;
}

/** /tmp is everybody's: a folder somebody else made there first is not used. */
async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== process.geteuid?.() || (found.mode & 0o077) !== 0) {
    throw new PlatformError("HOME_UNWRITABLE", `${folder} exists and is not a private folder of this user.`, {
      hint: `Remove ${folder}, or choose a home with a shorter path.`,
    });
  }
}

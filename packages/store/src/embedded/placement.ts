import { PlatformError } from "@berth/protocol";
import { createHash } from "node:crypto";
import { chmod, chown, lstat, mkdir, readFile, readlink, realpath, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { setOrphanAside } from "./orphaned-data.ts";
import type { ServerUser } from "./server-user.ts";

/** Where folders go that the server's user must reach and our home does not let it. */
const SYSTEM_FOLDER = "/var/lib/berth";
/** sun_path holds 107 bytes on Linux and 103 on macOS, of which the socket's own name takes 15. */
const MAX_SOCKET_FOLDER_BYTES = 85;

export interface Placement {
  /** Contains `pg`, the log and drafts of both. Reachable by the server's user. */
  readonly folder: string;
  readonly data: string;
  readonly sockets: string;
  readonly copies: string;
}

/**
 * Decides where the data of `home` lives: in `home/pg`, or, as root with a home that others may not enter, in
 * /var/lib/berth with a symlink in its place. The link wins over the computed place, so a home may be renamed.
 */
export async function placeServer(
  home: string,
  user: ServerUser | undefined,
  log: (line: string) => void,
): Promise<Placement> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const real = await realpath(home);
  const folder = await folderFor(real, user, log);
  return await withSockets(folder, real, user);
}

async function folderFor(home: string, user: ServerUser | undefined, log: (line: string) => void): Promise<string> {
  const link = path.join(home, "pg");
  const here = await lstat(link).catch(() => undefined);
  if (here?.isSymbolicLink() !== true) {
    if (user === undefined || (await isReachable(home, user))) return home;
    if (here !== undefined) throw shutOut(link, user);
    const folder = path.join(SYSTEM_FOLDER, hashOf(home));
    await systemFolder(folder);
    await claim(folder, home);
    await setOrphanAside(path.join(folder, "pg"), log);
    await symlink(path.join(folder, "pg"), link);
    return await realpath(folder);
  }
  const folder = path.dirname(await readlink(link));
  if (user === undefined || path.dirname(folder) !== SYSTEM_FOLDER) throw foreignLink(link, folder);
  await systemFolder(folder);
  await claim(folder, home);
  return await realpath(folder);
}

/** Others may pass through and see nothing; only root changes what is in it. */
async function systemFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(path.dirname(folder), 0o711);
  await chmod(folder, 0o711);
}

function hashOf(home: string): string {
  return createHash("sha256").update(home).digest("hex").slice(0, 16);
}

async function withSockets(folder: string, home: string, user: ServerUser | undefined): Promise<Placement> {
  const near = path.join(folder, "run");
  const far =
    user === undefined ? `/tmp/berth-${process.getuid?.() ?? 0}-${hashOf(home)}` : `/run/berth/${hashOf(home)}`;
  const isShort = Buffer.byteLength(near) <= MAX_SOCKET_FOLDER_BYTES;
  if (!isShort && user !== undefined) await systemFolder(far);
  const sockets = isShort || user === undefined ? (isShort ? near : far) : path.join(far, "s");
  await privateFolder(sockets, user);
  const copies = user === undefined ? home : SYSTEM_FOLDER;
  return { folder, data: path.join(folder, "pg"), sockets, copies };
}

/** Only the server's user may enter: that is all the authentication the socket has. */
export async function privateFolder(folder: string, user: ServerUser | undefined): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  // /tmp is everybody's: somebody may have been there before us, with a folder or a link of their own.
  const trusted = [process.getuid?.(), user?.uid];
  if (!found.isDirectory() || !trusted.includes(found.uid)) {
    throw new PlatformError("HOME_UNWRITABLE", `${folder} belongs to somebody else.`, {
      hint: "Remove it, or choose another home folder (BERTH_HOME).",
    });
  }
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  await chmod(folder, 0o700);
}

async function isReachable(folder: string, user: ServerUser): Promise<boolean> {
  for (let at = folder; ; at = path.dirname(at)) {
    const { mode, uid, gid } = await stat(at);
    const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
    if (((mode >> shift) & 1) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}

/** A copied home has a copy of the link, and two platforms must not share one database. */
async function claim(folder: string, home: string): Promise<void> {
  const marker = path.join(folder, "home");
  const owner = (await readFile(marker, "utf8").catch(() => "")).trim();
  const ownerLink = await readlink(path.join(owner, "pg")).catch(() => undefined);
  if (owner !== "" && owner !== home && ownerLink === path.join(folder, "pg")) {
    throw new PlatformError("HOME_LOCKED", `${home} is a copy of ${owner}, whose database it must not share.`, {
      hint: `Remove ${path.join(home, "pg")} to begin with an empty database.`,
    });
  }
  await writeFile(marker, `${home}\n`, { mode: 0o600 });
}

function shutOut(data: string, user: ServerUser): PlatformError {
  return new PlatformError("HOME_UNWRITABLE", `The database server (uid ${user.uid}) cannot reach ${data}.`, {
    hint: "Let others pass through the folders above it (chmod o+x), or run Berth as the owner of the data.",
  });
}

function foreignLink(link: string, folder: string): PlatformError {
  return new PlatformError("HOME_UNWRITABLE", `${link} points to ${folder}, which is not a folder of ours.`, {
    hint: `Remove the link, or move the data into ${SYSTEM_FOLDER}.`,
  });
}

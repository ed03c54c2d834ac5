import { lstat, readFile } from "node:fs/promises";
import path from "node:path";

/** Whom the server runs as. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root. This uid belongs to nobody: not to a person, and not to the agents' sandboxes,
 * which have ids of their own.
 */
const UNPRIVILEGED: ServerUser = { uid: 65_525, gid: 65_525 };

/** Undefined: as ourselves. As root: whoever owns the data that is there, so that root can open a person's home too. */
export async function serverUserOf(home: string): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const data = await lstat(path.join(home, "pg")).catch(() => undefined);
  if (data?.isDirectory() !== true || data.uid === 0) return UNPRIVILEGED;
  return { uid: data.uid, gid: data.gid };
}

/**
 * Whom initdb runs as: it looks its user up by name and gives up where there is none, which the server itself does not
 * mind. So it runs as somebody who is in the user list, and its files change hands afterwards.
 */
export async function initdbUserOf(user: ServerUser | undefined): Promise<ServerUser | undefined> {
  if (user === undefined) return undefined;
  const list = await readFile("/etc/passwd", "utf8").catch(() => "");
  const users = list.split("\n").map((line) => line.split(":"));
  const [, , uid, gid] =
    users.find((entry) => Number(entry[2]) === user.uid) ?? users.find(([name]) => name === "nobody") ?? [];
  return uid === undefined ? user : { uid: Number(uid), gid: Number(gid) };
}

/** All that the server needs from an environment; nothing of ours leaks into it. */
export const SERVER_ENV: Readonly<Record<string, string>> = { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };

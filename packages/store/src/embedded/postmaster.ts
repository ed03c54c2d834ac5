import { readFile, readdir, readlink } from "node:fs/promises";
import path from "node:path";

/** What a running server says of itself in `postmaster.pid` (PostgreSQL's miscadmin.h names the lines). */
export interface Postmaster {
  readonly pid: number;
  readonly sockets: string;
  readonly ready: boolean;
}

/** The server of this data folder, if its file names a live process that works in it. A stale file is undefined. */
export async function findPostmaster(data: string): Promise<Postmaster | undefined> {
  const text = await readFile(pidFileOf(data), "utf8").catch(() => "");
  const lines = text.split("\n");
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid) || !(await worksIn(pid, data))) return undefined;
  return { pid, sockets: lines[4] ?? "", ready: lines[7]?.trim() === "ready" };
}

export function pidFileOf(data: string): string {
  return path.join(data, "postmaster.pid");
}

/**
 * True while any process of the server lives, the postmaster or what a killed one left behind. Only Linux can tell;
 * elsewhere PostgreSQL's own check at start has the last word.
 */
export async function hasProcesses(data: string): Promise<boolean> {
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const folders = await Promise.all(pids.map(async (pid) => await folderOf(Number(pid))));
  return folders.includes(data);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, as somebody else. The only other code is ESRCH.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** After a reboot, or in the next container, the number may be anybody's: a server stands in its data folder. */
async function worksIn(pid: number, data: string): Promise<boolean> {
  if (process.platform !== "linux") return true;
  return (await folderOf(pid)) === data;
}

async function folderOf(pid: number): Promise<string | undefined> {
  return await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
}

import { readFileSync, readdirSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";

/** The platform's PostgreSQL and its children; Linux tells by the folder they work in. */
export function serverPids(home: string): readonly number[] {
  const data = realpathSync(join(home, "pg"));
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && folderOf(name) === data)
    .map(Number);
}

export function postmasterPid(home: string): number {
  return Number(readFileSync(join(home, "pg", "postmaster.pid"), "utf8").split("\n")[0]);
}

export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Gone already.
    }
  }
}

function folderOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

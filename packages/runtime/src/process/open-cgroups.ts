import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cgroups } from "./cgroup.ts";
import { CgroupV1 } from "./cgroup-v1.ts";
import { CgroupV2 } from "./cgroup-v2.ts";

const TRIAL_LIMITS = { memoryMb: 64, cpu: 1, processes: 8, tmpMb: 1, startTimeoutMs: 1_000 };

/** Undefined when we may not make groups here and put processes into them. Tries for real: a mount may only look writable. */
export async function openCgroups(name: string): Promise<Cgroups | undefined> {
  const groups = await findCgroups(name);
  if (groups === undefined || (await admitsProcesses(groups))) return groups;
  await groups.close();
  return undefined;
}

export async function findCgroups(name: string, mountInfo = "/proc/self/mountinfo"): Promise<Cgroups | undefined> {
  const mounts = parseMounts(await readFile(mountInfo, "utf8").catch(() => ""));
  const unified = mounts.find((mount) => mount.type === "cgroup2");
  if (unified !== undefined) {
    const own = await ownUnifiedGroup();
    // As root the top; as a user with a delegated subtree (systemd) beside our own group, which may hold processes only.
    for (const parent of new Set([unified.point, join(unified.point, join("/", own, ".."))])) {
      const groups = await CgroupV2.open(join(parent, name));
      if (groups !== undefined) return groups;
    }
  }
  const legacy = new Map<string, string>();
  for (const mount of mounts.filter(({ type }) => type === "cgroup")) {
    for (const controller of mount.options) legacy.set(controller, mount.point);
  }
  return CgroupV1.open(name, legacy);
}

interface CgroupMount {
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** proc(5): `... mount-point options - type source super-options`. */
function parseMounts(table: string): CgroupMount[] {
  return table.split("\n").flatMap((line) => {
    const [before = "", after = ""] = line.split(" - ");
    const point = before.split(" ")[4];
    const [type = "", , options = ""] = after.split(" ");
    return point !== undefined && type.startsWith("cgroup") ? [{ point, type, options: options.split(",") }] : [];
  });
}

async function ownUnifiedGroup(): Promise<string> {
  const table = await readFile("/proc/self/cgroup", "utf8").catch(() => "");
  return /^0::(.*)$/m.exec(table)?.[1] ?? "/";
}

/** Moving a process needs the right at both ends, which the folder alone does not tell. */
async function admitsProcesses(groups: Cgroups): Promise<boolean> {
  const sleeper = spawn("/bin/sleep", ["10"], { env: {}, stdio: "ignore" });
  const gone = new Promise((resolve) => sleeper.once("exit", resolve).once("error", resolve));
  try {
    const group = await groups.create("trial", TRIAL_LIMITS);
    try {
      await group.add(sleeper.pid ?? 0);
      return true;
    } finally {
      sleeper.kill("SIGKILL");
      await gone;
      await group.remove();
    }
  } catch {
    return false;
  } finally {
    sleeper.kill("SIGKILL");
  }
}

import { readFileSync, readdirSync } from "node:fs";

/** Linux only: everything here reads /proc, and finds nothing elsewhere. */

export interface ProcessStat {
  readonly pid: number;
  readonly state: string;
  readonly parentPid: number;
  readonly groupId: number;
  /** Of the process itself and its reaped children. */
  readonly cpuMs: number;
  /** In clock ticks since boot; with the pid it names one process for ever. */
  readonly startTime: string;
}

/** USER_HZ: 100 on every Linux that Node runs on. */
const MS_PER_TICK = 10;

export function readStat(pid: number): ProcessStat | undefined {
  const text = readText(`/proc/${pid}/stat`);
  // The name in parentheses may hold spaces and parentheses: what follows the last one is safe to split.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  if (fields === undefined || fields.length < 20) return undefined;
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
  return {
    pid,
    state: fields[0] ?? "",
    parentPid: Number(fields[1]),
    groupId: Number(fields[2]),
    cpuMs: ticks * MS_PER_TICK,
    startTime: fields[19] ?? "",
  };
}

/** A zombie is gone: it holds nothing but its number. */
export function isAlive(pid: number, startTime?: string): boolean {
  const stat = readStat(pid);
  if (stat === undefined || stat.state === "Z" || stat.state === "X") return false;
  return startTime === undefined || stat.startTime === startTime;
}

/** Direct children; those of one thread oldest first. */
export function childrenOf(pid: number): number[] {
  const children: number[] = [];
  for (const thread of list(`/proc/${pid}/task`)) {
    const text = readText(`/proc/${pid}/task/${thread}/children`);
    if (text !== undefined) children.push(...text.split(" ").filter(Boolean).map(Number));
  }
  return children;
}

/** The process and all its descendants. Inside a pid namespace nothing can leave this tree. */
export function treeOf(pid: number): number[] {
  const found = [pid];
  // Grows while it is walked: breadth first.
  for (const member of found) found.push(...childrenOf(member).filter((child) => !found.includes(child)));
  return found.filter((member) => isAlive(member));
}

export function allPids(): number[] {
  return list("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 0);
}

export function readArguments(pid: number): readonly string[] {
  return readText(`/proc/${pid}/cmdline`)?.split("\0") ?? [];
}

export function readEnvironment(pid: number): readonly string[] {
  return readText(`/proc/${pid}/environ`)?.split("\0") ?? [];
}

/** The real uid; the owner of the /proc entry would be root for a process that may not be dumped. */
export function ownerOf(pid: number): number | undefined {
  const uid = /^Uid:\s+(\d+)/m.exec(readText(`/proc/${pid}/status`) ?? "")?.[1];
  return uid === undefined ? undefined : Number(uid);
}

interface MemoryUse {
  readonly residentBytes: number;
  /** Without pages shared with files on disk: what counts against a limit. */
  readonly ownBytes: number;
}

function readMemory(pid: number): MemoryUse {
  const text = readText(`/proc/${pid}/status`) ?? "";
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);
  return {
    residentBytes: kilobytes("VmRSS") * 1024,
    ownBytes: (kilobytes("RssAnon") + kilobytes("RssShmem")) * 1024,
  };
}

export interface TreeUsage {
  readonly rssBytes: number;
  readonly ownBytes: number;
  readonly cpuMs: number;
  readonly processes: number;
}

export function usageOf(pids: readonly number[]): TreeUsage {
  let usage = { rssBytes: 0, ownBytes: 0, cpuMs: 0, processes: pids.length };
  for (const pid of pids) {
    const memory = readMemory(pid);
    usage = {
      ...usage,
      rssBytes: usage.rssBytes + memory.residentBytes,
      ownBytes: usage.ownBytes + memory.ownBytes,
      cpuMs: usage.cpuMs + (readStat(pid)?.cpuMs ?? 0),
    };
  }
  return usage;
}

/** Signals one process; false when it is not there. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

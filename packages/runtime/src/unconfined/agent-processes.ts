import { killAll } from "../driver/kill-all.ts";
import { allPids, isAlive, readEnvironment, readStat, signal, treeOf, usageOf } from "../driver/process-tree.ts";
import { listProcesses } from "./process-list.ts";
import type { ListedProcess } from "./process-list.ts";
import type { RunRecord } from "./run-record.ts";

export interface GroupUsage {
  readonly rssBytes: number;
  readonly ownBytes: number;
  readonly cpuMs: number;
  readonly processes: number;
}

const KILL_TIMEOUT_MS = 5_000;
const hasProc = process.platform === "linux";

export function agentListenPath(folder: string): string {
  return `${folder}/agent.sock`;
}

/** Undefined when there is no such process. */
export async function identify(pid: number): Promise<RunRecord | undefined> {
  const found = hasProc ? readStat(pid) : (await listProcesses()).find((listed) => listed.pid === pid);
  return found === undefined ? undefined : { pid, startTime: found.startTime };
}

export async function usageOfGroup(leader: RunRecord): Promise<GroupUsage> {
  if (hasProc) return usageOf(treeOf(leader.pid));
  const group = membersOf(leader, await listProcesses());
  const rssBytes = group.reduce((sum, member) => sum + member.residentBytes, 0);
  const cpuMs = group.reduce((sum, member) => sum + member.cpuMs, 0);
  return { rssBytes, ownBytes: rssBytes, cpuMs, processes: group.length };
}

export async function signalGroup(folder: string, leader: RunRecord, name: NodeJS.Signals): Promise<void> {
  for (const pid of await findGroup(folder, leader)) signal(pid, name);
}

/** SIGKILL to all that an agent started, wherever it went; false when something stays. */
export function endGroup(folder: string, leader: RunRecord | undefined): Promise<boolean> {
  return killAll(() => findGroup(folder, leader), KILL_TIMEOUT_MS);
}

/**
 * The group and the tree of the leader while it lives; and, where /proc shows it, whatever carries this instance's
 * environment: a process may leave its group, and outlive its parents.
 */
async function findGroup(folder: string, leader: RunRecord | undefined): Promise<number[]> {
  if (!hasProc) return leader === undefined ? [] : membersOf(leader, await listProcesses()).map(({ pid }) => pid);
  const mark = `BERTH_LISTEN=${agentListenPath(folder)}`;
  const leads = leader !== undefined && readStat(leader.pid)?.startTime === leader.startTime;
  const tree = new Set(leads ? treeOf(leader.pid) : []);
  return allPids().filter((pid) => {
    if (pid === process.pid || !isAlive(pid)) return false;
    if (tree.has(pid) || (leads && readStat(pid)?.groupId === leader.pid)) return true;
    return readEnvironment(pid).includes(mark);
  });
}

function membersOf(leader: RunRecord, all: readonly ListedProcess[]): ListedProcess[] {
  if (!all.some(({ pid, startTime }) => pid === leader.pid && startTime === leader.startTime)) return [];
  const members = new Set([leader.pid]);
  let before = 0;
  while (members.size > before) {
    before = members.size;
    for (const { pid, parentPid, groupId } of all) {
      if (groupId === leader.pid || members.has(parentPid)) members.add(pid);
    }
  }
  return all.filter(({ pid }) => members.has(pid));
}

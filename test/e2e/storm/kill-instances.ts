import { readFile, readdir } from "node:fs/promises";

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** kill -9 of one of the platform's agent processes, drawn by `random`. False when none runs. */
export async function killAnInstance(platformPid: number, random: () => number): Promise<boolean> {
  const agents = await instancesOf(platformPid);
  const victim = agents[Math.floor(random() * agents.length)];
  return victim !== undefined && signalInstance(victim, "SIGKILL");
}

/** False when it has ended already. */
export function signalInstance(pid: number, signal: "SIGKILL" | "SIGSTOP"): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Ids of the platform's processes that run an agent. */
export async function instancesOf(platformPid: number): Promise<readonly number[]> {
  const processes = await allProcesses();
  const children = (pid: number): readonly Process[] => processes.filter(({ parent }) => parent === pid);
  const below = (pid: number): readonly Process[] => children(pid).flatMap((child) => [child, ...below(child.pid)]);
  const nodes = below(platformPid).filter(({ command }) => /^\S*\bnode /.test(command));
  const running = await Promise.all(nodes.map(async ({ pid }) => await hasAgent(pid)));
  return nodes.filter((_node, index) => running[index]).map(({ pid }) => pid);
}

/** A process that is kept warm has no release yet. */
async function hasAgent(pid: number): Promise<boolean> {
  try {
    return (await readdir(`/proc/${pid}/root/app`)).length > 0;
  } catch {
    return false; // no sandbox, or it ended while we looked
  }
}

async function allProcesses(): Promise<readonly Process[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const read = pids.map(async (name): Promise<readonly Process[]> => {
    try {
      const stat = await readFile(`/proc/${name}/stat`, "utf8");
      const command = (await readFile(`/proc/${name}/cmdline`, "utf8")).replaceAll("\0", " ");
      // After the command in parentheses: state, parent.
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      return [{ pid: Number(name), parent, command }];
    } catch {
      return []; // it ended while we looked
    }
  });
  return (await Promise.all(read)).flat();
}

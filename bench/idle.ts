// What a platform takes that nobody calls: memory and CPU of its process, of its PostgreSQL and of its warm jails, with
// the default stores. Memory is the proportional set size, so that what processes share is counted once.
//
//   node bench/idle.ts --settle 20 --seconds 60
import { readFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { PlatformProcess } from "@berth/testing";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { table } from "./statistics.ts";

const { values } = parseArgs({
  options: {
    settle: { type: "string", default: "20" },
    seconds: { type: "string", default: "60" },
    json: { type: "boolean", default: false },
  },
});
/** USER_HZ, which Linux shows to programs on every architecture of ours. */
const TICKS_PER_SECOND = 100;

interface Use {
  readonly rssMb: number;
  readonly pssMb: number;
  readonly ticks: number;
}

function statOf(pid: number): { readonly name: string; readonly parent: number; readonly ticks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [, name = ""] = /\((.*)\)/s.exec(text) ?? [];
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { name, parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined;
  }
}

function useOf(pid: number): Use {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const mb = (field: string): number =>
      Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(rollup)?.[1] ?? 0) / 1_024;
    return { rssMb: mb("Rss"), pssMb: mb("Pss"), ticks: statOf(pid)?.ticks ?? 0 };
  } catch {
    return { rssMb: 0, pssMb: 0, ticks: 0 };
  }
}

/** The process and all below it. */
function treeOf(root: number): readonly number[] {
  const pids = readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  const parents = new Map(pids.map((pid) => [pid, statOf(pid)?.parent ?? 0]));
  const isBelow = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at))
      if (at === root) return true;
    return false;
  };
  return pids.filter(isBelow);
}

function partOf(pid: number, root: number): string {
  if (pid === root) return "platform";
  return statOf(pid)?.name.startsWith("postgres") === true ? "PostgreSQL" : "warm jail";
}

const home = await mkdtemp(join(tmpdir(), "berth-idle-"));
try {
  await using platform = await PlatformProcess.start({ home });
  await pause(Number(values.settle) * 1_000);
  const ticksBefore = new Map(treeOf(platform.pid).map((pid) => [pid, useOf(pid).ticks]));
  const begun = performance.now();
  await pause(Number(values.seconds) * 1_000);
  const seconds = (performance.now() - begun) / 1_000;
  const uses = treeOf(platform.pid).map((pid) => ({ part: partOf(pid, platform.pid), pid, ...useOf(pid) }));
  const rows = [...Map.groupBy(uses, ({ part }) => part), ["together", uses] as const].map(([part, processes]) => {
    const sum = (of: (use: Use & { readonly pid: number }) => number): number =>
      processes.reduce((total, process) => total + of(process), 0);
    const ticks = sum((use) => use.ticks - (ticksBefore.get(use.pid) ?? 0));
    return {
      part,
      processes: processes.length,
      rssMb: Math.round(sum((use) => use.rssMb)),
      pssMb: Math.round(sum((use) => use.pssMb)),
      cpuPercentOfACore: Number(((ticks / TICKS_PER_SECOND / seconds) * 100).toFixed(2)),
    };
  });
  if (!values.json) process.stdout.write(`${table(rows)}\n`);
  process.stdout.write(`${JSON.stringify({ bench: "idle", seconds: Math.round(seconds), rows })}\n`);
} finally {
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
}

import type { StdioOptions } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";

const O_CLOEXEC = 0o2000000;

export interface CoveredStdio extends AsyncDisposable {
  readonly stdio: StdioOptions;
}

/**
 * Adds /dev/null over every descriptor that a child would inherit beyond those it is given. Whoever started the platform
 * may have left some open, Node marks only the first few of them, and bwrap passes all on: a folder among them is a way
 * out of the jail. Dispose after the spawn.
 */
export async function coverForeignDescriptors(own: Exclude<StdioOptions, string>): Promise<CoveredStdio> {
  const nothing = await open("/dev/null", "r");
  const stdio = [...own];
  // No await between this look and the spawn: what is opened in between is ours, and closed on exec.
  for (const fd of foreignDescriptors(own.length)) {
    while (stdio.length < fd) stdio.push("ignore");
    stdio.push(nothing.fd);
  }
  return { stdio, [Symbol.asyncDispose]: () => nothing.close() };
}

function foreignDescriptors(own: number): number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc/self/fd")
    .map(Number)
    .filter((fd) => fd >= own && isInherited(fd))
    .toSorted((a, b) => a - b);
}

function isInherited(fd: number): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
  } catch {
    // The descriptor of the listing itself.
    return false;
  }
}

import { lstat, readFile, readlink } from "node:fs/promises";
import { release } from "node:os";
import { join } from "node:path";
import type { Obstacle } from "../driver/obstacle.ts";
import { baseFolder, homeKey, isRoot, makeFolder, makeRunFolder } from "../driver/base-folder.ts";
import { AgentUids } from "./agent-uid.ts";
import { mountTmpfs, removeCageFolder } from "./cage-folder.ts";
import type { Cgroups } from "./cgroup.ts";
import { reachableNode, writeJailFiles } from "./jail-files.ts";
import type { JailFiles } from "./jail-files.ts";
import { openCgroups } from "./open-cgroups.ts";
import { findTool } from "./run-tool.ts";
import { seccompFilter } from "./seccomp-filter.ts";
import { syscallTable } from "./syscall-numbers.ts";

/** What this machine offers for jails, found once. */
export interface HostFacts {
  readonly bwrapPath: string;
  readonly prlimitPath: string | undefined;
  readonly nodePath: string;
  readonly runFolder: string;
  readonly files: JailFiles;
  /** Undefined: not root, agents run as this user in their own user namespaces. */
  readonly uids: AgentUids | undefined;
  readonly cgroups: Cgroups | undefined;
  readonly mountsTmpfs: boolean;
  /** RLIMIT_NPROC counts within the user namespace (Linux 5.14). */
  readonly countsProcessesPerNamespace: boolean;
  readonly maxOpenFiles: number;
  readonly usrLinks: Readonly<Record<string, string>>;
  readonly topFolders: readonly string[];
}

export const PROCESS_DRIVER = "process";
const MAX_OPEN_FILES = 8192;

export async function findHostFacts(options: {
  readonly home: string;
  readonly nodePath: string;
}): Promise<HostFacts | Obstacle> {
  if (process.platform !== "linux") {
    return {
      reason: "The process sandbox needs Linux.",
      fix: "Run the platform on Linux, or deploy your own code with --trust.",
    };
  }
  const bwrapPath = await findTool("bwrap");
  if (bwrapPath === undefined) {
    return {
      reason: "bubblewrap is not installed.",
      fix: "Install it: apt-get install bubblewrap (or dnf install bubblewrap), then start the platform again.",
    };
  }
  const table = syscallTable(process.arch);
  if (table === undefined) {
    return { reason: `There is no system call filter for ${process.arch}.`, fix: "Use an x64 or arm64 machine." };
  }
  const runFolder = await makeRunFolder(options.home, PROCESS_DRIVER);
  await makeFolder(baseFolder(options.home), isRoot() ? 0o711 : 0o700);
  return {
    bwrapPath,
    prlimitPath: await findTool("prlimit"),
    nodePath: await reachableNode(options.nodePath),
    runFolder,
    files: await writeJailFiles(options.home, seccompFilter(table)),
    uids: isRoot() ? new AgentUids(options.home) : undefined,
    cgroups: await openCgroups(`berth-${homeKey(options.home)}`),
    mountsTmpfs: isRoot() && (await canMount(runFolder)),
    countsProcessesPerNamespace: isKernelAtLeast(5, 14),
    maxOpenFiles: await openFilesLimit(),
    ...(await findTopFolders()),
  };
}

function isKernelAtLeast(major: number, minor: number): boolean {
  const [ours = 0, oursMinor = 0] = release().split(".").map(Number);
  return ours > major || (ours === major && oursMinor >= minor);
}

/** A limit can only be lowered, also by us: what is asked for an agent must not be more than we have. */
async function openFilesLimit(): Promise<number> {
  const table = await readFile("/proc/self/limits", "utf8").catch(() => "");
  const hard = Number(/^Max open files\s+\S+\s+(\d+)/m.exec(table)?.[1] ?? MAX_OPEN_FILES);
  return Math.min(hard, MAX_OPEN_FILES);
}

async function canMount(runFolder: string): Promise<boolean> {
  const folder = join(runFolder, "mount-trial");
  await makeFolder(folder, 0o700);
  const failure = await mountTmpfs(folder);
  await removeCageFolder(folder);
  return failure === undefined;
}

/** /bin, /lib and the like are links into /usr on most systems and folders of their own on others. */
async function findTopFolders(): Promise<Pick<HostFacts, "usrLinks" | "topFolders">> {
  const usrLinks: Record<string, string> = {};
  const topFolders: string[] = [];
  for (const folder of ["/bin", "/sbin", "/lib", "/lib32", "/lib64"]) {
    const found = await lstat(folder).catch(() => undefined);
    if (found?.isSymbolicLink() === true) usrLinks[folder] = await readlink(folder);
    else if (found?.isDirectory() === true) topFolders.push(folder);
  }
  return { usrLinks, topFolders };
}

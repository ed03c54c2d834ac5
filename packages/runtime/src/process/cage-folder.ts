import { chmod, chown, link, lstat, mkdir, readFile, rm, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PlatformError } from "@berth/protocol";
import { findTool, runTool } from "./run-tool.ts";

/** Sockets need inodes, not space. */
const MOUNT_OPTIONS = "size=1m,nr_inodes=64,mode=0711,nosuid,nodev,noexec";

/** The files of one instance on the host. Only `agentFolder` is writable in the jail. */
export interface CageFolder {
  readonly agentFolder: string;
  readonly listenPath: string;
  /** Mounted read-only: the sockets of the platform. */
  readonly doorsFolder: string;
  readonly egressSocket: string;
  readonly servicesSocket: string;
  /** Where a warm jail asks for its agent; gone before the agent runs. */
  readonly startSocket: string;
  /** A second name of the agent's socket, where the agent cannot change what it names. */
  readonly socketPath: string;
}

/**
 * Makes it, as a small tmpfs where we may mount one: an agent can fill the disk with a folder that is bound into its
 * jail. `uid` will own the agent's part.
 */
export async function makeCageFolder(
  folder: string,
  options: { readonly uid: number; readonly mount: boolean; readonly chown: boolean },
): Promise<CageFolder> {
  await removeCageFolder(folder);
  await mkdir(folder, { mode: options.chown ? 0o711 : 0o700 });
  if (options.mount) {
    const failure = await mountTmpfs(folder);
    if (failure !== undefined) throw new Error(`cannot mount a tmpfs at ${folder}: ${failure}`);
  }
  const agentFolder = join(folder, "agent");
  await mkdir(agentFolder, { mode: 0o700 });
  await mkdir(join(folder, "host"), { mode: 0o700 });
  const doorsFolder = join(folder, "doors");
  // Its "agent" is where the agent's folder is mounted.
  await mkdir(join(doorsFolder, "agent"), { recursive: true, mode: 0o755 });
  for (const made of [doorsFolder, join(doorsFolder, "agent")]) await chmod(made, 0o755);
  if (options.chown) await chown(agentFolder, options.uid, options.uid);
  return {
    agentFolder,
    listenPath: join(agentFolder, "agent.sock"),
    doorsFolder,
    egressSocket: join(doorsFolder, "egress.sock"),
    servicesSocket: join(doorsFolder, "services.sock"),
    startSocket: join(doorsFolder, "start.sock"),
    socketPath: join(folder, "host", "agent.sock"),
  };
}

export async function mountTmpfs(folder: string): Promise<string | undefined> {
  const mount = await findTool("mount");
  if (mount === undefined) return "there is no mount program";
  return runTool(mount, ["-t", "tmpfs", "-o", MOUNT_OPTIONS, "berth", folder]);
}

export async function removeCageFolder(folder: string): Promise<void> {
  await unmountBelow(folder);
  await rm(folder, { recursive: true, force: true });
}

/** Unmounts what is mounted at the folder or below, deepest first. */
async function unmountBelow(folder: string): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const points = (await mountPoints()).filter((point) => point === folder || point.startsWith(`${folder}/`));
    if (points.length === 0) return;
    const umount = await findTool("umount");
    if (umount === undefined) return;
    // A lazy unmount at the end: the name goes at once, the rest when its last user is gone.
    const flags = attempt < 3 ? [] : ["-l"];
    for (const point of points.toReversed()) await runTool(umount, [...flags, point]);
    if (attempt > 0) await delay(20);
  }
}

async function mountPoints(): Promise<string[]> {
  const table = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
  return table
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((point) => point !== "");
}

/**
 * The agent may put anything at its path, and change it between a look and a connect: a symbolic link to somebody else's
 * socket, which we, perhaps root, would then speak to. A hard link does not follow it and cannot be changed by the agent;
 * only what it names is looked at and connected to.
 */
export async function pinSocket(folder: CageFolder, uid: number): Promise<string | undefined> {
  await unlink(folder.socketPath).catch(() => {});
  try {
    await link(folder.listenPath, folder.socketPath);
  } catch (error) {
    // Not there yet. It may be there by now, which says nothing about links.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    const there = await lstat(folder.listenPath).catch(() => undefined);
    if (there?.isSocket() === true && there.uid === uid) throw noHardLinks(folder, error);
    return undefined;
  }
  const found = await lstat(folder.socketPath);
  if (found.isSocket() && found.uid === uid) return folder.socketPath;
  await unlink(folder.socketPath);
  return undefined;
}

function noHardLinks(folder: CageFolder, cause: unknown): PlatformError {
  return new PlatformError("ISOLATION_UNAVAILABLE", `Sockets cannot be linked in ${dirname(folder.socketPath)}.`, {
    cause,
    hint: "Put the platform's home on a local file system that has hard links.",
  });
}

import { posix } from "node:path";
import { PlatformError } from "@berth/protocol";
import { heapOption } from "../driver/node-options.ts";
import type { SandboxLimits } from "../sandbox-driver.ts";

/** Paths inside the jail. */
export const JAIL = {
  app: "/app",
  node: "/opt/node/bin/node",
  bridge: "/opt/berth/bridge.cjs",
  /** Of a program with a root of its own: a top folder, so that it is in the way of nothing that a root may have. */
  sidecar: "/.berth",
  zygote: "/opt/berth/zygote.mjs",
  compileCache: "/opt/berth/compile-cache",
  runFolder: "/run",
  agentFolder: "/run/agent",
  listen: "/run/agent/agent.sock",
  egress: "/run/egress.sock",
  services: "/run/services.sock",
  tmp: "/tmp",
  uid: 1000,
} as const;

/** Shared memory is a second /tmp: small, for what few libraries need it for. */
export const SHM_BYTES: number = 16 * 1024 * 1024;

/** File descriptors that bwrap gets. */
export const JAIL_FD = { arguments: 3, seccomp: 4, block: 5, info: 6 } as const;

export interface JailPlan {
  /** bwrap's options for what the jail's root consists of: the system's, or a program's own. */
  readonly root: readonly string[];
  /** Host paths; the host uid that runs bwrap must be able to reach each. Absent: nothing is at /app. */
  readonly appFolder?: string;
  readonly agentFolder: string;
  /** The platform's sockets for this agent. Read-only; what is put into it later is there too. */
  readonly doorsFolder: string;
  /** What V8 made of the release. */
  readonly compileCacheFolder?: string;
  /** Only in jails that are made before their agent is known. */
  readonly zygotePath?: string;
  readonly tmpBytes: number;
  readonly env: Readonly<Record<string, string>>;
}

/** What the root of the platform's own Node is made of. */
export interface SystemFiles {
  readonly nodePath: string;
  readonly etcFolder: string;
  readonly bridgePath: string;
  /** Top folders of the host that are links into /usr; the others of `/bin /lib /lib64` are mounted as they are. */
  readonly usrLinks: Readonly<Record<string, string>>;
  readonly topFolders: readonly string[];
}

export function systemRoot(files: SystemFiles): readonly string[] {
  return [
    ["--ro-bind", "/usr", "/usr"],
    Object.entries(files.usrLinks).flatMap(([folder, target]) => ["--symlink", target, folder]),
    files.topFolders.flatMap((folder) => ["--ro-bind", folder, folder]),
    ["--ro-bind", files.etcFolder, "/etc"],
    ["--ro-bind", files.nodePath, JAIL.node],
    ["--ro-bind", files.bridgePath, JAIL.bridge],
  ].flat();
}

/**
 * bwrap's options, NUL-separated for `--args FD`: its command line can be read in the jail, where bwrap is pid 1, and
 * must not show host paths.
 */
export function jailArguments(plan: JailPlan): Buffer {
  const options = [
    ["user", "pid", "net", "ipc", "uts", "cgroup"].map((namespace) => `--unshare-${namespace}`),
    ["--disable-userns", "--uid", String(JAIL.uid), "--gid", String(JAIL.uid)],
    ["--die-with-parent", "--new-session", "--clearenv"],
    plan.root,
    ["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys"],
    ["--dev", "/dev", "--size", String(SHM_BYTES), "--tmpfs", "/dev/shm"],
    ["--size", String(plan.tmpBytes), "--perms", "1777", "--tmpfs", JAIL.tmp],
    plan.appFolder === undefined ? [] : ["--ro-bind", plan.appFolder, JAIL.app],
    ["--ro-bind", plan.doorsFolder, JAIL.runFolder, "--bind", plan.agentFolder, JAIL.agentFolder],
    plan.zygotePath === undefined ? [] : ["--ro-bind", plan.zygotePath, JAIL.zygote],
    plan.compileCacheFolder === undefined ? [] : ["--ro-bind", plan.compileCacheFolder, JAIL.compileCache],
    // The root and /dev are tmpfs without a size of their own: read-only once everything is mounted on them.
    ["--remount-ro", "/dev", "--remount-ro", "/"],
    ["--chdir", plan.appFolder === undefined ? "/" : JAIL.app],
    Object.entries(plan.env).flatMap(([name, value]) => ["--setenv", name, value]),
    ["--seccomp", String(JAIL_FD.seccomp)],
    ["--block-fd", String(JAIL_FD.block), "--info-fd", String(JAIL_FD.info)],
  ].flat();
  refuseNul(options);
  return Buffer.from(options.map((option) => `${option}\0`).join(""));
}

/** The part that stays on the command line. `hostname` also marks the process for the sweep. */
export function jailCommandLine(hostname: string, command: readonly string[]): string[] {
  refuseNul(command);
  return ["--hostname", hostname, "--args", String(JAIL_FD.arguments), "--", ...command];
}

/** Limits of one process, set inside the jail: the count of processes is then that of its own user namespace. */
export function resourceLimits(
  limits: Readonly<Record<string, number>>,
  prlimit: readonly string[] | undefined,
): string[] {
  if (prlimit === undefined) return [];
  return [...prlimit, ...Object.entries(limits).map(([name, value]) => `--${name}=${value}:${value}`)];
}

export function nodeCommand(file: string, limits: SandboxLimits): string[] {
  return [JAIL.node, ...heapOption(limits), "--require", JAIL.bridge, file];
}

/** The entry as the agent sees it. */
export function entryInJail(entry: string): string {
  const file = posix.join(JAIL.app, entry);
  if (file.startsWith(`${JAIL.app}/`)) return file;
  throw new PlatformError("CONFIG_INVALID", "The agent's entry file must be inside its folder.");
}

/** A NUL inside a value would begin a new option of bwrap's: a mount of the host, say. */
function refuseNul(values: readonly string[]): void {
  if (values.some((value) => value.includes("\0"))) {
    throw new PlatformError("CONFIG_INVALID", "An environment value or path of this agent contains a NUL character.");
  }
}

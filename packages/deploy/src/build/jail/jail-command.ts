import { access, lstat, readlink, realpath } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { PlatformError } from "@berth/protocol";

export interface JailCommand {
  /** Host paths that the build may read, by where they are inside. */
  readonly readable: { readonly [inside: string]: string };
  /** Host files that it may write, by where they are inside. */
  readonly writable: { readonly [inside: string]: string };
  readonly env: { readonly [name: string]: string };
  readonly command: readonly string[];
  /** Where bwrap and prlimit are looked for. */
  readonly path: string;
}

const MIB = 1024 * 1024;
/** In memory: sources, dependencies and everything that compilers write. */
const WORK_BYTES = 1_536 * MIB;
const TMP_BYTES = 64 * MIB;
const LIMITS = { core: 0, cpu: 1_800, nofile: 4_096, nproc: 512, fsize: 256 * MIB, data: 3_072 * MIB } as const;

/**
 * The command of a build in which code of the agent's runs: build scripts and macros of Rust, installers of Python and
 * generators are programs. No network, no file but the source and the system's programs, no variable but these, its own
 * processes, users and small memory file systems; what it leaves is in files of bounded size. Ends with whoever started it.
 * @throws BUILD_FAILED when there is no bubblewrap here
 */
export async function jailCommand(jail: JailCommand): Promise<readonly [string, ...string[]]> {
  const bwrap = await findConfiner("bwrap", jail.path);
  const prlimit = await findConfiner("prlimit", jail.path);
  const limits = Object.entries(LIMITS).map(([name, value]) => `--${name}=${value}:${value}`);
  const options = [
    ["user", "pid", "net", "ipc", "uts", "cgroup"].map((namespace) => `--unshare-${namespace}`),
    ["--disable-userns", "--uid", "1000", "--gid", "1000", "--hostname", "build"],
    ["--die-with-parent", "--new-session", "--clearenv", "--ro-bind", "/usr", "/usr"],
    await topFolders(),
    ["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys", "--dev", "/dev"],
    ["--size", String(TMP_BYTES), "--tmpfs", "/dev/shm", "--size", String(TMP_BYTES), "--tmpfs", "/tmp"],
    ["--size", String(WORK_BYTES), "--tmpfs", "/build"],
    // Where Debian's compilers are links through it.
    ["--ro-bind-try", "/etc/alternatives", "/etc/alternatives"],
    Object.entries(jail.readable).flatMap(([inside, host]) => ["--ro-bind", host, inside]),
    Object.entries(jail.writable).flatMap(([inside, host]) => ["--bind", host, inside]),
    ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/build"],
    Object.entries(jail.env).flatMap(([name, value]) => ["--setenv", name, value]),
  ].flat();
  return [bwrap, ...options, "--", prlimit, ...limits, ...jail.command];
}

/** /bin, /lib and /lib64 are links into /usr, or folders of their own. */
export async function topFolders(): Promise<readonly string[]> {
  const options = ["/bin", "/sbin", "/lib", "/lib64"].map(async (folder): Promise<readonly string[]> => {
    const info = await lstat(folder).catch(() => undefined);
    if (info === undefined) return [];
    return info.isSymbolicLink() ? ["--symlink", await readlink(folder), folder] : ["--ro-bind", folder, folder];
  });
  return (await Promise.all(options)).flat();
}

/** @throws BUILD_FAILED */
export async function findConfiner(name: string, path: string): Promise<string> {
  const file = await findProgram(name, path);
  // The jail has /usr, and no link of elsewhere that leads there.
  if (file !== undefined) return await realpath(file);
  throw new PlatformError("BUILD_FAILED", `Building runs code of the agent's, and ${name} to confine it is not here.`, {
    hint: "Install bubblewrap and util-linux on the platform's machine, or build it yourself and deploy what comes out.",
  });
}

/** In PATH or where programs usually are. */
export async function findProgram(name: string, path: string): Promise<string | undefined> {
  const folders = [...path.split(delimiter).filter(isAbsolute), "/usr/local/bin", "/usr/bin", "/bin"];
  for (const folder of folders) {
    const file = join(folder, name);
    const there = await access(file).then(
      () => true,
      () => false,
    );
    if (there) return file;
  }
  return undefined;
}

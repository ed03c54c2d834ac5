import { access, lstat, readlink } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { PlatformError } from "@berth/protocol";

export interface BuildJail {
  /** Host folder, read-only at /source. */
  readonly source: string;
  /** Host file that the build may write, at /out. */
  readonly output: string;
  /** More host paths, read-only where they are named. */
  readonly readable: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  /** Where bwrap and prlimit are looked for. */
  readonly path: string;
}

const MIB = 1024 * 1024;
/** In memory: sources, dependencies and everything that compilers write. */
const WORK_BYTES = 1_024 * MIB;
const TMP_BYTES = 64 * MIB;
const LIMITS = { core: 0, nofile: 1_024, nproc: 512, fsize: 256 * MIB, data: 3_072 * MIB } as const;

/**
 * The command of a build in which code of the agent's runs: build scripts and macros of Rust are programs. No network, no
 * file but the source and the system's programs, no variable but these, its own processes, users and small memory file
 * systems; what it leaves is one file of bounded size. Ends with whoever started it.
 * @throws BUILD_FAILED when there is no bubblewrap here
 */
export async function buildJailCommand(jail: BuildJail): Promise<readonly [string, ...string[]]> {
  const bwrap = await findProgram("bwrap", jail.path);
  const prlimit = await findProgram("prlimit", jail.path);
  const limits = Object.entries(LIMITS).map(([name, value]) => `--${name}=${value}:${value}`);
  const options = [
    ["user", "pid", "net", "ipc", "uts", "cgroup"].map((namespace) => `--unshare-${namespace}`),
    ["--disable-userns", "--uid", "1000", "--gid", "1000", "--hostname", "build"],
    ["--die-with-parent", "--new-session", "--clearenv", "--ro-bind", "/usr", "/usr"],
    await topFolders(),
    ["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys", "--dev", "/dev"],
    ["--size", String(TMP_BYTES), "--tmpfs", "/dev/shm", "--size", String(TMP_BYTES), "--tmpfs", "/tmp"],
    ["--size", String(WORK_BYTES), "--tmpfs", "/build"],
    ["--ro-bind", jail.source, "/source", "--bind", jail.output, "/out"],
    // Where Debian's compilers are links through it.
    ["--ro-bind-try", "/etc/alternatives", "/etc/alternatives"],
    Object.entries(jail.readable).flatMap(([inside, host]) => ["--ro-bind", host, inside]),
    ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/build"],
    Object.entries(jail.env).flatMap(([name, value]) => ["--setenv", name, value]),
  ].flat();
  return [bwrap, ...options, "--", prlimit, ...limits, ...jail.command];
}

/** /bin, /lib and /lib64 are links into /usr, or folders of their own. */
async function topFolders(): Promise<readonly string[]> {
  const options = ["/bin", "/lib", "/lib64"].map(async (folder): Promise<readonly string[]> => {
    const info = await lstat(folder).catch(() => undefined);
    if (info === undefined) return [];
    return info.isSymbolicLink() ? ["--symlink", await readlink(folder), folder] : ["--ro-bind", folder, folder];
  });
  return (await Promise.all(options)).flat();
}

async function findProgram(name: string, path: string): Promise<string> {
  for (const folder of [...path.split(delimiter).filter(isAbsolute), "/usr/bin", "/bin"]) {
    const file = join(folder, name);
    const there = await access(file).then(
      () => true,
      () => false,
    );
    if (there) return file;
  }
  throw new PlatformError("BUILD_FAILED", `Building runs code of the agent's, and ${name} to confine it is not here.`, {
    hint: "Install bubblewrap and util-linux on the platform's machine, or build it yourself and deploy the .wasm file.",
  });
}

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findConfiner, topFolders } from "../jail/jail-command.ts";
import type { ProcessRequest } from "../run-process.ts";

export interface EngineJail {
  /** Has source, bases, secrets and out. */
  readonly folder: string;
  readonly path: string;
  readonly program: string;
  readonly command: readonly string[];
}

/** The first of the users that the engine has; nobody's on any machine that follows the usual ranges. */
export const SUBORDINATE = 1_879_048_192;
const USERS = 65_536;
const MIB = 1024 * 1024;
/** In memory: bases, the image and what it is built in, each whole. */
const WORK_BYTES = 6_144 * MIB;
const LIMITS = { core: 0, cpu: 3_600, nofile: 8_192, nproc: 1_024, fsize: 3_072 * MIB } as const;
const ACCOUNTS = "root:x:0:0:root:/tmp:/bin/sh\n";
const GROUPS = "root:x:0:\n";
/** Whatever is asked for by the digest or name it has is there; nothing is trusted because of where it came from. */
const POLICY = '{"default":[{"type":"insecureAcceptAnything"}]}';

/** What an engine needs of a jail beyond other builds: users that it may be, and mounts in a network and file system of its own. */
export async function engineJailCommand(
  jail: EngineJail,
): Promise<Pick<ProcessRequest, "command" | "uid" | "userRange">> {
  const bwrap = await findConfiner("bwrap", jail.path);
  const prlimit = await findConfiner("prlimit", jail.path);
  const limits = Object.entries(LIMITS).map(([name, value]) => `--${name}=${value}:${value}`);
  const files = { passwd: ACCOUNTS, group: GROUPS, "policy.json": POLICY };
  for (const [name, text] of Object.entries(files)) await writeFile(join(jail.folder, name), text);
  const at = (name: string): string => join(jail.folder, name);
  const options = [
    ["--unshare-user", "--userns-block-fd", "3", "--info-fd", "4"],
    ["pid", "net", "ipc", "uts", "cgroup"].map((namespace) => `--unshare-${namespace}`),
    ["--uid", "0", "--gid", "0", "--cap-add", "ALL", "--hostname", "build"],
    ["--die-with-parent", "--new-session", "--clearenv", "--ro-bind", "/usr", "/usr"],
    await topFolders(),
    ["--proc", "/proc", "--dev", "/dev", "--dir", "/sys", "--tmpfs", "/tmp", "--tmpfs", "/var", "--dir", "/var/tmp"],
    ["--tmpfs", "/etc", "--ro-bind", at("passwd"), "/etc/passwd", "--ro-bind", at("group"), "/etc/group"],
    ["--ro-bind", at("policy.json"), "/etc/containers/policy.json"],
    ["--size", String(WORK_BYTES), "--tmpfs", "/build"],
    ["--ro-bind", at("source"), "/source", "--ro-bind", at("bases"), "/bases"],
    ["--ro-bind", at("secrets"), "/run/secrets", "--bind", at("out"), "/out", "--chdir", "/build"],
    jail.program.startsWith("/usr/") ? [] : ["--ro-bind", jail.program, "/berth/buildah"],
    Object.entries({
      PATH: "/berth:/usr/bin:/bin:/usr/sbin:/sbin",
      HOME: "/tmp",
      TMPDIR: "/build",
      XDG_RUNTIME_DIR: "/tmp/run",
      // It is in a namespace of users already and shall make no other.
      _CONTAINERS_USERNS_CONFIGURED: "1",
    }).flatMap(([name, value]) => ["--setenv", name, value]),
  ].flat();
  return {
    command: [bwrap, ...options, "--", prlimit, ...limits, ...jail.command],
    uid: SUBORDINATE,
    userRange: { first: SUBORDINATE, count: USERS },
  };
}

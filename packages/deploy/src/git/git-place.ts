import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PlatformError } from "@berth/protocol";
import { jailCommand } from "../build/jail/jail-command.ts";
import { gitEnvironment } from "./git-environment.ts";
import type { GitSettings } from "./git-environment.ts";
import { runGit } from "./run-git.ts";
import type { GitResult, GitRun } from "./run-git.ts";

/** The one host that a git may reach, through a socket of the platform's. */
export interface GitNetwork {
  readonly socket: string;
  readonly host: string;
  readonly port: number;
  /** File of `files` with settings of git's: arguments of a process are there for others to read. */
  readonly settings?: string;
}

export interface GitCall extends Omit<GitRun, "command" | "env" | "cwd"> {
  /** After `git`; where the repository is differs in the jail. */
  readonly args: (places: { readonly repository: string }) => readonly string[];
  readonly settings?: GitSettings;
  readonly variables?: Readonly<Record<string, string>>;
  readonly protocols?: readonly string[];
  readonly network?: GitNetwork;
  /** The command that opens ssh, from where `files` are and the command that brings its bytes out. */
  readonly ssh?: (files: string, proxyCommand: string) => string;
}

export interface GitPlaceOptions {
  /** The bare repository, which git may write. */
  readonly repository: string;
  /** A folder that git may read besides. */
  readonly files?: string;
  /** Where programs are looked for. */
  readonly path: string;
}

const WAY_OUT = fileURLToPath(new URL("way-out.mjs", import.meta.url));
/** What of the machine a git needs that calls somebody. */
const CERTIFICATES = ["/etc/ssl", "/etc/pki"];
const PROBE_TIMEOUT_MS = 10_000;
const probes = new Map<string, Promise<boolean>>();

/**
 * Runs git on one bare repository: in a jail without a network and without any file but these where this machine has
 * bubblewrap, else as a process with the same settings.
 */
export class GitPlace {
  readonly #options: GitPlaceOptions;

  constructor(options: GitPlaceOptions) {
    this.#options = options;
  }

  /** @throws SOURCE_FAILED when there is no git, and what `runGit` throws */
  async run(call: GitCall): Promise<GitResult> {
    const { path, repository, files = dirname(WAY_OUT) } = this.#options;
    const { settings = {}, variables, protocols = [], network } = call;
    const isJailed = await canJail(path);
    const at = isJailed
      ? JAIL
      : { repository, files, node: process.execPath, script: WAY_OUT, socket: network?.socket };
    const out = (mode: string): string[] => [at.node, at.script, mode, at.socket ?? ""];
    const ssh = call.ssh?.(at.files, out("--pipe").join(" "));
    const all = {
      ...settings,
      ...(ssh === undefined ? {} : { "core.sshCommand": ssh }),
      ...(network?.settings === undefined ? {} : { "include.path": join(at.files, network.settings) }),
    };
    const env = { ...gitEnvironment(all, { protocols, home: "/nonexistent" }), ...variables };
    const git = ["git", ...call.args(at)];
    const command = network === undefined ? git : [...out("--run"), network.host, String(network.port), ...git];
    const result = isJailed
      ? await runGit({ ...call, command: await this.#jail(command, env, network), env: {}, cwd: "/" })
      : await runPlainly({ ...call, command, env, cwd: "/" });
    if (result.code === 127 || /execvp|git: no such file/i.test(result.said)) throw noGit();
    return result;
  }

  async #jail(
    command: readonly string[],
    env: Readonly<Record<string, string>>,
    network: GitNetwork | undefined,
  ): Promise<readonly string[]> {
    const { path, repository, files = dirname(WAY_OUT) } = this.#options;
    const outside =
      network === undefined
        ? {}
        : {
            [JAIL.node]: process.execPath,
            [JAIL.script]: WAY_OUT,
            [JAIL.socket]: network.socket,
            ...Object.fromEntries(
              CERTIFICATES.filter((folder) => existsSync(folder)).map((folder) => [folder, folder]),
            ),
            ...(existsSync(join(files, "passwd")) ? { "/etc/passwd": join(files, "passwd") } : {}),
          };
    const readable = { [JAIL.files]: files, ...outside };
    return await jailCommand({ readable, writable: { [JAIL.repository]: repository }, env, command, path });
  }
}

const JAIL = {
  repository: "/repository",
  files: "/files",
  node: "/node",
  script: "/way-out.mjs",
  socket: "/way-out.sock",
} as const;

async function runPlainly(run: GitRun): Promise<GitResult> {
  try {
    return await runGit(run);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") throw noGit();
    throw error;
  }
}

/** Whether bubblewrap is here and may make namespaces. Asked once. */
async function canJail(path: string): Promise<boolean> {
  const known = probes.get(path) ?? probe(path);
  probes.set(path, known);
  return await known;
}

async function probe(path: string): Promise<boolean> {
  try {
    const command = await jailCommand({ readable: {}, writable: {}, env: {}, command: ["true"], path });
    const { signal } = new AbortController();
    return (await runGit({ command, env: {}, cwd: "/", timeoutMs: PROBE_TIMEOUT_MS, signal })).code === 0;
  } catch {
    return false;
  }
}

function noGit(): PlatformError {
  return new PlatformError("SOURCE_FAILED", "The program git is not here.", {
    hint: "Install git on the platform's machine.",
  });
}

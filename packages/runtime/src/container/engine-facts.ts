import { lstat, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Obstacle } from "../driver/obstacle.ts";
import { baseFolder, isRoot, makeFolder, makeRunFolder } from "../driver/base-folder.ts";
import { AgentUids } from "../process/agent-uid.ts";
import { syscallTable } from "../process/syscall-numbers.ts";
import { count, dig, list, text } from "./engine-answers.ts";
import { EngineClient } from "./engine-client.ts";
import { seccompProfile } from "./seccomp-profile.ts";

/** What the engine of this machine offers, found once. */
export interface EngineFacts {
  readonly engine: EngineClient;
  /** "Docker 20.10.24", say. */
  readonly title: string;
  readonly isPodman: boolean;
  readonly limitsSwap: boolean;
  readonly limitsCpu: boolean;
  readonly cgroupVersion: string;
  readonly cpus: number;
  readonly seccomp: string;
  readonly runFolder: string;
  /** Undefined: not root, agents run as this user. */
  readonly uids: AgentUids | undefined;
}

export const CONTAINER_DRIVER = "container";
const PROBE_TIMEOUT_MS = 3_000;
const OTHER_DRIVER = 'or leave "isolation" out of berth.json: the process sandbox needs no engine';

export async function findEngine(home: string, sockets: readonly string[]): Promise<EngineFacts | Obstacle> {
  if (process.platform !== "linux") {
    return {
      reason: "The container driver needs an engine on the same Linux machine.",
      fix: "Run the platform on Linux.",
    };
  }
  const table = syscallTable(process.arch);
  if (table === undefined) {
    return { reason: `There is no system call filter for ${process.arch}.`, fix: "Use an x64 or arm64 machine." };
  }
  const failures: string[] = [];
  for (const socketPath of sockets) {
    try {
      const version = await new EngineClient(socketPath).call("GET", "/version", { timeoutMs: PROBE_TIMEOUT_MS });
      const engine = new EngineClient(socketPath, text(version, "ApiVersion"));
      const info = await engine.call("GET", "/info", { timeoutMs: PROBE_TIMEOUT_MS });
      const facts = factsOf(engine, version, info);
      const profile = seccompProfile(table, process.arch);
      return (
        obstacleIn(info) ?? {
          ...facts,
          seccomp: facts.isPodman ? await writeProfile(home, profile) : profile,
          runFolder: await makeRunFolder(home, CONTAINER_DRIVER),
          uids: isRoot() ? new AgentUids(home, CONTAINER_DRIVER) : undefined,
        }
      );
    } catch (error) {
      failures.push(await describeFailure(socketPath, error));
    }
  }
  return {
    reason: sockets.length === 0 ? "Containers are off here." : `No container engine answers: ${failures.join("; ")}.`,
    fix: `Start Docker or podman's service, let this user reach its socket, and start the platform again, ${OTHER_DRIVER}.`,
  };
}

/** What the contract cannot do without. */
function obstacleIn(info: unknown): Obstacle | undefined {
  const security = list(info, "SecurityOptions").map(String);
  const has = (name: string): boolean => security.some((option) => option.includes(`name=${name}`));
  if (!has("seccomp")) return { reason: "The container engine filters no system calls.", fix: needs("seccomp") };
  if (has("rootless") || has("userns")) {
    return {
      reason: "The container engine maps users, so that agents could not own their sockets.",
      fix: `Use an engine that runs as root and without userns-remap, ${OTHER_DRIVER}.`,
    };
  }
  if (dig(info, "MemoryLimit") !== true) {
    return { reason: "The container engine cannot limit memory.", fix: needs("the cgroup controller memory") };
  }
  if (dig(info, "PidsLimit") === false) {
    return { reason: "The container engine cannot limit processes.", fix: needs("the cgroup controller pids") };
  }
  return undefined;
}

/** Docker takes the text of a profile; podman takes the path of one. */
async function writeProfile(home: string, profile: string): Promise<string> {
  const path = join(baseFolder(home), "seccomp.json");
  await makeFolder(baseFolder(home), isRoot() ? 0o711 : 0o700);
  await writeFile(path, profile, { mode: 0o600 });
  return path;
}

function needs(what: string): string {
  return `Give the engine ${what}, ${OTHER_DRIVER}.`;
}

function factsOf(
  engine: EngineClient,
  version: unknown,
  info: unknown,
): Omit<EngineFacts, "seccomp" | "runFolder" | "uids"> {
  const components = list(version, "Components").map((component) => text(component, "Name"));
  const isPodman = components.some((name) => name.startsWith("Podman"));
  return {
    engine,
    title: `${isPodman ? "podman" : "Docker"} ${text(version, "Version")}`,
    isPodman,
    limitsSwap: dig(info, "SwapLimit") === true,
    limitsCpu: dig(info, "CpuCfsQuota") === true || dig(info, "CPUCfsQuota") === true,
    cgroupVersion: text(info, "CgroupVersion") || "1",
    cpus: Math.max(1, count(info, "NCPU")),
  };
}

async function describeFailure(socketPath: string, error: unknown): Promise<string> {
  const there = await lstat(socketPath).catch(() => undefined);
  if (there === undefined) return `there is no ${socketPath}`;
  return `${socketPath}: ${error instanceof Error ? error.message : String(error)}`;
}

/** Whether memory beyond the limit could go to a disk: without swap nothing is missing. */
export async function hasSwap(): Promise<boolean> {
  const table = await readFile("/proc/swaps", "utf8").catch(() => "");
  return table.trim().split("\n").length > 1;
}

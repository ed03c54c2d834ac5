import { readdir, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { PlatformError } from "@berth/protocol";
import { makeRunFolder, runFolder } from "../driver/base-folder.ts";
import { createDriver } from "../driver/create-driver.ts";
import type { EgressNetwork } from "../egress/egress-proxy.ts";
import type { SandboxCapabilities, SandboxDriver } from "../sandbox-driver.ts";
import { writeHostFiles } from "./host-files.ts";
import { openModule } from "./open-module.ts";
import { OrgHosts } from "./org-hosts.ts";

export interface WasmDriverOptions {
  readonly home: string;
  /** Makes the jails of hosts; the runtime's own, which sweeps them. */
  readonly jails: SandboxDriver;
  /** Runs hosts where `jails` cannot isolate. */
  readonly bare: SandboxDriver;
  /** Of one organization's agents together; default 4096. */
  readonly hostMemoryMb?: number;
  readonly now?: () => number;
  readonly log?: (line: string) => void;
  /** For tests: how the egress proxies resolve and connect. */
  readonly network?: EgressNetwork;
}

const WASM_DRIVER = "wasm";
const HOST_MEMORY_MB = 4_096;

/**
 * Agents as WebAssembly modules: many in one process per organization, which is jailed itself where that is possible. A
 * module reaches nothing but `agent.host_call`; see docs/reference/wasm.md.
 */
export function createWasmDriver(options: WasmDriverOptions): SandboxDriver {
  const { home, jails, bare, network } = options;
  const log = options.log ?? ((): void => {});
  const hosts = new OrgHosts({
    driver: async () => ((await jails.probe()).isolates ? jails : bare),
    folder: async () => await writeHostFiles(home),
    memoryMb: options.hostMemoryMb ?? HOST_MEMORY_MB,
    cores: availableParallelism(),
    log,
  });
  return createDriver({
    name: WASM_DRIVER,
    now: options.now ?? Date.now,
    log,
    probe: async () => capabilitiesOver(await jails.probe()),
    sweep: async () => {
      const folder = runFolder(home, WASM_DRIVER);
      for (const name of await readdir(folder).catch(() => [])) await rm(join(folder, name), { recursive: true });
    },
    open: async (spec, context) => {
      if (spec.program !== undefined || !spec.entry.endsWith(".wasm")) {
        throw new PlatformError(
          "ISOLATION_UNAVAILABLE",
          `${spec.program?.command[0] ?? spec.entry} is not a WebAssembly module.`,
          {
            hint: 'Name the .wasm file with "entry" in berth.json, or leave "isolation" out.',
          },
        );
      }
      const host = await hosts.of(spec.orgId, context.signal);
      return await openModule({ host, runFolder: await makeRunFolder(home, WASM_DRIVER), network }, spec, context);
    },
    close: async () => await hosts.close(),
  });
}

function capabilitiesOver(jail: SandboxCapabilities): SandboxCapabilities {
  const inside = jail.isolates ? "in a jail" : "in a plain process, since there is no jail here";
  return {
    driver: WASM_DRIVER,
    isolates: true,
    filesystem: { level: "enforced", detail: `a module has no files; its host runs ${inside}` },
    network: { level: "enforced", detail: "a module has no sockets; http.fetch goes through its egress proxy" },
    syscalls: {
      level: jail.isolates ? "enforced" : "partial",
      detail: `a module makes none; its host runs ${inside}`,
    },
    memory: { level: "enforced", detail: "the module's own maximum, and one limit for all calls of an agent" },
    cpu: { level: "enforced", detail: "metered instructions; a share below one core by pauses, never more than one" },
    processes: { level: "enforced", detail: "a module starts none; one thread for each agent" },
  };
}

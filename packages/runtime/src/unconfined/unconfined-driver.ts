import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { PlatformError } from "@berth/protocol";
import { makeRunFolder, runFolder } from "../driver/base-folder.ts";
import { createDriver } from "../driver/create-driver.ts";
import type { EnforcementLevel, SandboxCapabilities, SandboxDriver } from "../sandbox-driver.ts";
import { endGroup } from "./agent-processes.ts";
import { removeGroupFolder } from "./group-folder.ts";
import { openGroup } from "./open-group.ts";
import { readRecord } from "./run-record.ts";

export interface UnconfinedDriverOptions {
  readonly home: string;
  readonly now?: () => number;
  readonly nodePath?: string;
  readonly log?: (line: string) => void;
}

const UNCONFINED_DRIVER = "unconfined";

/** Trusted agents as plain processes of the platform's user: for own code where no jail can be made. */
export function createUnconfinedDriver(options: UnconfinedDriverOptions): SandboxDriver {
  const log = options.log ?? ((): void => {});
  return createDriver({
    name: UNCONFINED_DRIVER,
    now: options.now ?? Date.now,
    log,
    probe: () => Promise.resolve(CAPABILITIES),
    sweep: () => sweepGroups(options.home, log),
    open: async (spec, context) => {
      if (!spec.trusted) {
        throw new PlatformError(
          "ISOLATION_UNAVAILABLE",
          `Agent ${spec.agentName} is not trusted, and the unconfined driver isolates nothing.`,
          { hint: "Deploy it with --trust if it is your own code, or run the platform where bubblewrap works." },
        );
      }
      if (spec.program !== undefined) {
        throw new PlatformError(
          "ISOLATION_UNAVAILABLE",
          `Agent ${spec.agentName} is a program with a root of its own, which only a jail or a container gives it.`,
          { hint: "Run the platform on Linux with bubblewrap installed, or with a container engine." },
        );
      }
      const folder = await makeRunFolder(options.home, UNCONFINED_DRIVER);
      return openGroup(folder, options.nodePath ?? process.execPath, spec, context);
    },
  });
}

const NOTHING: EnforcementLevel = { level: "none", detail: "a plain process of the platform's user" };

const CAPABILITIES: SandboxCapabilities = {
  driver: UNCONFINED_DRIVER,
  isolates: false,
  reason: "Agents run as plain processes of the platform's user.",
  fix: "Run the platform on Linux with bubblewrap installed; until then deploy only your own code, with --trust.",
  filesystem: NOTHING,
  network: NOTHING,
  syscalls: NOTHING,
  memory: { level: "partial", detail: "measured four times a second and killed beyond the limit" },
  cpu: NOTHING,
  processes: NOTHING,
};

async function sweepGroups(home: string, log: (line: string) => void): Promise<void> {
  const folder = runFolder(home, UNCONFINED_DRIVER);
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const record = await readRecord(path);
    if (!(await endGroup(path, record))) log(`sweep: processes of an earlier run in ${path} do not end`);
    await removeGroupFolder(path);
  }
}

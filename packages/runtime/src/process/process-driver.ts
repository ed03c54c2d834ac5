import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { PlatformError } from "@berth/protocol";
import { runFolder } from "../driver/base-folder.ts";
import { createDriver } from "../driver/create-driver.ts";
import { killAll } from "../driver/kill-all.ts";
import { allPids, isAlive, ownerOf } from "../driver/process-tree.ts";
import type { EgressNetwork } from "../egress/egress-proxy.ts";
import type { SandboxDriver } from "../sandbox-driver.ts";
import { removeCageFolder } from "./cage-folder.ts";
import { capabilitiesOf, capabilitiesWithout } from "./capabilities.ts";
import { findHostFacts, isObstacle, PROCESS_DRIVER } from "./host-facts.ts";
import type { HostFacts, Obstacle } from "./host-facts.ts";
import { jailMarker, markedProcesses } from "./jail-marker.ts";
import { openJail } from "./open-jail.ts";
import { tryJail } from "./trial-jail.ts";

export interface ProcessDriverOptions {
  readonly home: string;
  readonly now?: () => number;
  /** The Node that agents run on; default: ours. */
  readonly nodePath?: string;
  readonly log?: (line: string) => void;
  /** For tests: how the egress proxy resolves and connects. */
  readonly network?: EgressNetwork;
}

const SWEEP_TIMEOUT_MS = 10_000;

/** Agents in bubblewrap jails. Needs Linux with user namespaces; `probe` says what is missing. */
export function createProcessDriver(options: ProcessDriverOptions): SandboxDriver {
  const { home } = options;
  const log = options.log ?? ((): void => {});
  let facts: Promise<HostFacts | Obstacle> | undefined;
  const examine = (): Promise<HostFacts | Obstacle> =>
    (facts ??= findWorkingHost(home, options.nodePath ?? process.execPath));

  return createDriver({
    name: PROCESS_DRIVER,
    now: options.now ?? Date.now,
    log,
    probe: async () => {
      const found = await examine();
      return isObstacle(found) ? capabilitiesWithout(found) : capabilitiesOf(found);
    },
    sweep: async () => {
      const found = await examine();
      await sweepJails(home, isObstacle(found) ? undefined : found, log);
    },
    open: async (spec, context) => {
      const found = await examine();
      if (isObstacle(found)) throw new PlatformError("ISOLATION_UNAVAILABLE", found.reason, { hint: found.fix });
      return openJail({ home, facts: found, network: options.network }, spec, context);
    },
    close: async () => {
      const found = await facts;
      if (found !== undefined && !isObstacle(found)) await found.cgroups?.close();
    },
  });
}

async function findWorkingHost(home: string, nodePath: string): Promise<HostFacts | Obstacle> {
  const found = await findHostFacts({ home, nodePath });
  return isObstacle(found) ? found : ((await tryJail(home, found)) ?? found);
}

/** Ends and removes what an earlier platform of this home left, and nothing else. */
async function sweepJails(home: string, facts: HostFacts | undefined, log: (line: string) => void): Promise<void> {
  const uids = facts?.uids;
  const leftovers = (): number[] => {
    const marked = markedProcesses(jailMarker(home));
    if (uids === undefined) return marked;
    const owned = allPids().filter((pid) => {
      const owner = ownerOf(pid);
      return owner !== undefined && owner >= uids.first && owner <= uids.last && isAlive(pid);
    });
    return [...new Set([...marked, ...owned])];
  };
  // Groups first: a frozen process does not die of a signal.
  await facts?.cgroups?.sweep();
  const found = leftovers().length;
  if (found > 0) log(`sweep: ending ${found} processes of an earlier run`);
  if (!(await killAll(leftovers, SWEEP_TIMEOUT_MS))) log("sweep: some processes of an earlier run do not end");
  const folder = runFolder(home, PROCESS_DRIVER);
  for (const name of await readdir(folder).catch(() => [])) await removeCageFolder(join(folder, name));
}

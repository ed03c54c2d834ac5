import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { DEFAULT_AGENT_CONFIG, PlatformError } from "@berth/protocol";
import { capabilitiesWithout, isObstacle } from "../driver/obstacle.ts";
import type { Obstacle } from "../driver/obstacle.ts";
import type { Cage, OpenContext } from "../driver/cage.ts";
import { runFolder } from "../driver/base-folder.ts";
import { createDriver } from "../driver/create-driver.ts";
import { killAll } from "../driver/kill-all.ts";
import { allPids, isAlive, ownerOf } from "../driver/process-tree.ts";
import type { EgressNetwork } from "../egress/egress-proxy.ts";
import type { ReleaseSpec, SandboxDriver, SandboxLimits } from "../sandbox-driver.ts";
import { removeCageFolder } from "./cage-folder.ts";
import { capabilitiesOf } from "./capabilities.ts";
import { findHostFacts, PROCESS_DRIVER } from "./host-facts.ts";
import type { HostFacts } from "./host-facts.ts";
import { jailMarker, markedProcesses } from "./jail-marker.ts";
import type { JailHost } from "./doors.ts";
import { openJail, refuseUnreachable } from "./open-jail.ts";
import { sweepProgramEtc } from "./program-etc.ts";
import { sidecarMaker } from "./sidecar.ts";
import type { Sidecar } from "./sidecar.ts";
import { tryJail } from "./trial-jail.ts";
import { whyNotWarm } from "./warm/warm-fit.ts";
import { CompileCaches } from "./warm/compile-caches.ts";
import { openWarmJail } from "./warm/warm-jail.ts";
import { warmPlaces } from "./warm/warm-place.ts";
import { WarmPool } from "./warm/warm-pool.ts";

export interface ProcessDriverOptions {
  readonly home: string;
  readonly now?: () => number;
  /** The Node that agents run on; default: ours. */
  readonly nodePath?: string;
  readonly log?: (line: string) => void;
  /** For tests: how the egress proxy resolves and connects. */
  readonly network?: EgressNetwork;
  /** Jails that are up before their agent is asked for; default: none. */
  readonly warmJails?: WarmJailOptions;
  /** Whether to run each release once for the code that V8 makes of it; default: no. */
  readonly compileCache?: boolean;
}

/** Of the release, where there is one. */
interface Cache {
  readonly compileCacheFolder?: string;
}

interface WarmJailOptions {
  readonly count: number;
  /** Default: what berth.json has where it says nothing; agents with another memoryMb or tmpMb start cold. */
  readonly limits?: SandboxLimits;
}

export interface ProcessDriver extends SandboxDriver {
  /** Once the pool of warm jails is as full as it gets: those that wait, with their processes. */
  warmJails(): Promise<readonly { readonly key: string; readonly pids: readonly number[] }[]>;
}

const SWEEP_TIMEOUT_MS = 10_000;
const USUAL_LIMITS: SandboxLimits = {
  ...DEFAULT_AGENT_CONFIG.resources,
  startTimeoutMs: DEFAULT_AGENT_CONFIG.timeouts.startSeconds * 1000,
};

/** Agents in bubblewrap jails. Needs Linux with user namespaces; `probe` says what is missing. */
export function createProcessDriver(options: ProcessDriverOptions): ProcessDriver {
  const { home, warmJails: { count: size = 0, limits = USUAL_LIMITS } = {} } = options;
  const log = options.log ?? ((): void => {});
  let facts: Promise<HostFacts | Obstacle> | undefined;
  let sidecar: (() => Promise<Sidecar>) | undefined;
  const examine = (): Promise<HostFacts | Obstacle> =>
    (facts ??= findWorkingHost(home, options.nodePath ?? process.execPath));
  const workingHost = async (): Promise<JailHost> => {
    const found = await examine();
    if (isObstacle(found)) throw new PlatformError("ISOLATION_UNAVAILABLE", found.reason, { hint: found.fix });
    return { home, facts: found, network: options.network, sidecar: (sidecar ??= sidecarMaker(home, found)) };
  };
  let starting = 0;
  const pool = new WarmPool({
    size,
    make: async (signal) => await openWarmJail(await workingHost(), limits, signal),
    busy: () => starting > 0,
    log,
  });
  let caches: CompileCaches | undefined;
  const compileCaches = (host: JailHost): CompileCaches =>
    (caches ??= new CompileCaches({
      home,
      nodePath: host.facts.nodePath,
      open: async (ofRelease, signal) => await openWarmJail(host, ofRelease, signal),
      quiet: async () => await pool.quiet(),
      log,
    }));

  const openWarm = async (
    host: JailHost,
    spec: ReleaseSpec,
    context: OpenContext,
    cache: Cache,
  ): Promise<Cage | string> => {
    if (size === 0) return "there are no warm jails";
    const reason = whyNotWarm(spec, limits, host.facts.cgroups?.controllers ?? new Set());
    if (reason !== undefined) return reason;
    const jail = pool.take();
    if (jail === undefined) return "no warm jail was ready";
    const parts = context.stack.use(new AsyncDisposableStack());
    parts.use(jail);
    try {
      return await jail.become(spec, { ...context, stack: parts }, cache.compileCacheFolder);
    } catch (error) {
      await parts.disposeAsync();
      context.signal.throwIfAborted();
      return error instanceof Error ? error.message : String(error);
    }
  };

  const open = async (spec: ReleaseSpec, context: OpenContext): Promise<Cage> => {
    const host = await workingHost();
    await refuseUnreachable(host, spec);
    const compileCacheFolder = spec.program === undefined ? await compileCaches(host).find(spec) : undefined;
    const cache = compileCacheFolder === undefined ? {} : { compileCacheFolder };
    const warm = await openWarm(host, spec, context, cache);
    return typeof warm === "string" ? await openJail(host, spec, context, { coldBecause: warm, ...cache }) : warm;
  };

  const driver = createDriver({
    name: PROCESS_DRIVER,
    now: options.now ?? Date.now,
    log,
    probe: async () => {
      const found = await examine();
      return isObstacle(found) ? capabilitiesWithout(PROCESS_DRIVER, found) : capabilitiesOf(found);
    },
    sweep: async () => {
      const found = await examine();
      await sweepJails(home, isObstacle(found) ? undefined : found, log);
      await sweepProgramEtc(home);
      if (isObstacle(found)) return;
      await compileCaches(await workingHost()).sweep();
      pool.fill();
    },
    open,
    close: async () => {
      await Promise.all([pool.close(), caches?.close()]);
      const found = await facts;
      if (found !== undefined && !isObstacle(found)) await found.cgroups?.close();
    },
  });
  return {
    ...driver,
    start: async (spec, startOptions) => {
      starting++;
      try {
        return await driver.start(spec, startOptions);
      } finally {
        starting--;
        if (options.compileCache === true && spec.program === undefined) caches?.record(spec);
      }
    },
    warmJails: async () => {
      await pool.settled();
      await caches?.settled();
      return pool.waiting().map((jail) => ({ key: jail.key, pids: jail.pids() }));
    },
  };
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
  await rm(warmPlaces(home), { recursive: true, force: true });
}

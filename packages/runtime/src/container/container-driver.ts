import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PlatformError } from "@berth/protocol";
import { capabilitiesWithout, isObstacle } from "../driver/obstacle.ts";
import type { Obstacle } from "../driver/obstacle.ts";
import { homeKey, runFolder } from "../driver/base-folder.ts";
import { createDriver } from "../driver/create-driver.ts";
import type { EgressNetwork } from "../egress/egress-proxy.ts";
import { removeCageFolder } from "../process/cage-folder.ts";
import { sidecarMaker } from "../process/sidecar.ts";
import type { SandboxDriver } from "../sandbox-driver.ts";
import { BaseImage } from "./base-image.ts";
import { capabilitiesOfEngine } from "./capabilities.ts";
import { text } from "./engine-answers.ts";
import type { EngineClient } from "./engine-client.ts";
import { CONTAINER_DRIVER, findEngine } from "./engine-facts.ts";
import type { EngineFacts } from "./engine-facts.ts";
import { HOME_LABEL, containerName, openContainer } from "./open-container.ts";
import type { ContainerHost } from "./open-container.ts";
import { ProgramImages, sweepProgramImages } from "./program-images.ts";
import { removeContainer } from "./remove-container.ts";

export interface ContainerDriverOptions {
  readonly home: string;
  /** Sockets of engines, the first that answers is used; default: where Docker and podman have theirs. */
  readonly sockets?: readonly string[];
  /** The Node that agents run on; default: ours. */
  readonly nodePath?: string;
  /** Programs and folders of this machine that the base image has beside Node; default none. */
  readonly programs?: readonly string[];
  readonly now?: () => number;
  readonly log?: (line: string) => void;
  /** For tests: how the egress proxy resolves and connects. */
  readonly network?: EgressNetwork;
}

const SOCKETS = ["/var/run/docker.sock", "/run/podman/podman.sock"];
/** A create that a killed platform asked for may still be under way. */
const LATE_LOOKS = 20;

/** Agents in containers of an engine on this machine. */
export function createContainerDriver(options: ContainerDriverOptions): SandboxDriver {
  const { home, programs = [], nodePath = process.execPath } = options;
  const log = options.log ?? ((): void => {});
  let facts: Promise<EngineFacts | Obstacle> | undefined;
  let host: ContainerHost | undefined;
  const examine = (): Promise<EngineFacts | Obstacle> => (facts ??= findEngine(home, options.sockets ?? SOCKETS));

  return createDriver({
    name: CONTAINER_DRIVER,
    now: options.now ?? Date.now,
    log,
    probe: async () => {
      const found = await examine();
      return isObstacle(found) ? capabilitiesWithout(CONTAINER_DRIVER, found) : await capabilitiesOfEngine(found);
    },
    sweep: async () => {
      const found = await examine();
      if (isObstacle(found)) return;
      await sweepContainers(home, found.engine, log);
      await sweepProgramImages(home, found.engine);
    },
    open: async (spec, context) => {
      const found = await examine();
      if (isObstacle(found)) throw new PlatformError("ISOLATION_UNAVAILABLE", found.reason, { hint: found.fix });
      host ??= {
        home,
        facts: found,
        base: new BaseImage(found.engine, nodePath, programs),
        roots: new ProgramImages(found.engine, home),
        sidecar: sidecarMaker(home, { nodePath, prlimitPath: undefined }),
        network: options.network,
        log,
      };
      return await openContainer(host, spec, context);
    },
  });
}

/** Ends and removes what an earlier platform of this home left, and nothing else. */
async function sweepContainers(home: string, engine: EngineClient, log: (line: string) => void): Promise<void> {
  const folder = runFolder(home, CONTAINER_DRIVER);
  const keys = await readdir(folder).catch(() => []);
  const names = new Set(keys.map((key) => containerName(home, key)));
  for (let look = 0; look < LATE_LOOKS; look++) {
    const found = await ownContainers(home, engine);
    if (found.length > 0) log(`sweep: ending ${found.length} containers of an earlier run`);
    for (const name of found) {
      await removeContainer(engine, name);
      names.delete(name);
    }
    if (names.size === 0) break;
    await delay(50);
  }
  for (const key of keys) await removeCageFolder(join(folder, key));
}

async function ownContainers(home: string, engine: EngineClient): Promise<string[]> {
  const filters = JSON.stringify({ label: [`${HOME_LABEL}=${homeKey(home)}`] });
  const found = await engine.call("GET", `/containers/json?${new URLSearchParams({ all: "true", filters })}`);
  return (Array.isArray(found) ? found : []).map((container) => text(container, "Id"));
}

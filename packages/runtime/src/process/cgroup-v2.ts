import { mkdir, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { killAll } from "../driver/kill-all.ts";
import type { SandboxLimits } from "../sandbox-driver.ts";
import { JAIL_PROCESSES } from "./cgroup.ts";
import type { Cgroup, CgroupController, Cgroups } from "./cgroup.ts";
import { read, readKey, readPids, removeGroup, subgroups, tryWrite, waitFor, write } from "./cgroup-files.ts";

const PERIOD_US = 100_000;
const KILL_TIMEOUT_MS = 5_000;
const LIMITING: readonly CgroupController[] = ["memory", "pids", "cpu"];

export class CgroupV2 implements Cgroups {
  readonly kind = "v2";
  readonly controllers: ReadonlySet<CgroupController>;
  readonly #folder: string;

  private constructor(folder: string, controllers: ReadonlySet<CgroupController>) {
    this.#folder = folder;
    this.controllers = controllers;
  }

  /** Undefined when the folder cannot be made or no limit can be set in it (hybrid systems keep the controllers in v1). */
  static async open(folder: string): Promise<CgroupV2 | undefined> {
    try {
      await mkdir(folder, { recursive: true });
    } catch {
      return undefined;
    }
    const controllers = new Set<CgroupController>();
    for (const controller of LIMITING) {
      // Each level hands its controllers down one by one; most systems did so for the level above already.
      await tryWrite(dirname(folder), "cgroup.subtree_control", `+${controller}`);
      if (await tryWrite(folder, "cgroup.subtree_control", `+${controller}`)) controllers.add(controller);
    }
    if (controllers.size > 0) return new CgroupV2(folder, controllers);
    await rmdir(folder).catch(() => {});
    return undefined;
  }

  async create(key: string, limits: SandboxLimits): Promise<Cgroup> {
    const folder = join(this.#folder, key);
    const group = new InstanceGroupV2(folder, this.controllers);
    try {
      await mkdir(folder, { recursive: true });
      await setLimits(folder, this.controllers, limits);
    } catch (error) {
      await group.remove().catch(() => {});
      throw error;
    }
    return group;
  }

  async sweep(): Promise<void> {
    for (const folder of subgroups(this.#folder)) {
      const group = new InstanceGroupV2(folder, this.controllers);
      await group.kill();
      await group.remove();
    }
  }

  async close(): Promise<void> {
    await rmdir(this.#folder).catch(() => {});
  }
}

async function setLimits(
  folder: string,
  controllers: ReadonlySet<CgroupController>,
  limits: SandboxLimits,
): Promise<void> {
  if (controllers.has("memory")) {
    await write(folder, "memory.max", limits.memoryMb * 1024 * 1024);
    await tryWrite(folder, "memory.swap.max", 0);
    // An agent of several processes ends as one: half of it would only look alive.
    await tryWrite(folder, "memory.oom.group", 1);
  }
  if (controllers.has("pids")) await write(folder, "pids.max", limits.processes + JAIL_PROCESSES);
  if (controllers.has("cpu")) {
    await write(folder, "cpu.max", `${Math.max(1_000, Math.round(limits.cpu * PERIOD_US))} ${PERIOD_US}`);
  }
}

class InstanceGroupV2 implements Cgroup {
  readonly controllers: ReadonlySet<CgroupController>;
  readonly #folder: string;

  constructor(folder: string, controllers: ReadonlySet<CgroupController>) {
    this.#folder = folder;
    this.controllers = controllers;
  }

  add(pid: number): Promise<void> {
    return write(this.#folder, "cgroup.procs", pid);
  }

  async setLimits(limits: SandboxLimits): Promise<void> {
    await setLimits(this.#folder, this.controllers, limits);
  }

  pids(): readonly number[] {
    return readPids(this.#folder);
  }

  oomKills(): number {
    return readKey(this.#folder, "memory.events", "oom_kill") ?? 0;
  }

  cpuMs(): number | undefined {
    const microseconds = readKey(this.#folder, "cpu.stat", "usage_usec");
    return microseconds === undefined ? undefined : microseconds / 1000;
  }

  async setFrozen(frozen: boolean): Promise<boolean> {
    const state = frozen ? 1 : 0;
    if (read(this.#folder, "cgroup.freeze") === "") return false;
    if (!(await tryWrite(this.#folder, "cgroup.freeze", state))) return false;
    // Nothing to read: the group is gone, and with it what could move.
    return waitFor(() => [state, undefined].includes(readKey(this.#folder, "cgroup.events", "frozen")));
  }

  async kill(): Promise<void> {
    // Since Linux 5.14; all at once, so that nothing can fork away between two looks.
    await tryWrite(this.#folder, "cgroup.kill", 1);
    await killAll(() => this.pids(), KILL_TIMEOUT_MS);
  }

  async remove(): Promise<void> {
    await removeGroup(this.#folder);
  }
}

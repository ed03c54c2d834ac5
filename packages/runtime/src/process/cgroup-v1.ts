import { mkdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { killAll } from "../driver/kill-all.ts";
import type { SandboxLimits } from "../sandbox-driver.ts";
import { JAIL_PROCESSES } from "./cgroup.ts";
import type { Cgroup, CgroupController, Cgroups } from "./cgroup.ts";
import { read, readKey, readPids, removeGroup, subgroups, tryWrite, waitFor, write } from "./cgroup-files.ts";

const PERIOD_US = 100_000;
const KILL_TIMEOUT_MS = 5_000;
const LIMITING: readonly CgroupController[] = ["memory", "pids", "cpu"];

/** One tree per controller; `folders` has ours in each that we could make one in. */
export class CgroupV1 implements Cgroups {
  readonly kind = "v1";
  readonly controllers: ReadonlySet<CgroupController>;
  readonly #folders: ReadonlyMap<string, string>;

  private constructor(folders: ReadonlyMap<string, string>) {
    this.#folders = folders;
    this.controllers = new Set(LIMITING.filter((controller) => folders.has(controller)));
  }

  /** `mounts`: where each controller's tree is. */
  static async open(name: string, mounts: ReadonlyMap<string, string>): Promise<CgroupV1 | undefined> {
    const folders = new Map<string, string>();
    for (const controller of [...LIMITING, "freezer"]) {
      const mount = mounts.get(controller);
      if (mount === undefined) continue;
      const folder = join(mount, name);
      const made = await mkdir(folder, { recursive: true }).then(
        () => true,
        () => false,
      );
      if (made) folders.set(controller, folder);
    }
    return LIMITING.some((controller) => folders.has(controller)) ? new CgroupV1(folders) : undefined;
  }

  async create(key: string, limits: SandboxLimits): Promise<Cgroup> {
    const folders = new Map([...this.#folders].map(([controller, folder]) => [controller, join(folder, key)]));
    const group = new InstanceGroupV1(folders, this.controllers);
    try {
      for (const folder of folders.values()) await mkdir(folder, { recursive: true });
      await setLimits(folders, limits);
    } catch (error) {
      await group.remove().catch(() => {});
      throw error;
    }
    return group;
  }

  async sweep(): Promise<void> {
    const keys = new Set(
      [...this.#folders.values()].flatMap(subgroups).map((folder) => folder.split("/").at(-1) ?? ""),
    );
    for (const key of keys) {
      const folders = new Map([...this.#folders].map(([controller, folder]) => [controller, join(folder, key)]));
      const group = new InstanceGroupV1(folders, this.controllers);
      await group.setFrozen(false);
      await group.kill();
      await group.remove();
    }
  }

  async close(): Promise<void> {
    for (const folder of this.#folders.values()) await rmdir(folder).catch(() => {});
  }
}

async function setLimits(folders: ReadonlyMap<string, string>, limits: SandboxLimits): Promise<void> {
  const memory = folders.get("memory");
  const bytes = limits.memoryMb * 1024 * 1024;
  if (memory !== undefined) {
    await write(memory, "memory.limit_in_bytes", bytes);
    // Only where swap is accounted: without it swap would be memory beyond the limit.
    await tryWrite(memory, "memory.memsw.limit_in_bytes", bytes);
  }
  const pids = folders.get("pids");
  if (pids !== undefined) await write(pids, "pids.max", limits.processes + JAIL_PROCESSES);
  const cpu = folders.get("cpu");
  if (cpu !== undefined) {
    await write(cpu, "cpu.cfs_period_us", PERIOD_US);
    await write(cpu, "cpu.cfs_quota_us", Math.max(1_000, Math.round(limits.cpu * PERIOD_US)));
  }
}

class InstanceGroupV1 implements Cgroup {
  readonly controllers: ReadonlySet<CgroupController>;
  readonly #folders: ReadonlyMap<string, string>;

  constructor(folders: ReadonlyMap<string, string>, controllers: ReadonlySet<CgroupController>) {
    this.#folders = folders;
    this.controllers = controllers;
  }

  async add(pid: number): Promise<void> {
    for (const folder of this.#folders.values()) await write(folder, "cgroup.procs", pid);
  }

  async setLimits(limits: SandboxLimits): Promise<void> {
    await setLimits(this.#folders, limits);
  }

  pids(): readonly number[] {
    return [...new Set([...this.#folders.values()].flatMap(readPids))];
  }

  oomKills(): number {
    const memory = this.#folders.get("memory");
    return memory === undefined ? 0 : (readKey(memory, "memory.oom_control", "oom_kill") ?? 0);
  }

  cpuMs(): number | undefined {
    const cpu = this.#folders.get("cpu");
    const nanoseconds = cpu === undefined ? "" : read(cpu, "cpuacct.usage").trim();
    return nanoseconds === "" ? undefined : Number(nanoseconds) / 1e6;
  }

  async setFrozen(frozen: boolean): Promise<boolean> {
    const freezer = this.#folders.get("freezer");
    const state = frozen ? "FROZEN" : "THAWED";
    if (freezer === undefined || !(await tryWrite(freezer, "freezer.state", state))) return false;
    // Nothing to read: the group is gone, and with it what could move.
    return waitFor(() => [state, ""].includes(read(freezer, "freezer.state").trim()));
  }

  async kill(): Promise<void> {
    // A frozen process does not die.
    await this.setFrozen(false);
    await killAll(() => this.pids(), KILL_TIMEOUT_MS);
  }

  async remove(): Promise<void> {
    for (const folder of this.#folders.values()) await removeGroup(folder);
  }
}

import type { SandboxLimits } from "../sandbox-driver.ts";

export type CgroupController = "memory" | "pids" | "cpu";

/** The kernel's accounts of one instance. */
export interface Cgroup {
  /** What the kernel limits exactly. */
  readonly controllers: ReadonlySet<CgroupController>;
  add(pid: number): Promise<void>;
  /** Other limits from now on; @throws when more is in use than they allow. */
  setLimits(limits: SandboxLimits): Promise<void>;
  pids(): readonly number[];
  /** Processes that the kernel killed for want of memory. */
  oomKills(): number;
  cpuMs(): number | undefined;
  /** False when this kind cannot; then signals must do. */
  setFrozen(frozen: boolean): Promise<boolean>;
  kill(): Promise<void>;
  remove(): Promise<void>;
}

/** The platform's place in the cgroup tree. */
export interface Cgroups {
  readonly kind: "v1" | "v2";
  readonly controllers: ReadonlySet<CgroupController>;
  create(key: string, limits: SandboxLimits): Promise<Cgroup>;
  /** Kills and removes every instance's group of this home. */
  sweep(): Promise<void>;
  /** Removes the place itself; it stays when an instance's group is in it. */
  close(): Promise<void>;
}

/** bwrap itself is two processes of an agent's jail. */
export const JAIL_PROCESSES = 2;

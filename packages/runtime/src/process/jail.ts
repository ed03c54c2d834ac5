import type { ChildProcess } from "node:child_process";
import type { Cage, ProcessEnd } from "../driver/cage.ts";
import { withSignal } from "../driver/child-end.ts";
import { killAll } from "../driver/kill-all.ts";
import { watchMemory } from "../driver/memory-watch.ts";
import type { MemoryWatch } from "../driver/memory-watch.ts";
import { childrenOf, isAlive, readStat, signal, treeOf, usageOf } from "../driver/process-tree.ts";
import type { InstanceBoot } from "../sandbox-driver.ts";
import type { Cgroup } from "./cgroup.ts";
import { pinSocket } from "./cage-folder.ts";
import type { CageFolder } from "./cage-folder.ts";
import { markedProcesses } from "./jail-marker.ts";

const KILL_TIMEOUT_MS = 5_000;
const STOP_ROUNDS = 10;

export interface JailParts {
  readonly child: ChildProcess;
  readonly ended: Promise<ProcessEnd>;
  readonly marker: string;
  readonly folder: CageFolder;
  readonly ownerUid: number;
  readonly cgroup: Cgroup | undefined;
  /** Held by measuring; undefined when the cgroup holds it. */
  readonly memoryLimitBytes: number | undefined;
  readonly boot: InstanceBoot;
}

/** A running jail: bwrap outside, bwrap as pid 1 inside, the agent below it. Where pid 1 dies, the kernel ends them all. */
export class Jail implements Cage, AsyncDisposable {
  readonly ended: Promise<ProcessEnd>;
  readonly socketPath: string;
  readonly boot: InstanceBoot;
  readonly #parts: JailParts;
  readonly #watch: MemoryWatch | undefined;
  #killed: Promise<void> | undefined;
  #inner: { readonly pid: number; readonly startTime: string } | undefined;

  constructor(parts: JailParts) {
    this.#parts = parts;
    this.socketPath = parts.folder.socketPath;
    this.boot = parts.boot;
    this.ended = parts.ended.then(withSignal);
    if (parts.memoryLimitBytes !== undefined) {
      this.#watch = watchMemory({
        limitBytes: parts.memoryLimitBytes,
        read: () => usageOf(this.pids()).ownBytes,
        onExceeded: () => void this.kill(),
      });
    }
  }

  /** Known only after bwrap told it. */
  setInnerPid(pid: number): void {
    this.#inner = { pid, startTime: readStat(pid)?.startTime ?? "" };
  }

  /** Of the jail's own processes, without the bwrap outside. */
  pids(): readonly number[] {
    const inner = this.#inner;
    return inner === undefined || !isAlive(inner.pid, inner.startTime) ? [] : treeOf(inner.pid);
  }

  findSocket(): Promise<string | undefined> {
    return pinSocket(this.#parts.folder, this.#parts.ownerUid);
  }

  /** pid 1 does not pass signals on: the agent is its first child. */
  terminate(): boolean {
    const inner = this.#inner;
    if (inner === undefined || !isAlive(inner.pid, inner.startTime)) return false;
    const agent = childrenOf(inner.pid)[0];
    return agent !== undefined && signal(agent, "SIGTERM");
  }

  kill(): Promise<void> {
    return (this.#killed ??= this.#kill());
  }

  async freeze(): Promise<void> {
    if ((await this.#parts.cgroup?.setFrozen(true)) === true) return;
    // A process may fork between the look and the signal: again until all have stopped.
    for (let round = 0; round < STOP_ROUNDS; round++) {
      const moving = this.pids().filter((pid) => readStat(pid)?.state !== "T");
      if (moving.length === 0) return;
      for (const pid of moving) signal(pid, "SIGSTOP");
    }
  }

  async thaw(): Promise<void> {
    if ((await this.#parts.cgroup?.setFrozen(false)) === true) return;
    for (const pid of this.pids()) signal(pid, "SIGCONT");
  }

  usage(): Promise<{ readonly rssBytes: number; readonly cpuMs: number; readonly processes: number }> {
    const { rssBytes, cpuMs, processes } = usageOf(this.pids());
    return Promise.resolve({ rssBytes, cpuMs: this.#parts.cgroup?.cpuMs() ?? cpuMs, processes });
  }

  async ranOutOfMemory(): Promise<boolean> {
    if (this.#watch?.exceeded() === true) return true;
    // The kernel may have killed a child of the agent only, which then ended for reasons of its own.
    return (await this.ended).signal === "SIGKILL" && (this.#parts.cgroup?.oomKills() ?? 0) > 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch?.[Symbol.dispose]();
    await this.kill();
  }

  async #kill(): Promise<void> {
    await this.#parts.cgroup?.setFrozen(false);
    const inner = this.#inner;
    if (inner !== undefined && isAlive(inner.pid, inner.startTime)) signal(inner.pid, "SIGKILL");
    // Before bwrap has told its inner process only the marker finds it.
    else this.#parts.child.kill("SIGKILL");
    await killAll(() => (inner === undefined ? markedProcesses(this.#parts.marker) : this.pids()), KILL_TIMEOUT_MS);
    if (this.#parts.child.pid !== undefined) {
      const timer = setTimeout(() => this.#parts.child.kill("SIGKILL"), KILL_TIMEOUT_MS / 5);
      await this.ended;
      clearTimeout(timer);
    }
    await this.#parts.cgroup?.kill();
  }
}

import type { AgentHealth, Fault, InstanceView, Wake } from "../runtime.ts";
import type { Instance, ReleaseSpec } from "../sandbox-driver.ts";
import { agentHealth } from "./agent-health.ts";
import { Capacity } from "./capacity.ts";
import type { RoomNeeded } from "./capacity.ts";
import { busyVictim, idleVictim } from "./eviction.ts";
import { FaultBook } from "./fault-book.ts";
import type { OnFault } from "./faults.ts";
import { isUnderPressure } from "./host-memory.ts";
import type { HostMemory } from "./host-memory.ts";
import { shuttingDown } from "./pool-errors.ts";
import type { Lease, PooledInstance } from "./pooled-instance.ts";
import { ReleasePool } from "./release-pool.ts";
import type { Wish } from "./release-pool-options.ts";
import type { StartOptions, StartedInstance } from "./release-starts.ts";
import { within } from "./timers.ts";
import type { Timers } from "./timers.ts";
import { WakeLog } from "./wake-log.ts";
import { abortError } from "./abort-error.ts";

/** A task may wait this long for its caller's answer before its instance may be stopped. */
const HOLD_MS = 3_600_000;
/** What is left of the process after SIGTERM when the platform ends. */
const CLOSE_STOP_GRACE_MS = 5_000;
/** Instances on one machine, whatever memory they may use. */
const MAX_INSTANCES = 2_000;
const PRESSURE_CHECK_MS = 5_000;

export interface InstancePoolOptions {
  readonly start: (spec: ReleaseSpec, options: StartOptions) => Promise<StartedInstance>;
  readonly timers: Timers;
  readonly newInstanceId: () => string;
  readonly log: (line: string) => void;
  /** Of the limits of all instances together; absent: without bound. */
  readonly memoryMb?: number;
  /** Absent: nobody looks. */
  readonly hostMemory?: () => HostMemory;
  /** The last lines an instance printed, for its faults. */
  readonly lastOutput?: (agentId: string, instanceId: string) => string;
  readonly onWake?: (wake: Wake, spec: ReleaseSpec) => void;
  readonly onFault?: (fault: Fault, spec: ReleaseSpec) => void;
}

const ANYBODY: RoomNeeded = { orgId: "", memoryMb: 1, forCall: true, belowShare: false, isAboveShare: () => false };

/**
 * Finds or wakes an instance for a call. Agents scale to zero: the first call starts one, calls that come meanwhile
 * share the start, idle ones are stopped. One pool of instances per release, made by the first call and forgotten when
 * empty.
 */
export class InstancePool {
  readonly #options: InstancePoolOptions;
  readonly #live = new Map<string, ReleasePool>();
  readonly #draining = new Set<ReleasePool>();
  /** The releases of each agent that get new calls, as far as `drain` told. */
  readonly #kept = new Map<string, readonly string[]>();
  readonly #capacity: Capacity;
  readonly #wakes = new WakeLog();
  readonly #faults = new FaultBook();
  #cancelWatch: (() => void) | undefined;
  #closed = false;

  constructor(options: InstancePoolOptions) {
    this.#options = options;
    this.#capacity = new Capacity({
      memoryMb: options.memoryMb ?? Number.POSITIVE_INFINITY,
      instances: MAX_INSTANCES,
      makeRoom: (needed) => this.#makeRoom(needed),
    });
  }

  /**
   * A claim on an instance, preferably the one that `wish` names.
   * @throws PlatformError AGENT_START_*, ISOLATION_UNAVAILABLE, AGENT_OVERLOADED, SHUTTING_DOWN, or the signal's reason.
   */
  acquire(spec: ReleaseSpec, wish: Wish = {}): Promise<Lease> {
    if (this.#closed) return Promise.reject(shuttingDown());
    if (wish.signal?.aborted === true) return Promise.reject(abortError(wish.signal));
    const holder = wish.instanceId === undefined ? undefined : this.#poolOf(wish.instanceId);
    return (holder ?? this.#livePool(spec)).acquire(spec, wish);
  }

  /** The running instances of a release, never starting one. */
  running(releaseId: string): readonly Instance[] {
    return this.#pools()
      .filter((pool) => pool.spec.releaseId === releaseId)
      .flatMap((pool) => pool.running().map(({ instance }) => instance));
  }

  find(instanceId: string): Instance | undefined {
    return this.#member(instanceId)?.instance;
  }

  /** @throws AGENT_OVERLOADED when a call would be refused now for want of a place in the queue. */
  assertRoom({ releaseId }: Pick<ReleaseSpec, "releaseId">): void {
    this.#live.get(releaseId)?.assertRoom();
  }

  /** Where a wish stands in its queue, from 1; 0: it does not wait any more. */
  position({ releaseId }: Pick<ReleaseSpec, "releaseId">, wish: Wish): number {
    return this.#live.get(releaseId)?.position(wish) ?? 0;
  }

  health(agentId: string): AgentHealth {
    const pools = this.#pools().filter((pool) => pool.spec.agentId === agentId);
    const now = this.#options.timers.now();
    return agentHealth(
      { views: this.views(agentId), troubles: pools.map(({ trouble }) => trouble), now },
      this.#faults.of(agentId),
    );
  }

  wakes(agentId: string, limit: number): readonly Wake[] {
    return this.#wakes.recent(agentId, limit);
  }

  /** Stops an instance that does not answer any more, whatever it does. */
  discard(instanceId: string, detail: string): void {
    this.#poolOf(instanceId)?.discard(instanceId, detail);
  }

  cardInvalid(instanceId: string, detail: string): void {
    this.#poolOf(instanceId)?.cardInvalid(instanceId, detail);
  }

  /**
   * Keeps an instance alive although it is idle, because a task on it waits for its caller; at most an hour. Returns
   * the function that ends it; an instance that is gone needs no hold.
   */
  hold(instanceId: string): () => void {
    const member = this.#member(instanceId);
    if (member === undefined) return () => {};
    const release = member.hold();
    const cancel = this.#options.timers.after(HOLD_MS, () => end());
    const keepTimer = member.onGone(cancel);
    const end = (): void => {
      cancel();
      keepTimer();
      release();
    };
    return end;
  }

  /**
   * Instances of other releases take no new calls, finish theirs, then stop; resolves when the idle ones are gone. With
   * `keep` a task that waits for its caller's answer still gets it; without, the agent is going away and such tasks are
   * given up.
   */
  async drain(agentId: string, keep?: readonly string[]): Promise<void> {
    if (keep === undefined) this.#kept.delete(agentId);
    else this.#kept.set(agentId, keep);
    for (const [releaseId, pool] of this.#live) {
      if (pool.spec.agentId !== agentId) continue;
      if (keep?.includes(releaseId) === true) {
        pool.serveNew(true);
        continue;
      }
      this.#live.delete(releaseId);
      this.#draining.add(pool);
    }
    const ignoreHolds = keep === undefined;
    const leaving = [...this.#draining].filter((pool) => pool.spec.agentId === agentId);
    await Promise.all(leaving.map(async (pool) => await pool.drain({ ignoreHolds })));
  }

  views(agentId?: string): readonly InstanceView[] {
    return this.#pools()
      .filter((pool) => agentId === undefined || pool.spec.agentId === agentId)
      .flatMap((pool) => pool.views());
  }

  /** Refuses new and waiting calls, lets running ones finish within `graceMs`, then stops everything. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    this.#cancelWatch?.();
    const pools = this.#pools();
    for (const pool of pools) pool.refuseWaiting();
    const emptied = Promise.all(
      pools.map(async (pool) => {
        await pool.drain({ ignoreHolds: true });
        await pool.emptied();
      }),
    );
    await within(this.#options.timers, graceMs, emptied);
    await Promise.all(pools.map(async (pool) => await pool.stop(CLOSE_STOP_GRACE_MS)));
    // Starts that were cut off have to be gone as well.
    await within(this.#options.timers, CLOSE_STOP_GRACE_MS, emptied);
  }

  #livePool(spec: ReleaseSpec): ReleasePool {
    const { releaseId, agentId } = spec;
    const known = this.#live.get(releaseId);
    if (known !== undefined) return known;
    const { start, timers, newInstanceId, log } = this.#options;
    const pool: ReleasePool = new ReleasePool(spec, {
      start,
      timers,
      newInstanceId,
      log,
      capacity: this.#capacity,
      onWake: (wake) => this.#woken(wake, pool.spec),
      onFault: (fault, ended) => this.#faulty(pool.spec, fault, ended),
      waitingOfAgent: () => this.#waitingOf(agentId),
      onEmpty: () => {
        this.#draining.delete(pool);
        if (pool.isForgettable && this.#live.get(releaseId) === pool) this.#live.delete(releaseId);
      },
    });
    this.#live.set(releaseId, pool);
    pool.serveNew(this.#kept.get(agentId)?.includes(releaseId) ?? true);
    return pool;
  }

  #woken(wake: Wake, spec: ReleaseSpec): void {
    this.#wakes.append(wake);
    this.#options.onWake?.(wake, spec);
    this.#watchHost();
  }

  #faulty(spec: ReleaseSpec, ...[told, ended]: Parameters<OnFault>): void {
    const { agentId } = spec;
    const output = told.output ?? this.#options.lastOutput?.(agentId, told.instanceId) ?? "";
    const fault = { ...told, output };
    this.#faults.append(agentId, fault, { ended });
    this.#options.onFault?.(fault, spec);
  }

  #makeRoom(needed: RoomNeeded): void {
    let leaving = this.#pools().reduce((sum, pool) => sum + pool.leavingMb, 0);
    while (leaving < needed.memoryMb) {
      const candidates = this.#pools().flatMap((pool) => pool.candidates());
      const victim = idleVictim(candidates, needed) ?? busyVictim(candidates, needed);
      if (victim === undefined) return;
      leaving += victim.memoryMb;
      victim.leave();
    }
  }

  /** Looks at the machine while something runs: an idle instance at a time goes until there is memory again. */
  #watchHost(): void {
    const { hostMemory, timers, log } = this.#options;
    if (hostMemory === undefined || this.#cancelWatch !== undefined || this.#closed) return;
    this.#cancelWatch = timers.after(PRESSURE_CHECK_MS, () => {
      this.#cancelWatch = undefined;
      const pools = this.#pools();
      if (pools.every((pool) => pool.isEmpty)) return;
      if (isUnderPressure(hostMemory())) {
        const candidates = pools.flatMap((pool) => pool.candidates());
        const victim = idleVictim(candidates, { ...ANYBODY, forCall: false });
        if (victim !== undefined) log("the machine is short of memory: an idle instance is stopped");
        victim?.leave();
      }
      this.#watchHost();
    });
  }

  #waitingOf(agentId: string): number {
    let waiting = 0;
    for (const pool of this.#pools()) if (pool.spec.agentId === agentId) waiting += pool.waiting;
    return waiting;
  }

  #poolOf(instanceId: string): ReleasePool | undefined {
    return this.#pools().find((pool) => pool.find(instanceId) !== undefined);
  }

  #member(instanceId: string): PooledInstance | undefined {
    return this.#poolOf(instanceId)?.find(instanceId);
  }

  #pools(): readonly ReleasePool[] {
    return [...this.#live.values(), ...this.#draining];
  }
}

import type { InstanceView } from "../runtime.ts";
import type { Instance, ReleaseSpec } from "../sandbox-driver.ts";
import { shuttingDown } from "./pool-errors.ts";
import type { Lease, PooledInstance } from "./pooled-instance.ts";
import { ReleasePool } from "./release-pool.ts";
import type { StartOptions, StartedInstance, Wish } from "./release-pool.ts";
import { within } from "./timers.ts";
import type { Timers } from "./timers.ts";
import { abortError } from "./abort-error.ts";

/** A task may wait this long for its caller's answer before its instance may be stopped. */
const HOLD_MS = 3_600_000;
/** What is left of the process after SIGTERM when the platform ends. */
const CLOSE_STOP_GRACE_MS = 5_000;

export interface InstancePoolOptions {
  readonly start: (spec: ReleaseSpec, options: StartOptions) => Promise<StartedInstance>;
  readonly timers: Timers;
  readonly newInstanceId: () => string;
  readonly log: (line: string) => void;
}

/**
 * Finds or wakes an instance for a call. Agents scale to zero: the first call starts one, calls that come meanwhile
 * share the start, idle ones are stopped. One pool of instances per release, made by the first call and forgotten when
 * empty.
 */
export class InstancePool {
  readonly #options: InstancePoolOptions;
  readonly #live = new Map<string, ReleasePool>();
  readonly #draining = new Set<ReleasePool>();
  /** The release of each agent that gets new calls, as far as `drain` told. */
  readonly #kept = new Map<string, string>();
  #closed = false;

  constructor(options: InstancePoolOptions) {
    this.#options = options;
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

  /** Stops an instance that is of no use any more, whatever it does. */
  discard(instanceId: string): void {
    this.#poolOf(instanceId)?.discard(instanceId);
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
   * `keepReleaseId` a task that waits for its caller's answer still gets it; without, the agent is going away and such
   * tasks are given up.
   */
  async drain(agentId: string, keepReleaseId?: string): Promise<void> {
    if (keepReleaseId === undefined) this.#kept.delete(agentId);
    else this.#kept.set(agentId, keepReleaseId);
    for (const [releaseId, pool] of this.#live) {
      if (pool.spec.agentId !== agentId) continue;
      if (releaseId === keepReleaseId) {
        pool.keepMin(true);
        continue;
      }
      this.#live.delete(releaseId);
      this.#draining.add(pool);
    }
    const ignoreHolds = keepReleaseId === undefined;
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
      waitingOfAgent: () => this.#waitingOf(agentId),
      onEmpty: () => {
        this.#draining.delete(pool);
        if (pool.isForgettable && this.#live.get(releaseId) === pool) this.#live.delete(releaseId);
      },
    });
    this.#live.set(releaseId, pool);
    const kept = this.#kept.get(agentId);
    pool.keepMin(kept === undefined || kept === releaseId);
    return pool;
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

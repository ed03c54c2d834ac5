import type { PlatformError } from "@berth/protocol";
import type { InstanceView } from "../runtime.ts";
import type { Instance, InstanceExit, ReleaseSpec } from "../sandbox-driver.ts";
import { queueFull, shuttingDown, startError, waitedTooLong } from "./pool-errors.ts";
import { PooledInstance } from "./pooled-instance.ts";
import type { EgressListener, Lease } from "./pooled-instance.ts";
import { viewOf, viewOfUnborn } from "./instance-views.ts";
import type { Unborn } from "./instance-views.ts";
import { StartHistory } from "./start-history.ts";
import { within } from "./timers.ts";
import type { Timers } from "./timers.ts";
import { WaitQueue } from "./wait-queue.ts";

const MAX_WAITING = 256;
const QUEUE_TIMEOUT_MS = 30_000;
const STOP_GRACE_MS = 10_000;
const DISCARD_GRACE_MS = 1_000;

export interface StartedInstance {
  readonly instance: Instance;
  readonly driver: string;
}

export interface StartOptions {
  readonly instanceId: string;
  readonly signal: AbortSignal;
  readonly onEgress: EgressListener;
}

export interface ReleasePoolOptions {
  readonly start: (spec: ReleaseSpec, options: StartOptions) => Promise<StartedInstance>;
  readonly timers: Timers;
  readonly newInstanceId: () => string;
  /** Calls of the whole agent that wait, over all its releases. */
  readonly waitingOfAgent: () => number;
  readonly log: (line: string) => void;
  /** Nothing runs, starts or waits here any more. */
  readonly onEmpty: () => void;
}

export interface Wish {
  /** The instance that knows the caller's task, while it lives. */
  readonly instanceId?: string | undefined;
  readonly onEgress?: EgressListener | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The instances of one release. Life: live, then drained once: a drained pool serves whom it already queued and the
 * tasks it holds, stops each instance as it falls idle, and is empty in the end.
 */
export class ReleasePool {
  #spec: ReleaseSpec;
  readonly #options: ReleasePoolOptions;
  readonly #members = new Map<string, PooledInstance>();
  readonly #starting = new Map<string, Unborn>();
  readonly #stopping = new Map<string, PooledInstance>();
  readonly #queue: WaitQueue<Wish, Lease>;
  readonly #history: StartHistory;
  readonly #abortStarts = new AbortController();
  #cancelRefill: () => void = () => {};
  #keepsMin = false;
  #draining = false;
  #ignoresHolds = false;
  readonly #emptied: (() => void)[] = [];

  constructor(spec: ReleaseSpec, options: ReleasePoolOptions) {
    this.#spec = spec;
    this.#options = options;
    this.#queue = new WaitQueue(options.timers);
    this.#history = new StartHistory(() => options.timers.now());
  }

  get spec(): ReleaseSpec {
    return this.#spec;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  get isEmpty(): boolean {
    return this.#members.size + this.#starting.size + this.#stopping.size + this.#queue.size === 0;
  }

  /** Remembers nothing that a fresh pool would not know. */
  get isForgettable(): boolean {
    return this.isEmpty && !this.#minWanted() && this.#history.waitMs() === 0;
  }

  find(instanceId: string): PooledInstance | undefined {
    return this.#members.get(instanceId);
  }

  running(): readonly PooledInstance[] {
    return [...this.#members.values()];
  }

  acquire(spec: ReleaseSpec, wish: Wish): Promise<Lease> {
    this.#spec = spec;
    const lease = this.#give(wish);
    if (lease !== undefined) return Promise.resolve(lease);
    const backoff = this.#backoffError();
    if (backoff !== undefined) return Promise.reject(backoff);
    if (this.#options.waitingOfAgent() >= MAX_WAITING) return Promise.reject(queueFull(spec, MAX_WAITING));
    const timeoutMs = QUEUE_TIMEOUT_MS + (this.#members.size === 0 ? spec.limits.startTimeoutMs : 0);
    const timeoutError = (): PlatformError => waitedTooLong(spec, timeoutMs / 1_000);
    const waited = this.#queue.wait({ wish, timeoutMs, timeoutError, signal: wish.signal });
    this.#scale();
    return waited;
  }

  /** Whether `scale.min` counts: only for the release that gets new calls. */
  keepMin(keeps: boolean): void {
    this.#keepsMin = keeps;
    this.#scale();
  }

  /** Resolves when those that have nothing to do are gone. `ignoreHolds`: tasks that wait for an answer are given up. */
  async drain({ ignoreHolds }: { readonly ignoreHolds: boolean }): Promise<void> {
    this.#draining = true;
    this.#ignoresHolds ||= ignoreHolds;
    this.#cancelRefill();
    for (const member of this.#members.values()) this.#rest(member);
    const stopped = Promise.all([...this.#stopping.values()].map(async (member) => await member.instance.exited));
    await within(this.#options.timers, 2 * STOP_GRACE_MS, stopped);
    this.#checkEmpty();
  }

  /** Resolves when nothing runs, starts or waits here. */
  emptied(): Promise<void> {
    if (this.isEmpty) return Promise.resolve();
    return new Promise((resolve) => this.#emptied.push(resolve));
  }

  /** Ends whatever waits, starts or runs, calls included. */
  async stop(graceMs: number): Promise<void> {
    this.refuseWaiting();
    this.#abortStarts.abort(shuttingDown());
    await Promise.all(this.running().map(async (member) => await this.#stop(member, graceMs)));
  }

  discard(instanceId: string): void {
    const member = this.#members.get(instanceId);
    if (member !== undefined) void this.#stop(member, DISCARD_GRACE_MS);
  }

  refuseWaiting(): void {
    this.#queue.rejectAll(shuttingDown());
  }

  views(): readonly InstanceView[] {
    const failed = this.#history.recent();
    return [
      ...[...this.#starting.values()].map((starting) => viewOfUnborn(this.#spec, starting, "starting")),
      ...this.running().map((member) => viewOf(this.#spec, member, this.#draining ? "draining" : "ready")),
      ...[...this.#stopping.values()].map((member) => viewOf(this.#spec, member, "draining")),
      ...(failed === undefined ? [] : [viewOfUnborn(this.#spec, failed, "failed")]),
    ];
  }

  #give(wish: Wish): Lease | undefined {
    const wanted = wish.instanceId === undefined ? undefined : this.#members.get(wish.instanceId);
    const member = wanted ?? this.#leastLoaded();
    if (member === undefined || member.active >= this.#spec.scale.concurrency) return undefined;
    return member.lease(wish.onEgress);
  }

  #leastLoaded(): PooledInstance | undefined {
    let best: PooledInstance | undefined;
    for (const member of this.#members.values()) {
      if (best === undefined || member.active < best.active) best = member;
    }
    return best;
  }

  /** Set while nothing runs or starts and the next start has to wait. */
  #backoffError(): PlatformError | undefined {
    return this.#members.size + this.#starting.size > 0 ? undefined : this.#history.refusal(this.#spec);
  }

  /** Starts as many as the waiting calls and the minimum ask for, within `scale.max`. */
  #scale(): void {
    const { max, concurrency } = this.#spec.scale;
    const room = (): boolean => this.#members.size + this.#starting.size < max;
    if (this.#history.waitMs() === 0) {
      while (room() && this.#queue.size > this.#starting.size * concurrency) this.#start();
    }
    const backoff = this.#backoffError();
    if (backoff !== undefined) this.#queue.rejectAll(backoff);
    const waitMs = this.#history.refillMs();
    this.#cancelRefill();
    if (waitMs > 0) {
      if (this.#minWanted()) this.#cancelRefill = this.#options.timers.after(waitMs, () => this.#scale());
      return;
    }
    while (room() && this.#minWanted()) this.#start();
  }

  #minWanted(): boolean {
    if (!this.#keepsMin || this.#draining || this.#abortStarts.signal.aborted) return false;
    return this.#members.size + this.#starting.size < this.#spec.scale.min;
  }

  #start(): void {
    const { timers, newInstanceId, start } = this.#options;
    const unborn: Unborn = { instanceId: newInstanceId(), startedAt: timers.now() };
    let member: PooledInstance | undefined;
    this.#starting.set(unborn.instanceId, unborn);
    const onEgress: EgressListener = (decision) => member?.egress(decision);
    start(this.#spec, { instanceId: unborn.instanceId, signal: this.#abortStarts.signal, onEgress }).then(
      (started) => {
        member = this.#started(started);
      },
      (error: unknown) => this.#startFailed(unborn, error),
    );
  }

  #started({ instance, driver }: StartedInstance): PooledInstance {
    const member = new PooledInstance(instance, driver, () => this.#freed(member));
    this.#starting.delete(instance.instanceId);
    this.#history.started();
    this.#members.set(instance.instanceId, member);
    void instance.exited.then((exit) => this.#exited(member, exit));
    if (this.#abortStarts.signal.aborted) void this.#stop(member, 0);
    else this.#freed(member);
    return member;
  }

  #startFailed(unborn: Unborn, cause: unknown): void {
    this.#starting.delete(unborn.instanceId);
    const error = startError(this.#spec, cause);
    if (!this.#abortStarts.signal.aborted) {
      this.#history.failed(unborn, error);
      this.#log(`instance ${unborn.instanceId} did not start: ${error.message}`);
    }
    if (this.#members.size + this.#starting.size === 0) this.#queue.rejectAll(error);
    this.#scale();
    this.#checkEmpty();
  }

  #freed(member: PooledInstance): void {
    this.#queue.serve((wish) => this.#give(wish));
    this.#rest(member);
  }

  /** What becomes of an instance that may have nothing to do. */
  #rest(member: PooledInstance): void {
    if (!this.#members.has(member.instance.instanceId) || member.active > 0) return;
    if (member.held && !this.#ignoresHolds) return;
    if (this.#draining) {
      if (this.#queue.size === 0) void this.#stop(member, STOP_GRACE_MS);
      return;
    }
    const stopIdle = (): void => {
      const kept = this.#keepsMin ? this.#spec.scale.min : 0;
      if (this.#members.size > kept) void this.#stop(member, STOP_GRACE_MS);
    };
    member.idle(this.#options.timers.after(this.#spec.scale.idleSeconds * 1_000, stopIdle));
  }

  async #stop(member: PooledInstance, graceMs: number): Promise<void> {
    const { instanceId } = member.instance;
    member.cancelIdle();
    this.#members.delete(instanceId);
    this.#stopping.set(instanceId, member);
    try {
      await member.instance.stop(graceMs);
    } catch (error) {
      this.#log(`instance ${instanceId} could not be stopped: ${String(error)}`);
    }
  }

  #exited(member: PooledInstance, exit: InstanceExit): void {
    const { instanceId } = member.instance;
    member.gone();
    this.#members.delete(instanceId);
    const stopped = this.#stopping.delete(instanceId) || exit.reason === "STOPPED";
    if (!stopped) {
      this.#history.crashed({ startedAt: member.instance.startedAt, served: member.served });
      const how = exit.signal ?? `exit code ${exit.exitCode ?? "unknown"}`;
      this.#log(`instance ${instanceId} is gone: ${exit.reason} (${how})`);
    }
    this.#scale();
    this.#checkEmpty();
  }

  #checkEmpty(): void {
    if (!this.isEmpty) return;
    for (const resolve of this.#emptied.splice(0)) resolve();
    this.#options.onEmpty();
  }

  #log(line: string): void {
    this.#options.log(`agent ${this.#spec.agentName}: ${line}`);
  }
}

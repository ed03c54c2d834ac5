import type { PlatformError } from "@berth/protocol";
import { FaultReason } from "../runtime.ts";
import type { InstanceView } from "../runtime.ts";
import type { InstanceExit, ReleaseSpec } from "../sandbox-driver.ts";
import type { Candidate } from "./eviction.ts";
import { ReleaseFaults, endFault, slowStart, startFault } from "./faults.ts";
import { shuttingDown } from "./pool-errors.ts";
import { PooledInstance } from "./pooled-instance.ts";
import type { EgressListener, Lease } from "./pooled-instance.ts";
import type { ReleasePoolOptions, Wish } from "./release-pool-options.ts";
import { ReleaseQueue } from "./release-queue.ts";
import { ReleaseStarts } from "./release-starts.ts";
import type { Arrival, StartCause } from "./release-starts.ts";
import { hasOneTooMany, needsOneMore, targetOf, wantsOneMore } from "./scale-plan.ts";
import type { Load } from "./scale-plan.ts";
import { InstanceSet } from "./instance-set.ts";
import { LoadWindow } from "./load-window.ts";
import { viewOfUnborn } from "./instance-views.ts";
import type { Unborn } from "./instance-views.ts";
import { StartHistory } from "./start-history.ts";
import { within } from "./timers.ts";

/** For releases that only earlier tasks and previews still call: each redeployment may leave one behind. */
const LEFT_IDLE_MS = 10_000;
const STOP_GRACE_MS = 10_000;
const DISCARD_GRACE_MS = 1_000;

/**
 * The instances of one release. Life: live, then drained once: a drained pool serves whom it already queued and the
 * tasks it holds, stops each instance as it falls idle, and is empty in the end.
 */
export class ReleasePool {
  #spec: ReleaseSpec;
  readonly #options: ReleasePoolOptions;
  readonly #members = new InstanceSet();
  readonly #starts: ReleaseStarts;
  readonly #queue: ReleaseQueue<Wish, Lease>;
  readonly #history: StartHistory;
  readonly #faults: ReleaseFaults;
  #cancelRefill: () => void = () => {};
  readonly #window: LoadWindow;
  #servesNew = true;
  #draining = false;
  #ignoresHolds = false;
  readonly #emptied: (() => void)[] = [];

  constructor(spec: ReleaseSpec, options: ReleasePoolOptions) {
    this.#spec = spec;
    this.#options = options;
    this.#queue = new ReleaseQueue({
      ...options,
      spec: () => this.#spec,
      load: () => this.#load(),
      waitsForRoom: () => this.#starts.waitsForRoom,
    });
    this.#window = new LoadWindow(options.timers);
    this.#history = new StartHistory(() => options.timers.now());
    const { releaseId } = spec;
    this.#faults = new ReleaseFaults({ releaseId, now: () => options.timers.now(), onFault: options.onFault });
    this.#starts = new ReleaseStarts({
      ...options,
      spec: () => this.#spec,
      wanted: (cause) => this.#wanted(cause),
      onStarted: (arrival) => this.#started(arrival),
      onFailed: (unborn, error) => this.#startFailed(unborn, error),
    });
  }

  get spec(): ReleaseSpec {
    return this.#spec;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  get isEmpty(): boolean {
    return this.#members.isEmpty && this.#starts.size + this.#queue.size === 0;
  }

  /** Remembers nothing that a fresh pool would not know. */
  get isForgettable(): boolean {
    return this.isEmpty && !this.#minWanted() && this.#history.isBlank;
  }

  find(instanceId: string): PooledInstance | undefined {
    return this.#members.find(instanceId);
  }

  running(): readonly PooledInstance[] {
    return this.#members.running();
  }

  /** Why calls have to wait for the next start, and how long. */
  get trouble(): { readonly state: "failing" | "crashlooping"; readonly waitMs: number } | undefined {
    const state = this.#history.trouble;
    return state === undefined ? undefined : { state, waitMs: this.#history.waitMs() };
  }

  /** Of instances on their way out. */
  get leavingMb(): number {
    return this.#members.leavingMb;
  }

  /** What may be stopped for others. */
  candidates(): readonly Candidate[] {
    return this.#members.candidates(this.#spec, {
      kept: this.#keptCount(),
      isLeft: !this.#servesNew,
      leave: (member) => this.#retire(member),
    });
  }

  acquire(spec: ReleaseSpec, wish: Wish): Promise<Lease> {
    this.#spec = spec;
    const lease = this.#give(wish);
    if (lease !== undefined) {
      this.#scale();
      return Promise.resolve(lease);
    }
    const refusal = this.#backoffError() ?? this.#queue.fullError();
    if (refusal !== undefined) return Promise.reject(refusal);
    const waited = this.#queue.join(wish, this.#members.size === 0 ? spec.limits.startTimeoutMs : 0);
    waited.catch(() => this.#trim());
    this.#scale(wish);
    wish.onQueued?.();
    return waited;
  }

  /** @throws AGENT_OVERLOADED when a call that has to wait would find no place. */
  assertRoom(): void {
    const least = this.#members.leastLoaded();
    const hasFree = least !== undefined && least.active < this.#spec.scale.concurrency;
    const full = hasFree ? undefined : this.#queue.fullError();
    if (full !== undefined) throw full;
  }

  /** From 1; 0: it does not wait here. */
  position(wish: Wish): number {
    return this.#queue.position(wish);
  }

  /** Whether the release gets new tasks. Only then `scale.min` counts, and an idle instance stays for `scale.idleSeconds`. */
  serveNew(serves: boolean): void {
    const changed = this.#servesNew !== serves;
    this.#servesNew = serves;
    if (changed) for (const member of this.running()) this.#rest(member);
    this.#scale();
  }

  /** Resolves when those that have nothing to do are gone. `ignoreHolds`: tasks that wait for an answer are given up. */
  async drain({ ignoreHolds }: { readonly ignoreHolds: boolean }): Promise<void> {
    this.#draining = true;
    this.#ignoresHolds ||= ignoreHolds;
    this.#cancelRefill();
    for (const member of this.running()) this.#rest(member);
    await within(this.#options.timers, 2 * STOP_GRACE_MS, this.#members.stopped());
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
    this.#starts.abort(shuttingDown());
    await Promise.all(this.running().map(async (member) => await this.#stop(member, graceMs)));
  }

  discard(instanceId: string, detail: string): void {
    const member = this.#members.find(instanceId);
    if (member === undefined) return;
    this.#faults.ended(instanceId, { reason: FaultReason.Hung, detail });
    void this.#stop(member, DISCARD_GRACE_MS);
  }

  /** The card of an instance cannot be read. It lives on: its next release may be the same code. */
  cardInvalid(instanceId: string, detail: string): void {
    this.#faults.seen(instanceId, { reason: FaultReason.CardInvalid, detail });
  }

  refuseWaiting(): void {
    this.#queue.rejectAll(shuttingDown());
    this.#starts.trim(() => true);
  }

  views(): readonly InstanceView[] {
    const failed = this.#history.recent();
    return [
      ...this.#starts.unborn().map((starting) => viewOfUnborn(this.#spec, starting, "starting")),
      ...this.#members.views(this.#spec, { draining: this.#draining }),
      ...(failed === undefined ? [] : [viewOfUnborn(this.#spec, failed, "failed")]),
    ];
  }

  #give(wish: Wish): Lease | undefined {
    const wanted = wish.instanceId === undefined ? undefined : this.#members.find(wish.instanceId);
    const member = wanted ?? this.#members.leastLoaded();
    if (member === undefined || member.active >= this.#spec.scale.concurrency) return undefined;
    const { timers } = this.#options;
    const since = timers.now();
    return member.lease(wish.onEgress, () => this.#queue.took(timers.now() - since));
  }

  #load(): Load {
    return { ...this.#members.load, waiting: this.#queue.size, starting: this.#starts.size };
  }

  /** Set while nothing runs or starts and the next start has to wait. */
  #backoffError(): PlatformError | undefined {
    return this.#members.size + this.#starts.size > 0 ? undefined : this.#history.refusal(this.#spec);
  }

  /** Starts as many as the waiting calls, the load and the minimum ask for, within `scale.max`. */
  #scale(wish: Wish | undefined = this.#queue.first): void {
    const { scale } = this.#spec;
    const reason = wish?.call === undefined ? "check" : "call";
    if (this.#history.waitMs() === 0) {
      while (needsOneMore(this.#load(), scale)) this.#starts.begin({ reason, ...wish?.call });
    }
    const backoff = this.#backoffError();
    if (backoff !== undefined) this.#queue.rejectAll(backoff);
    this.#watchLoad();
    const waitMs = this.#history.refillMs();
    this.#cancelRefill();
    if (waitMs > 0) {
      if (this.#minWanted()) this.#cancelRefill = this.#options.timers.after(waitMs, () => this.#scale());
      return;
    }
    while (this.#minWanted()) this.#starts.begin({ reason: "min" });
    if (!this.#draining && wantsOneMore(this.#load(), scale)) this.#starts.begin({ reason: "load" });
  }

  #keptCount(): number {
    return this.#servesNew ? this.#spec.scale.min : 0;
  }

  #keepsMin(): boolean {
    return this.#servesNew && !this.#draining && !this.#starts.aborted;
  }

  #minWanted(): boolean {
    const { serving, starting } = this.#load();
    return this.#keepsMin() && serving + starting < this.#spec.scale.min;
  }

  /** Whether one that waits for room is still wanted, and by whom. */
  #wanted({ reason }: StartCause): "call" | "wish" | undefined {
    const { active, waiting, serving } = this.#load();
    if (waiting > 0) return "call";
    if (!this.#keepsMin()) return undefined;
    if (serving < this.#spec.scale.min) return "wish";
    return reason === "load" && active > serving * targetOf(this.#spec.scale) ? "wish" : undefined;
  }

  #trim(): void {
    this.#starts.trim((cause) => this.#wanted(cause) === undefined);
    this.#checkEmpty();
  }

  /** One instance goes for each `idleSeconds` in which one less would have done. */
  #watchLoad(): void {
    const { scale } = this.#spec;
    const { active, serving } = this.#load();
    if (serving <= Math.max(1, scale.min) || this.#draining) {
      this.#window.end();
      return;
    }
    this.#window.see(active);
    this.#window.begin(scale.idleSeconds * 1_000, (peak) => {
      const [least] = this.running()
        .filter((member) => !member.retiring && !member.held)
        .sort((a, b) => a.active - b.active);
      if (least !== undefined && hasOneTooMany(this.#load().serving, peak, this.#spec.scale)) this.#retire(least);
      this.#watchLoad();
    });
  }

  /** It takes no new calls and goes when it has none. */
  #retire(member: PooledInstance): void {
    member.retiring = true;
    this.#rest(member);
  }

  #started({ instance, driver, startMs, free }: Arrival): EgressListener {
    const { timers } = this.#options;
    const { memoryMb, startTimeoutMs } = this.#spec.limits;
    const onFree = (): void => this.#freed(member);
    const member = new PooledInstance({ instance, driver, memoryMb, now: () => timers.now(), onFree });
    this.#history.started();
    this.#members.add(member);
    const slow = slowStart(startMs, startTimeoutMs);
    if (slow !== undefined) this.#faults.seen(instance.instanceId, slow);
    void instance.exited.then((exit) => this.#exited(member, exit, free));
    if (this.#starts.aborted) void this.#stop(member, 0);
    else this.#serve(member);
    return (decision) => member.egress(decision);
  }

  #startFailed(unborn: Unborn, error: PlatformError): void {
    if (!this.#starts.aborted) {
      this.#history.failed(unborn, error);
      this.#faults.ended(unborn.instanceId, startFault(error));
      this.#log(`instance ${unborn.instanceId} did not start: ${error.message}`);
    }
    if (this.#members.size + this.#starts.size === 0) this.#queue.rejectAll(error);
    this.#scale();
    this.#checkEmpty();
  }

  /** A call or a hold ended. */
  #freed(member: PooledInstance): void {
    if (this.#members.has(member.instance.instanceId)) this.#history.served();
    this.#serve(member);
    void this.#checkMemory(member);
  }

  #serve(member: PooledInstance): void {
    if (this.#queue.size > 0) {
      this.#queue.serve((wish) => this.#give(wish));
      if (this.#queue.size === 0) this.#trim();
    }
    this.#rest(member);
  }

  /** One that grows towards its limit is replaced before it is killed in the middle of a call. */
  async #checkMemory(member: PooledInstance): Promise<void> {
    if (member.retiring) return;
    const detail = await member.growth();
    const { instanceId } = member.instance;
    if (detail === undefined || member.retiring || !this.#members.has(instanceId)) return;
    this.#faults.ended(instanceId, { reason: FaultReason.Leaked, detail });
    this.#log(`instance ${instanceId} is replaced: ${detail}`);
    this.#retire(member);
    this.#scale();
  }

  /** What becomes of an instance that may have nothing to do. */
  #rest(member: PooledInstance): void {
    if (!this.#members.has(member.instance.instanceId) || member.active > 0) return;
    if (member.held && !this.#ignoresHolds) return;
    if (member.retiring) {
      void this.#stop(member, STOP_GRACE_MS);
      return;
    }
    if (this.#draining) {
      if (this.#queue.size === 0) void this.#stop(member, STOP_GRACE_MS);
      return;
    }
    const stopIdle = (): void => {
      if (this.#load().serving > this.#keptCount()) void this.#stop(member, STOP_GRACE_MS);
    };
    const idleMs = this.#spec.scale.idleSeconds * 1_000;
    member.idle(this.#options.timers.after(this.#servesNew ? idleMs : Math.min(idleMs, LEFT_IDLE_MS), stopIdle));
    // Whoever waits for room may have it.
    this.#options.capacity.serve();
  }

  async #stop(member: PooledInstance, graceMs: number): Promise<void> {
    try {
      await this.#members.stop(member, graceMs);
    } catch (error) {
      this.#log(`instance ${member.instance.instanceId} could not be stopped: ${String(error)}`);
    }
  }

  #exited(member: PooledInstance, exit: InstanceExit, free: () => void): void {
    const { instanceId } = member.instance;
    const stopped = this.#members.remove(member) || exit.reason === "STOPPED";
    free();
    if (!stopped) {
      const { startedAt } = member.instance;
      this.#history.crashed({ startedAt, served: member.served }, exit);
      this.#faults.ended(instanceId, endFault(exit, this.#spec), exit.lastOutput);
      const how = exit.signal ?? `exit code ${exit.exitCode ?? "unknown"}`;
      this.#log(`instance ${instanceId} is gone: ${exit.reason} (${how})`);
    }
    this.#scale();
    this.#checkEmpty();
  }

  #checkEmpty(): void {
    if (!this.isEmpty) return;
    this.#window.end();
    for (const resolve of this.#emptied.splice(0)) resolve();
    this.#options.onEmpty();
  }

  #log(line: string): void {
    this.#options.log(`agent ${this.#spec.agentName}: ${line}`);
  }
}

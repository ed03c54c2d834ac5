import { MemoryTrend } from "./memory-trend.ts";
import type { EgressDecision, Instance } from "../sandbox-driver.ts";

export type EgressListener = (decision: EgressDecision) => void;

/** One call's claim on an instance. */
export interface Lease {
  /** Its `exited` tells the call why the instance is gone. */
  readonly instance: Instance;
  /** Twice is harmless. */
  release(): void;
}

export interface PooledInstanceOptions {
  readonly instance: Instance;
  readonly driver: string;
  readonly memoryMb: number;
  readonly now: () => number;
  /** A call or a hold ended. */
  readonly onFree: () => void;
}

/** A running instance and who is on it. */
export class PooledInstance {
  readonly instance: Instance;
  readonly driver: string;
  readonly #listeners = new Set<EgressListener>();
  readonly #whenGone = new Set<() => void>();
  readonly memoryMb: number;
  readonly #trend: MemoryTrend;
  readonly #now: () => number;
  readonly #onFree: () => void;
  #lastUsedAt: number;
  /** Takes no new calls and is stopped when it has none. */
  retiring = false;
  #holds = 0;
  #active = 0;
  #served = 0;
  #cancelIdle: () => void = () => {};

  constructor({ instance, driver, memoryMb, now, onFree }: PooledInstanceOptions) {
    this.instance = instance;
    this.driver = driver;
    this.memoryMb = memoryMb;
    this.#trend = new MemoryTrend(memoryMb);
    this.#now = now;
    this.#lastUsedAt = now();
    this.#onFree = onFree;
  }

  get lastUsedAt(): number {
    return this.#lastUsedAt;
  }

  get active(): number {
    return this.#active;
  }

  /** Calls that ended, well or not. */
  get served(): number {
    return this.#served;
  }

  get held(): boolean {
    return this.#holds > 0;
  }

  lease(onEgress: EgressListener | undefined, onEnd: () => void = () => {}): Lease {
    this.#cancelIdle();
    this.#active += 1;
    if (onEgress !== undefined) this.#listeners.add(onEgress);
    let released = false;
    return {
      instance: this.instance,
      release: () => {
        if (released) return;
        released = true;
        this.#active -= 1;
        this.#served += 1;
        this.#lastUsedAt = this.#now();
        onEnd();
        if (onEgress !== undefined) this.#listeners.delete(onEgress);
        this.#onFree();
      },
    };
  }

  /** Keeps the instance from being stopped for being idle until the returned function runs. */
  hold(): () => void {
    this.#cancelIdle();
    this.#holds += 1;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#holds -= 1;
      this.#onFree();
    };
  }

  /** Why it should be replaced, if its memory grew too much. Looks now and then, however often it is asked. */
  async growth(): Promise<string | undefined> {
    if (!this.#trend.isDue(this.#now())) return undefined;
    const stats = await this.instance.stats().catch(() => undefined);
    return stats === undefined ? undefined : this.#trend.sample(stats.rssBytes);
  }

  egress(decision: EgressDecision): void {
    for (const listener of this.#listeners) listener(decision);
  }

  /** The one idle timer, replaced by the next and ended by a lease or a hold. */
  idle(cancel: () => void): void {
    this.#cancelIdle();
    this.#cancelIdle = cancel;
  }

  cancelIdle(): void {
    this.#cancelIdle();
    this.#cancelIdle = () => {};
  }

  /** Runs when the instance is gone; the returned function takes it back. */
  onGone(run: () => void): () => void {
    this.#whenGone.add(run);
    return () => void this.#whenGone.delete(run);
  }

  gone(): void {
    this.cancelIdle();
    for (const run of this.#whenGone) run();
    this.#whenGone.clear();
  }
}

import type { PlatformError } from "@berth/protocol";
import type { ReleaseSpec } from "../sandbox-driver.ts";
import { queueFull, waitedTooLong } from "./pool-errors.ts";
import { queueOf, retrySeconds } from "./scale-plan.ts";
import type { Load } from "./scale-plan.ts";
import type { Timers } from "./timers.ts";
import { WaitQueue } from "./wait-queue.ts";

/** Of the last call in the mean time of calls. */
const CALL_WEIGHT = 0.1;

export interface ReleaseQueueOptions {
  readonly timers: Timers;
  readonly spec: () => ReleaseSpec;
  readonly load: () => Load;
  /** Calls of the whole agent that wait, over all its releases. */
  readonly waitingOfAgent: () => number;
  /** The machine is full, not the release. */
  readonly waitsForRoom: () => boolean;
}

/** The calls of one release that wait for an instance, within the bounds of its berth.json. */
export class ReleaseQueue<Wish extends { readonly signal?: AbortSignal | undefined }, Lease> extends WaitQueue<
  Wish,
  Lease
> {
  readonly #options: ReleaseQueueOptions;
  /** Mean time of calls; before the first one a second is as good a guess as any. */
  #callMs = 1_000;

  constructor(options: ReleaseQueueOptions) {
    super(options.timers);
    this.#options = options;
  }

  /** How long a call took, for those who ask when to come again. */
  took(ms: number): void {
    this.#callMs += (ms - this.#callMs) * CALL_WEIGHT;
  }

  /** AGENT_OVERLOADED when no more may wait. */
  fullError(): PlatformError | undefined {
    const { spec, waitingOfAgent } = this.#options;
    const { limit } = queueOf(spec().scale);
    return waitingOfAgent() < limit ? undefined : queueFull(spec(), { limit, retrySeconds: this.#retrySeconds() });
  }

  /** `startMs`: what is given besides, for a start. */
  join(wish: Wish, startMs: number): Promise<Lease> {
    const { spec, waitsForRoom } = this.#options;
    const timeoutMs = queueOf(spec().scale).ms + startMs;
    const timeoutError = (position: number): PlatformError =>
      waitedTooLong(spec(), {
        seconds: timeoutMs / 1_000,
        position,
        retrySeconds: this.#retrySeconds(),
        forRoom: waitsForRoom(),
      });
    return this.wait({ wish, timeoutMs, timeoutError, signal: wish.signal });
  }

  #retrySeconds(): number {
    return retrySeconds(this.#options.load(), this.#options.spec().scale, this.#callMs);
  }
}

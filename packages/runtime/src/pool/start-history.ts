import type { PlatformError } from "@berth/protocol";
import type { ReleaseSpec } from "../sandbox-driver.ts";
import type { Unborn } from "./instance-views.ts";
import { backingOff } from "./pool-errors.ts";
import { StartBackoff } from "./start-backoff.ts";

/** An instance that ends earlier, without having served a call, counts as crash-looping. */
const YOUNG_MS = 60_000;

/** How the last starts of a release went, and so when the next may be tried. */
export class StartHistory {
  readonly #starts = new StartBackoff();
  /** Crashes delay only restarts nobody waits for: a call that crashes the agent must not lock others out. */
  readonly #crashes = new StartBackoff();
  readonly #now: () => number;
  #lastFailure: { readonly unborn: Unborn; readonly error: PlatformError } | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  started(): void {
    this.#starts.succeeded();
    this.#lastFailure = undefined;
  }

  failed(unborn: Unborn, error: PlatformError): void {
    this.#starts.failed(this.#now());
    this.#lastFailure = { unborn: { ...unborn, detail: error.message }, error };
  }

  crashed({ startedAt, served }: { readonly startedAt: number; readonly served: number }): void {
    if (served === 0 && this.#now() - startedAt < YOUNG_MS) this.#crashes.failed(this.#now());
    else this.#crashes.succeeded();
  }

  /** Until a call may start one. */
  waitMs(): number {
    return this.#starts.waitMs(this.#now());
  }

  /** Until one may be started that nobody waits for. */
  refillMs(): number {
    return Math.max(this.waitMs(), this.#crashes.waitMs(this.#now()));
  }

  /** The failed start that the release still recovers from. */
  recent(): Unborn | undefined {
    return this.waitMs() > 0 ? this.#lastFailure?.unborn : undefined;
  }

  /** What a call is told that would need a start now. */
  refusal(spec: ReleaseSpec): PlatformError | undefined {
    const waitMs = this.waitMs();
    if (waitMs === 0 || this.#lastFailure === undefined) return undefined;
    return backingOff(spec, this.#lastFailure.error, { failures: this.#starts.failures, waitMs });
  }
}

import type { PlatformError } from "@berth/protocol";
import type { InstanceExit, ReleaseSpec } from "../sandbox-driver.ts";
import { CrashLoop } from "./crash-loop.ts";
import type { Unborn } from "./instance-views.ts";
import { backingOff, crashLooping } from "./pool-errors.ts";
import { StartBackoff } from "./start-backoff.ts";

/** An instance that ends earlier, without having served a call, delays a restart that nobody waits for. */
const YOUNG_MS = 60_000;

/** How the last starts of a release went, and so when the next may be tried. */
export class StartHistory {
  readonly #starts = new StartBackoff();
  /** Restarts that nobody waits for are delayed by the first crash, those for a call only in a crash loop. */
  readonly #refills = new StartBackoff();
  readonly #loop = new CrashLoop();
  readonly #now: () => number;
  #lastFailure: { readonly unborn: Unborn; readonly error: PlatformError } | undefined;
  #lastExit: InstanceExit | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  started(): void {
    this.#starts.succeeded();
    this.#lastFailure = undefined;
  }

  /** A call ended on an instance that lives. */
  served(): void {
    this.#loop.ended();
    this.#refills.succeeded();
  }

  failed(unborn: Unborn, error: PlatformError): void {
    this.#starts.failed(this.#now());
    this.#lastFailure = { unborn: { ...unborn, detail: error.message }, error };
  }

  crashed({ startedAt, served }: { readonly startedAt: number; readonly served: number }, exit: InstanceExit): void {
    const now = this.#now();
    if (served > 0) return;
    this.#lastExit = exit;
    this.#loop.crashed(now);
    if (now - startedAt < YOUNG_MS) this.#refills.failed(now);
  }

  /** Until a call may start one. */
  waitMs(): number {
    return Math.max(this.#starts.waitMs(this.#now()), this.#loop.waitMs(this.#now()));
  }

  /** Until one may be started that nobody waits for. */
  refillMs(): number {
    return Math.max(this.waitMs(), this.#refills.waitMs(this.#now()));
  }

  /** Nothing of it matters any more. */
  get isBlank(): boolean {
    return this.waitMs() === 0 && !this.#loop.counts(this.#now());
  }

  /** Why calls have to wait, while they have to. */
  get trouble(): "failing" | "crashlooping" | undefined {
    if (this.#loop.waitMs(this.#now()) > 0) return "crashlooping";
    return this.#starts.waitMs(this.#now()) > 0 ? "failing" : undefined;
  }

  /** The failed start that the release still recovers from. */
  recent(): Unborn | undefined {
    return this.#starts.waitMs(this.#now()) > 0 ? this.#lastFailure?.unborn : undefined;
  }

  /** What a call is told that would need a start now. */
  refusal(spec: ReleaseSpec): PlatformError | undefined {
    const waitMs = this.waitMs();
    if (waitMs === 0) return undefined;
    if (this.trouble === "crashlooping" && this.#lastExit !== undefined) {
      return crashLooping(spec, this.#lastExit, { crashes: this.#loop.crashes, waitMs });
    }
    if (this.#lastFailure === undefined) return undefined;
    return backingOff(spec, this.#lastFailure.error, { failures: this.#starts.failures, waitMs });
  }
}

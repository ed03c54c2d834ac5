import type { PlatformError } from "@berth/protocol";
import type { Wake } from "../runtime.ts";
import type { Instance, ReleaseSpec } from "../sandbox-driver.ts";
import type { Capacity } from "./capacity.ts";
import type { Unborn } from "./instance-views.ts";
import { startError } from "./pool-errors.ts";
import type { EgressListener } from "./pooled-instance.ts";
import type { Timers } from "./timers.ts";

export interface StartedInstance {
  readonly instance: Instance;
  readonly driver: string;
}

export interface StartOptions {
  readonly instanceId: string;
  readonly signal: AbortSignal;
  readonly onEgress: EgressListener;
}

export type StartCause = Pick<Wake, "reason" | "by" | "taskId">;

/** What its release does with one that came up. */
export interface Arrival extends StartedInstance {
  readonly startMs: number;
  /** When it is gone. */
  readonly free: () => void;
}

export interface ReleaseStartsOptions {
  readonly start: (spec: ReleaseSpec, options: StartOptions) => Promise<StartedInstance>;
  readonly timers: Timers;
  readonly newInstanceId: () => string;
  readonly capacity: Capacity;
  readonly spec: () => ReleaseSpec;
  readonly wanted: (cause: StartCause) => "call" | "wish" | undefined;
  readonly onWake: (wake: Wake) => void;
  /** Returns who hears of the instance's egress. */
  readonly onStarted: (arrival: Arrival) => EgressListener;
  readonly onFailed: (unborn: Unborn, error: PlatformError) => void;
}

interface Pending {
  readonly unborn: Unborn;
  readonly cause: StartCause;
  /** Set while it waits for room. */
  cancel: (() => void) | undefined;
}

/** The instances of one release that are on their way: first they wait for room on the machine, then they come up. */
export class ReleaseStarts {
  readonly #options: ReleaseStartsOptions;
  readonly #pending = new Map<string, Pending>();
  readonly #abort = new AbortController();

  constructor(options: ReleaseStartsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#pending.size;
  }

  get aborted(): boolean {
    return this.#abort.signal.aborted;
  }

  get waitsForRoom(): boolean {
    return [...this.#pending.values()].some(({ cancel }) => cancel !== undefined);
  }

  unborn(): readonly Unborn[] {
    return [...this.#pending.values()].map(({ unborn }) => unborn);
  }

  begin(cause: StartCause): void {
    const { capacity, timers, newInstanceId, spec, wanted } = this.#options;
    const unborn: Unborn = { instanceId: newInstanceId(), startedAt: timers.now() };
    const pending: Pending = { unborn, cause, cancel: undefined };
    this.#pending.set(unborn.instanceId, pending);
    const { orgId, limits } = spec();
    let begun = false;
    const cancel = capacity.request({
      orgId,
      memoryMb: limits.memoryMb,
      wanted: () => wanted(cause),
      start: (free) => {
        begun = true;
        pending.cancel = undefined;
        this.#start(pending, free);
      },
    });
    if (!begun) pending.cancel = cancel;
  }

  /** Takes back those that still wait for room and that nobody wants any more. */
  trim(isUnwanted: (cause: StartCause) => boolean): void {
    for (const [instanceId, pending] of this.#pending) {
      const { cancel, cause, unborn } = pending;
      if (cancel === undefined || !isUnwanted(cause)) continue;
      this.#pending.delete(instanceId);
      cancel();
      this.#tell(pending, { outcome: "canceled", roomMs: this.#options.timers.now() - unborn.startedAt, startMs: 0 });
    }
  }

  abort(reason: PlatformError): void {
    this.#abort.abort(reason);
    this.trim(() => true);
  }

  #start(pending: Pending, free: () => void): void {
    const { timers, start, spec, onStarted, onFailed } = this.#options;
    const { unborn } = pending;
    const began = timers.now();
    const roomMs = began - unborn.startedAt;
    let listener: EgressListener | undefined;
    const options: StartOptions = {
      instanceId: unborn.instanceId,
      signal: this.#abort.signal,
      onEgress: (decision) => listener?.(decision),
    };
    start(spec(), options).then(
      (started) => {
        const startMs = timers.now() - began;
        this.#pending.delete(unborn.instanceId);
        this.#tell(pending, { outcome: "ready", roomMs, startMs, ...bootOf(started.instance) });
        listener = onStarted({ ...started, startMs, free });
      },
      (cause: unknown) => {
        this.#pending.delete(unborn.instanceId);
        const error = startError(spec(), cause);
        const outcome = this.aborted ? "canceled" : "failed";
        this.#tell(pending, { outcome, roomMs, startMs: timers.now() - began, detail: error.reason });
        free();
        onFailed(unborn, error);
      },
    );
  }

  #tell(
    { unborn, cause }: Pending,
    end: Pick<Wake, "outcome" | "roomMs" | "startMs"> & { readonly detail?: string },
  ): void {
    const { agentId, releaseId } = this.#options.spec();
    const at = new Date(unborn.startedAt).toISOString();
    this.#options.onWake({ at, agentId, releaseId, instanceId: unborn.instanceId, ...cause, ...end });
  }
}

/** How it came up, where its driver can start both ways. */
function bootOf({ boot }: Instance): { readonly detail?: string } {
  if (boot === undefined) return {};
  return { detail: boot.kind === "warm" ? "warm" : `cold: ${boot.reason}` };
}

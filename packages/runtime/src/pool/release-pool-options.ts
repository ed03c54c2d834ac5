import type { Wake } from "../runtime.ts";
import type { Capacity } from "./capacity.ts";
import type { OnFault } from "./faults.ts";
import type { EgressListener } from "./pooled-instance.ts";
import type { ReleaseStartsOptions } from "./release-starts.ts";
import type { Timers } from "./timers.ts";

export interface ReleasePoolOptions {
  readonly start: ReleaseStartsOptions["start"];
  readonly timers: Timers;
  readonly newInstanceId: () => string;
  readonly capacity: Capacity;
  /** Calls of the whole agent that wait, over all its releases. */
  readonly waitingOfAgent: () => number;
  readonly onWake: (wake: Wake) => void;
  readonly onFault: OnFault;
  readonly log: (line: string) => void;
  /** Nothing runs, starts or waits here any more. */
  readonly onEmpty: () => void;
}

export interface Wish {
  /** The instance that knows the caller's task, while it lives. */
  readonly instanceId?: string | undefined;
  readonly onEgress?: EgressListener | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Who asks, for the log of wakes; absent: a check of the release. */
  readonly call?: { readonly by: string; readonly taskId: string };
  /** It has to wait; said at once. */
  readonly onQueued?: () => void;
}

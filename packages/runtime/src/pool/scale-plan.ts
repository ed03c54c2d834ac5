import type { ReleaseScale } from "../sandbox-driver.ts";

/** Part of `concurrency` that the scaler aims at: the next instance is up before the last one is full. */
const DEFAULT_TARGET = 0.7;
/** Of what one instance less would aim at. Without the gap a load at the edge would start and stop an instance forever. */
const SHRINK_BELOW = 0.8;
const DEFAULT_QUEUE_LIMIT = 256;
const DEFAULT_QUEUE_SECONDS = 30;
const LONGEST_RETRY_SECONDS = 60;

/** What a release has at this moment. */
export interface Load {
  /** Calls on instances that take new ones. */
  readonly active: number;
  readonly waiting: number;
  /** Instances that take new calls. */
  readonly serving: number;
  readonly starting: number;
}

export function targetOf({ target, concurrency }: ReleaseScale): number {
  return target ?? Math.max(1, Math.floor(concurrency * DEFAULT_TARGET));
}

export function queueOf({ queueLimit, queueSeconds }: ReleaseScale): { readonly limit: number; readonly ms: number } {
  return { limit: queueLimit ?? DEFAULT_QUEUE_LIMIT, ms: (queueSeconds ?? DEFAULT_QUEUE_SECONDS) * 1_000 };
}

/** Waiting calls have nowhere to go without one more. */
export function needsOneMore({ waiting, serving, starting }: Load, { max, concurrency }: ReleaseScale): boolean {
  return serving + starting < max && waiting > starting * concurrency;
}

/** Nobody waits yet, but with one more nobody will. */
export function wantsOneMore({ active, waiting, serving, starting }: Load, scale: ReleaseScale): boolean {
  const up = serving + starting;
  return serving > 0 && up < scale.max && active + waiting > up * targetOf(scale);
}

/** Whether one instance less would have done for the whole of the last window. */
export function hasOneTooMany(serving: number, peak: number, scale: ReleaseScale): boolean {
  return serving > Math.max(1, scale.min) && peak <= (serving - 1) * targetOf(scale) * SHRINK_BELOW;
}

/** When a call that is refused now may find a place: until those before it are through. */
export function retrySeconds({ waiting, serving }: Load, { concurrency }: ReleaseScale, callMs: number): number {
  const seconds = ((waiting + 1) * callMs) / (Math.max(1, serving) * concurrency) / 1_000;
  return Math.min(LONGEST_RETRY_SECONDS, Math.max(1, Math.ceil(seconds)));
}

import { levelOf } from "@berth/telemetry";
import { MAX_BUCKETS } from "./telemetry-page.ts";
import type { LogBucket, LogRange } from "./telemetry-store.ts";

/** Counts of lines by bucket and level, filled one count at a time. */
export class LogBuckets {
  readonly #range: LogRange;
  readonly #widthUs: number;
  readonly #counts: Record<string, number>[];

  constructor(range: LogRange) {
    const buckets = Math.min(Math.max(Math.trunc(range.buckets), 1), MAX_BUCKETS);
    this.#range = { ...range, fromUs: Math.floor(range.fromUs), toUs: Math.ceil(range.toUs) };
    this.#widthUs = bucketWidthUs(this.#range, buckets);
    this.#counts = Array.from({ length: buckets }, () => ({}));
  }

  get fromUs(): number {
    return this.#range.fromUs;
  }

  get toUs(): number {
    return this.#range.toUs;
  }

  get widthUs(): number {
    return this.#widthUs;
  }

  /** Outside of the range nothing is counted: from `fromUs` on, before `toUs`. */
  add(atUs: number, severity: number, count = 1): void {
    if (atUs < this.#range.fromUs || atUs >= this.#range.toUs) return;
    const counts = this.#counts[Math.floor((atUs - this.#range.fromUs) / this.#widthUs)];
    if (counts === undefined) return;
    const level = levelOf(severity);
    counts[level] = (counts[level] ?? 0) + count;
  }

  toBuckets(): readonly LogBucket[] {
    return this.#counts.map((counts, i) => ({ fromUs: this.#range.fromUs + i * this.#widthUs, counts }));
  }
}

/** Whole microseconds, so that a database divides as we do. */
function bucketWidthUs({ fromUs, toUs }: LogRange, buckets: number): number {
  return Math.max(Math.ceil((toUs - fromUs) / buckets), 1);
}

import type { RunRecord, RunStore } from "@berth/store";

/** At the latest: whatever was missed is found then. */
const LONGEST_MS = 60_000;
const BATCH = 100;
const FAR = "9999-12-31T00:00:00.000Z";

/** Calls after `ms`, unless it is stopped. */
export type Schedule = (ms: number, call: () => void) => () => void;

export const bySystemTimer: Schedule = (ms, call) => {
  const timer = setTimeout(call, ms);
  timer.unref();
  return () => clearTimeout(timer);
};

/** Wakes runs whose moment has come. The moments are in the store; here is only the next look at them. */
export class RunTimers {
  readonly #runs: RunStore;
  readonly #now: () => Date;
  readonly #schedule: Schedule;
  readonly #wake: (run: RunRecord) => Promise<void>;
  readonly #log: (line: string) => void;
  #stop: (() => void) | undefined;
  #nextAt = Infinity;
  #looking: Promise<void> | undefined;
  #closed = false;

  constructor(options: {
    readonly runs: RunStore;
    readonly now: () => Date;
    readonly schedule: Schedule;
    readonly wake: (run: RunRecord) => Promise<void>;
    readonly log: (line: string) => void;
  }) {
    this.#runs = options.runs;
    this.#now = options.now;
    this.#schedule = options.schedule;
    this.#wake = options.wake;
    this.#log = options.log;
  }

  start(): void {
    this.expect(this.#now().toISOString());
  }

  /** A run is to be woken then. */
  expect(at: string): void {
    const moment = Math.min(Date.parse(at), this.#now().getTime() + LONGEST_MS);
    if (this.#closed || moment >= this.#nextAt) return;
    this.#stop?.();
    this.#nextAt = moment;
    this.#stop = this.#schedule(Math.max(0, moment - this.#now().getTime()), () => {
      this.#nextAt = Infinity;
      this.#looking = this.#look()
        .catch((error: unknown) => this.#log(`runs that are due could not be read: ${String(error)}`))
        .finally(() => this.expect(new Date(this.#now().getTime() + LONGEST_MS).toISOString()));
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stop?.();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const at = this.#now().toISOString();
    for (;;) {
      const due = await this.#runs.due(at, BATCH);
      for (const run of due) {
        // First: who has been woken parks itself again, perhaps for another moment. A restart wakes every run anyway.
        await this.#runs.wakeAt(run.orgId, run.taskId, undefined);
        await this.#wake(run);
      }
      if (due.length < BATCH || this.#closed) break;
    }
    // Others than the one that this look was for; and a timer can be early.
    const [next] = await this.#runs.due(FAR, 1);
    if (next?.wakeAt !== undefined) this.expect(next.wakeAt);
  }
}

import type { TelemetryStore } from "@berth/store";

export interface RetentionOptions {
  readonly store: Pick<TelemetryStore, "prune">;
  readonly days: number;
  readonly maxBytes: number;
  readonly now: () => Date;
  readonly log?: ((line: string) => void) | undefined;
}

const EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Drops what is older than it is kept, and the oldest of what is more than there is room for: at the start, then every hour. */
export class Retention {
  readonly #options: RetentionOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(async () => await this.#run());
    }, EVERY_MS).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { store, days, maxBytes, now, log } = this.#options;
    try {
      const beforeUs = (now().getTime() - days * DAY_MS) * 1_000;
      const dropped = await store.prune({ beforeUs, maxBytes });
      if (dropped.days > 0) log?.(`telemetry of ${dropped.days} days was dropped`);
    } catch (error) {
      log?.(`old telemetry could not be dropped: ${String(error)}`);
    }
  }
}

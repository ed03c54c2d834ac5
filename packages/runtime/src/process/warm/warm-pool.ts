import { setTimeout as delay } from "node:timers/promises";

export interface PooledJail extends AsyncDisposable {
  /** Never rejects. */
  readonly ended: Promise<unknown>;
  readonly isGone: boolean;
}

export interface WarmPoolOptions<J extends PooledJail> {
  /** 0: none. */
  readonly size: number;
  readonly make: (signal: AbortSignal) => Promise<J>;
  /** Agents that are being started: they come first. */
  readonly busy: () => boolean;
  readonly log: (line: string) => void;
}

const QUIET_LOOK_MS = 10;
/** A machine that starts agents all the time still gets its jails. */
const MAX_DEFERRAL_MS = 1_000;
const MAX_FAILURES = 3;

/**
 * Jails that wait for their agent. One is made at a time, while no agent is being started. Each is given away once; one that
 * ends by itself is replaced. After three failures in a row there are none until the platform starts again.
 */
export class WarmPool<J extends PooledJail> {
  readonly #options: WarmPoolOptions<J>;
  readonly #waiting = new Set<J>();
  readonly #closing = new AbortController();
  #filling: Promise<void> | undefined;
  #failures = 0;

  constructor(options: WarmPoolOptions<J>) {
    this.#options = options;
  }

  /** Begins to fill up. Twice is harmless. */
  fill(): void {
    if (!this.#wantsMore()) return;
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = undefined;
      this.fill();
    });
  }

  /** From now on the caller's; undefined when none is ready. */
  take(): J | undefined {
    for (const jail of this.#waiting) {
      this.#waiting.delete(jail);
      this.fill();
      if (!jail.isGone) return jail;
    }
    this.fill();
    return undefined;
  }

  waiting(): readonly J[] {
    return [...this.#waiting];
  }

  /** Resolves when it is as full as it gets. */
  async settled(): Promise<void> {
    while (this.#filling !== undefined) await this.#filling;
  }

  /** Resolves when no agent is being started, or before long. */
  async quiet(): Promise<void> {
    const { signal } = this.#closing;
    for (let waited = 0; this.#options.busy() && waited < MAX_DEFERRAL_MS; waited += QUIET_LOOK_MS) {
      await delay(QUIET_LOOK_MS, undefined, { signal }).catch(() => {});
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("the platform is shutting down"));
    await this.#filling;
    await Promise.all([...this.#waiting].map(async (jail) => await jail[Symbol.asyncDispose]()));
    this.#waiting.clear();
  }

  async #fill(): Promise<void> {
    const { make, log } = this.#options;
    while (this.#wantsMore()) {
      await this.quiet();
      try {
        this.#keep(await make(this.#closing.signal));
        this.#failures = 0;
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        this.#failures++;
        log(`${String(error)}${this.#failures < MAX_FAILURES ? "" : "; agents start cold from now on"}`);
      }
    }
  }

  #wantsMore(): boolean {
    if (this.#closing.signal.aborted || this.#failures >= MAX_FAILURES) return false;
    return this.#waiting.size < this.#options.size;
  }

  #keep(jail: J): void {
    this.#waiting.add(jail);
    void jail.ended.then(async () => {
      if (!this.#waiting.delete(jail)) return;
      await jail[Symbol.asyncDispose]();
      this.#failures++;
      this.fill();
    });
  }
}

export interface RoundsOptions {
  readonly everyMs: number;
  /** Must not throw; looks at `closed` between its parts. */
  readonly round: () => Promise<void>;
}

/** Work that is done again and again, never twice at once. Life: made → `start` → `close`. */
export class Rounds {
  readonly #options: RoundsOptions;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  get closed(): boolean {
    return this.#closed;
  }

  start(): void {
    this.#timer = setInterval(() => void this.run(), this.#options.everyMs);
    void this.run();
  }

  /** One round, or the rest of the one under way. */
  async run(): Promise<void> {
    if (this.#closed) return;
    this.#running ??= this.#options.round().finally(() => (this.#running = undefined));
    await this.#running;
  }

  /** Lets what is under way end. Twice is harmless. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
  }
}

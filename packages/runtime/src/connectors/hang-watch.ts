import type { Timers } from "../pool/timers.ts";

const PROBE_MS = 20_000;
const DEFAULT_HANG_MS = 120_000;

export interface HangWatchOptions {
  readonly timers: Timers;
  /** Rejects when the instance does not answer; whatever it answers is a sign of life. */
  readonly probe: () => Promise<void>;
  /** How long an instance with open calls may leave its probe unanswered. */
  readonly hangMs: number | undefined;
  /** The time is over. */
  readonly onHung: (seconds: number) => void;
}

/** Asks one instance whether it lives, as long as calls are open on it. */
export class HangWatch {
  readonly #options: HangWatchOptions;
  readonly #hangMs: number;
  #calls = 0;
  #cancel: (() => void) | undefined;
  #aliveAt = 0;

  constructor(options: HangWatchOptions) {
    this.#options = options;
    this.#hangMs = options.hangMs ?? DEFAULT_HANG_MS;
  }

  /** A call is open until the returned function runs. */
  enter(): () => void {
    this.#calls += 1;
    if (this.#calls === 1) {
      this.#aliveAt = this.#options.timers.now();
      this.#later();
    }
    return () => {
      this.#calls -= 1;
      if (this.#calls > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
    };
  }

  #later(): void {
    const ms = Math.min(PROBE_MS, this.#hangMs / 3);
    this.#cancel = this.#options.timers.after(ms, () => void this.#look());
  }

  async #look(): Promise<void> {
    const { probe, timers, onHung } = this.#options;
    const asked = this.#cancel;
    const alive = await probe().then(
      () => true,
      () => false,
    );
    // The calls ended meanwhile, and others may have begun with a watch of their own.
    if (this.#cancel !== asked || this.#calls === 0) return;
    const now = timers.now();
    if (alive) this.#aliveAt = now;
    const silentMs = now - this.#aliveAt;
    if (silentMs < this.#hangMs) this.#later();
    else onHung(Math.round(silentMs / 1_000));
  }
}

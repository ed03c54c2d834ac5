import type { Timers } from "./timers.ts";

/** The most calls at once in a stretch of time, again and again. Whoever begins one ends it. */
export class LoadWindow {
  readonly #timers: Timers;
  #cancel: (() => void) | undefined;
  #peak = 0;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  see(active: number): void {
    this.#peak = Math.max(this.#peak, active);
  }

  /** One that is open goes on. `onEnd` gets the peak; the next one has to be begun. */
  begin(ms: number, onEnd: (peak: number) => void): void {
    this.#cancel ??= this.#timers.after(ms, () => {
      this.#cancel = undefined;
      const peak = this.#peak;
      this.#peak = 0;
      onEnd(peak);
    });
  }

  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}

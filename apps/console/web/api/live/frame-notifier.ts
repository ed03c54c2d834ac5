/** How long a hidden tab, which has no frames, waits before it looks at what came. */
const HIDDEN_MS = 250;

/**
 * Tells React that a buffer has changed: data is written at once, and whoever draws it hears of it once per frame while the tab is
 * visible, and by a timer while it is not. Made for `useSyncExternalStore`.
 */
export class FrameNotifier {
  readonly #listeners = new Set<() => void>();
  #isDue = false;
  #version = 0;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Grows by one with each round of calls. */
  readonly version = (): number => this.#version;

  changed(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const run = (): void => {
      if (!this.#isDue) return;
      this.#isDue = false;
      this.#version += 1;
      for (const listener of this.#listeners) listener();
    };
    // A frame that never comes, because the tab was hidden meanwhile, is caught by the timer.
    if (document.visibilityState === "visible") requestAnimationFrame(run);
    setTimeout(run, HIDDEN_MS);
  }
}

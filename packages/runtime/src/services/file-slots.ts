/** Files on their way between an instance and the workspace, whole in memory while they are. */
const MAX_AT_ONCE = 4;

/**
 * Lets a few through at once, in the order they came; the others' bodies stay in their sockets. There are no more of them
 * than the socket has connections.
 */
export class FileSlots {
  #free = MAX_AT_ONCE;
  readonly #waiting: (() => void)[] = [];

  /** Resolves with the function that gives the slot back; twice is harmless. */
  async enter(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    };
  }
}

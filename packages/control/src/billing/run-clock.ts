import { isInterrupted } from "@berth/protocol";
import type { TaskEvent } from "@berth/protocol";

/** Adds up the time of a run that is its agent's: from acceptance on, less what it waits, for its caller or suspended. */
export class RunClock {
  readonly #acceptedAt: number;
  #waitedMs = 0;
  #waitingSince: number | undefined;

  constructor(acceptedAt: string) {
    this.#acceptedAt = Date.parse(acceptedAt);
  }

  see({ at, body }: Pick<TaskEvent, "at" | "body">): void {
    if (body.kind !== "status" && body.kind !== "run") return;
    const waits = body.kind === "run" ? body.phase === "suspended" : isInterrupted(body.status.state);
    if (waits) {
      this.#waitingSince ??= Date.parse(at);
      return;
    }
    this.#waitedMs += this.#waiting(Date.parse(at));
    this.#waitingSince = undefined;
  }

  /** Never negative, even when the clock was set back in between. */
  elapsedMs(at: string): number {
    const now = Date.parse(at);
    return Math.max(0, now - this.#acceptedAt - this.#waitedMs - this.#waiting(now));
  }

  #waiting(now: number): number {
    return this.#waitingSince === undefined ? 0 : Math.max(0, now - this.#waitingSince);
  }
}

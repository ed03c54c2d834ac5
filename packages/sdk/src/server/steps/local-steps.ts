import { setTimeout as pause } from "node:timers/promises";
import type { SleepTime, StepContext, StepOptions } from "../../context.ts";
import { attempt } from "./attempt.ts";
import { retryIn } from "./retry-in.ts";
import { sleepOf } from "./durable-operations.ts";

/** Steps of a skill that is not durable: remembered while the run is in this process. */
export class LocalSteps {
  readonly #signal: AbortSignal;
  readonly #steps = new Map<string, Promise<unknown>>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  step<T>(name: string, fn: (step: StepContext) => T | Promise<T>, options: StepOptions<T> = {}): Promise<T> {
    if (options.compensate !== undefined) {
      return Promise.reject(new Error(`Step "${name}": only a durable skill can compensate what it did.`));
    }
    // Whoever first used the name decided the type; asking for another under the same name is the author's bug.
    const known = this.#steps.get(name) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const running = this.#run(name, fn, options);
    this.#steps.set(name, running);
    running.catch(() => this.#steps.delete(name));
    return running;
  }

  async sleep(wait: SleepTime | Date): Promise<void> {
    const wish = sleepOf(wait);
    const end = "until" in wish ? Date.parse(wish.until) : Date.now() + wish.inSeconds * 1_000;
    // A timer holds 24 days at most.
    for (let left = end - Date.now(); left > 0; left = end - Date.now()) {
      await pause(Math.min(left, 2 ** 31 - 1), undefined, { signal: this.#signal });
    }
  }

  async #run<T>(name: string, fn: (step: StepContext) => T | Promise<T>, options: StepOptions<T>): Promise<T> {
    const { timeoutSeconds } = options;
    for (let number = 1; ; number++) {
      try {
        // Not in the scope of a durable step: what is shown here is shown.
        return await attempt(fn, { timeoutSeconds, signal: this.#signal, key: `step:${name}#1`, number });
      } catch (error) {
        const inSeconds = retryIn(options, number);
        if (inSeconds === undefined || this.#signal.aborted) throw error;
        await pause(inSeconds * 1_000, undefined, { signal: this.#signal });
      }
    }
  }
}

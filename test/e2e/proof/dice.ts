/** A small generator with a seed: a run that failed can be repeated. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 to `most`. */
  roll(most: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * (most + 1));
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from[this.roll(from.length - 1)];
  }
}

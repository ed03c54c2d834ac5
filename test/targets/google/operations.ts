import { Refusal } from "./refusal.ts";
import type { Json } from "./refusal.ts";

interface Waiting {
  polls: number;
  readonly finish: () => Json;
}

/** google.longrunning: each is done at its last look, unless it is told never to be; with no looks, when it is begun. */
export class Operations {
  readonly #all = new Map<string, Waiting>();
  readonly #looks: number;
  #count = 0;
  #isStuck = false;

  constructor(looks = 2) {
    this.#looks = looks;
  }

  /** From now on none ends. */
  stick(isStuck: boolean): void {
    this.#isStuck = isStuck;
  }

  /** `finish` gives `{ response }` or `{ error }` when it is done. */
  start(location: string, finish: () => Json): Json {
    this.#count += 1;
    const name = `${location}/operations/op-${this.#count}`;
    if (this.#looks === 0) return { name, done: true, ...finish() };
    this.#all.set(name, { polls: 0, finish });
    return { name, done: false };
  }

  poll(name: string): Json {
    const waiting = this.#all.get(name);
    if (waiting === undefined) throw new Refusal(404, "NOT_FOUND", `no operation ${name}`);
    waiting.polls += 1;
    if (this.#isStuck || waiting.polls < this.#looks) return { name, done: false };
    return { name, done: true, ...waiting.finish() };
  }
}

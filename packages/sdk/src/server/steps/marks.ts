import type { EmissionMark } from "@berth/protocol";
import { currentStep } from "./attempt.ts";
import type { Journal } from "./journal.ts";

/** Numbers what a run shows, in each step and outside of them, so that nothing is shown twice. */
export class Marks {
  readonly #journal: Pick<Journal, "shown">;
  readonly #counts = new Map<string, number>();
  readonly #shown = new Map<string, number>();

  constructor(journal: Pick<Journal, "shown">) {
    this.#journal = journal;
  }

  /** Of the next thing that is shown; undefined: callers have seen it. */
  next(): EmissionMark | undefined {
    const scope = currentStep.getStore()?.key ?? "";
    const n = (this.#counts.get(scope) ?? 0) + 1;
    this.#counts.set(scope, n);
    if (n <= Math.max(this.#journal.shown(scope), this.#shown.get(scope) ?? 0)) return undefined;
    this.#shown.set(scope, n);
    return { scope, n };
  }

  /** Of a question, which is put once the run suspends; again where another wait than its own has ended. */
  ofQuestion(): EmissionMark {
    this.next();
    return { scope: "", n: this.#counts.get("") ?? 1 };
  }

  /** Each try of a step shows the same; callers see it once. */
  again(scope: string): void {
    this.#counts.delete(scope);
  }
}

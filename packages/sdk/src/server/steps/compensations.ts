import { ServiceError } from "../../context.ts";
import { attempt, currentStep, saidBy } from "./attempt.ts";
import type { Journal, StepWrite } from "./journal.ts";

const ATTEMPTS = 3;

/** What undoes the steps that got done. */
export class Compensations {
  readonly #journal: Pick<Journal, "find">;
  readonly #write: (step: StepWrite) => Promise<unknown>;
  readonly #undo: { readonly key: string; readonly run: () => unknown }[] = [];

  constructor(journal: Pick<Journal, "find">, write: (step: StepWrite) => Promise<unknown>) {
    this.#journal = journal;
    this.#write = write;
  }

  add(key: string, run: () => unknown): void {
    this.#undo.push({ key, run });
  }

  /** The last first. One that fails does not keep the others from it. */
  async run(log: (key: string, error: unknown) => void): Promise<void> {
    for (const { key, run } of this.#undo.toReversed()) await this.#compensate(key, run, log);
  }

  async #compensate(step: string, run: () => unknown, log: (key: string, error: unknown) => void): Promise<void> {
    const key = `compensation:${step}`;
    const known = this.#journal.find(key);
    if (known?.phase === "done" || known?.final === true) return;
    const before = known?.failures ?? 0;
    for (let failures = before; failures < ATTEMPTS; failures++) {
      const number = (known?.attempts ?? 0) + failures - before + 1;
      const place = { key, op: "compensation", attempt: number } as const;
      await this.#write({ ...place, phase: "started" });
      try {
        // Whatever ended the run must not end this.
        const { signal } = new AbortController();
        const undo = async (): Promise<unknown> =>
          await attempt(run, { timeoutSeconds: undefined, signal, key, number });
        await currentStep.run({ key, usage: undefined }, undo);
        await this.#write({ ...place, phase: "done" });
        return;
      } catch (error) {
        if (error instanceof ServiceError) throw error;
        log(step, error);
        const final = failures + 1 >= ATTEMPTS ? ({ final: true } as const) : {};
        await this.#write({ ...place, phase: "failed", error: saidBy(error), ...final });
      }
    }
  }
}

import type { EvalSuite, Principal } from "@berth/protocol";
import type { EvalCaseResult, EvalRunRecord, EvalStatus, EvalStore } from "@berth/store";
import { formatScore, toThousandths } from "./score-answer.ts";

/** A run under way: its record, which is stored as it grows, and the signal that ends it. */
export class EvalRun {
  readonly controller: AbortController = new AbortController();
  readonly suite: EvalSuite;
  readonly principal: Principal;
  readonly agentName: string;
  readonly #store: Pick<EvalStore, "saveRun">;
  readonly #over = Promise.withResolvers<void>();
  #record: EvalRunRecord;
  #saving: Promise<void> = Promise.resolve();
  #unsaved = false;

  constructor(options: {
    readonly record: EvalRunRecord;
    readonly suite: EvalSuite;
    readonly principal: Principal;
    readonly agentName: string;
    readonly store: Pick<EvalStore, "saveRun">;
  }) {
    this.#record = options.record;
    this.suite = options.suite;
    this.principal = options.principal;
    this.agentName = options.agentName;
    this.#store = options.store;
  }

  get record(): EvalRunRecord {
    return this.#record;
  }

  get over(): Promise<void> {
    return this.#over.promise;
  }

  async add(result: EvalCaseResult): Promise<void> {
    const order = this.suite.cases.map(({ id }) => id);
    const cases = [...this.#record.cases, result].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
    this.#record = { ...this.#record, cases };
    await this.#save();
  }

  /** Without an error every case was scored. */
  async end(
    at: Date,
    outcome: { readonly status: Exclude<EvalStatus, "running">; readonly error?: string } | "scored",
  ): Promise<void> {
    const endedAt = at.toISOString();
    if (outcome === "scored") {
      const { cases, total, threshold } = this.#record;
      const score = Math.floor(cases.reduce((sum, each) => sum + toThousandths(each.score), 0) / total);
      const status = score >= toThousandths(threshold) ? "passed" : "failed";
      this.#record = { ...this.#record, status, score: formatScore(score), endedAt };
    } else {
      this.#record = { ...this.#record, ...outcome, endedAt };
    }
    try {
      await this.#save();
    } finally {
      this.#over.resolve();
    }
  }

  /** One write at a time and always of the newest state, so that an older one never overtakes it. */
  async #save(): Promise<void> {
    if (!this.#unsaved) {
      this.#unsaved = true;
      const before = this.#saving.catch(() => undefined); // told to whoever waited for it
      this.#saving = before.then(async () => {
        this.#unsaved = false;
        await this.#store.saveRun(this.#record);
      });
    }
    await this.#saving;
  }
}

import type { EvalSuite, Principal } from "@berth/protocol";
import type { EvalCaseResult, EvalRunRecord, EvalStatus, EvalStore, EvalUsage } from "@berth/store";
import type { AcceptOptions } from "../tasks/task-engine.ts";
import { addUsage } from "./grade-answer.ts";
import { formatScore, shorten, toThousandths } from "./score-answer.ts";

/** A run under way: its record, which is stored as it grows, and the signal that ends it. */
export class EvalRun {
  readonly controller: AbortController = new AbortController();
  readonly suite: EvalSuite;
  readonly principal: Principal;
  readonly agentName: string;
  /** The release that is called: what is deployed meanwhile does not matter to it. */
  readonly on: Pick<AcceptOptions, "release" | "candidate">;
  /** In thousandths, of cases and of the whole. */
  readonly threshold: number;
  readonly #onCase: ((result: EvalCaseResult) => void) | undefined;
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
    /** A release that is not published; default: that of the record. */
    readonly candidate?: AcceptOptions["candidate"];
    readonly onCase?: (result: EvalCaseResult) => void;
  }) {
    this.#record = options.record;
    this.suite = options.suite;
    this.principal = options.principal;
    this.agentName = options.agentName;
    const { candidate, record } = options;
    this.on = candidate === undefined ? { release: record.releaseId } : { candidate };
    this.threshold = toThousandths(record.threshold);
    this.#onCase = options.onCase;
    this.#store = options.store;
  }

  get record(): EvalRunRecord {
    return this.#record;
  }

  get over(): Promise<void> {
    return this.#over.promise;
  }

  async add(result: EvalCaseResult, judged?: EvalUsage): Promise<void> {
    const order = this.suite.cases.map(({ id }) => id);
    const cases = [...this.#record.cases, result].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
    const used = addUsage(this.#record.judged, judged);
    this.#record = { ...this.#record, cases, ...(used === undefined ? {} : { judged: used }) };
    this.#onCase?.(result);
    await this.#save();
  }

  /** `done`: every case was looked at. Where one could not be scored, the run has no score. */
  async end(
    at: Date,
    outcome: { readonly status: Exclude<EvalStatus, "running">; readonly error?: string } | "done",
  ): Promise<void> {
    const endedAt = at.toISOString();
    if (outcome === "done") {
      this.#record = { ...this.#record, ...this.#result(), endedAt };
    } else {
      this.#record = { ...this.#record, ...outcome, endedAt };
    }
    try {
      await this.#save();
    } finally {
      this.#over.resolve();
    }
  }

  #result(): Pick<EvalRunRecord, "status" | "score" | "error"> {
    const { cases, total } = this.#record;
    const open = cases.filter(({ notScored }) => notScored !== undefined);
    const [first] = open;
    if (first !== undefined) {
      const error = `${open.length} of ${total} cases could not be scored: ${first.id}: ${first.notScored}.`;
      return { status: "failed", error: shorten(error) };
    }
    const score = Math.floor(cases.reduce((sum, each) => sum + toThousandths(each.score ?? "0"), 0) / total);
    return { status: score >= this.threshold ? "passed" : "failed", score: formatScore(score) };
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

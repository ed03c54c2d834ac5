import { PlatformError } from "@berth/protocol";
import type { BatchOf, OtlpSignal, SignalRecords } from "./otlp-batch.ts";
import type { RecordBudget } from "./record-budget.ts";

/** An empty span takes two bytes: without this a request of 20 MiB would be ten million of them. */
export const MAX_RECORDS = 200_000;

/** A record, or why it is none. */
export type Read<R> = R | string;

export class BatchCollector<S extends OtlpSignal> {
  readonly #signal: S;
  readonly #records: SignalRecords[S][] = [];
  #invalid = 0;
  #reason: string | undefined;
  #dropped = 0;

  constructor(signal: S) {
    this.#signal = signal;
  }

  /** @throws REQUEST_TOO_LARGE */
  add(read: Read<SignalRecords[S]>, budget: RecordBudget): void {
    this.#dropped += budget.dropped;
    if (typeof read === "string") this.reject(read);
    else this.#records.push(read);
    if (this.#records.length + this.#invalid > MAX_RECORDS) {
      throw new PlatformError("REQUEST_TOO_LARGE", `A request has at most ${MAX_RECORDS} records.`, {
        hint: "Send smaller batches.",
      });
    }
  }

  reject(reason: string, count = 1): void {
    this.#invalid += count;
    this.#reason ??= reason;
  }

  addDropped(count: number): void {
    this.#dropped += count;
  }

  batch(): BatchOf<S> {
    return {
      signal: this.#signal,
      records: this.#records,
      invalid: this.#invalid,
      dropped: this.#dropped,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
    };
  }
}

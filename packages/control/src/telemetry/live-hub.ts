import type { SpanRecord, StoredLog } from "@berth/telemetry";
import type { LiveRecord } from "./telemetry.ts";

/** Records of one reader that wait to be read. */
const MAX_WAITING = 2_000;
/** In one record of the stream. */
const MAX_TOGETHER = 500;

export interface LiveWish {
  readonly orgId: string;
  readonly wantsSpan?: (span: SpanRecord) => boolean;
  readonly wantsLog?: (log: StoredLog) => boolean;
}

/** Hands records to whoever follows, in this process. Who reads too slowly misses some, and is told how many. */
export class LiveHub {
  readonly #readers = new Map<string, Set<LiveReader>>();
  readonly #maxWaiting: number;

  constructor({ maxWaiting = MAX_WAITING }: { readonly maxWaiting?: number } = {}) {
    this.#maxWaiting = maxWaiting;
  }

  get readers(): number {
    let count = 0;
    for (const readers of this.#readers.values()) count += readers.size;
    return count;
  }

  spans(orgId: string, spans: readonly SpanRecord[]): void {
    for (const reader of this.#readers.get(orgId) ?? []) reader.offerSpans(spans);
  }

  logs(orgId: string, logs: readonly StoredLog[]): void {
    for (const reader of this.#readers.get(orgId) ?? []) reader.offerLogs(logs);
  }

  /** What comes from now on. Ends with the signal; whoever opens it must end it. */
  open(wish: LiveWish, signal: AbortSignal): LiveReader {
    const readers = this.#readers.get(wish.orgId) ?? new Set();
    this.#readers.set(wish.orgId, readers);
    const reader = new LiveReader(wish, this.#maxWaiting);
    readers.add(reader);
    const end = (): void => {
      readers.delete(reader);
      if (readers.size === 0 && this.#readers.get(wish.orgId) === readers) this.#readers.delete(wish.orgId);
      reader.end();
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
    return reader;
  }
}

export class LiveReader {
  readonly #wish: LiveWish;
  readonly #maxWaiting: number;
  #spans: SpanRecord[] = [];
  #logs: StoredLog[] = [];
  #skipped = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(wish: LiveWish, maxWaiting: number) {
    this.#wish = wish;
    this.#maxWaiting = maxWaiting;
  }

  offerSpans(spans: readonly SpanRecord[]): void {
    const { wantsSpan } = this.#wish;
    if (wantsSpan !== undefined) this.#offer(this.#spans, spans, wantsSpan);
  }

  offerLogs(logs: readonly StoredLog[]): void {
    const { wantsLog } = this.#wish;
    if (wantsLog !== undefined) this.#offer(this.#logs, logs, wantsLog);
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *read(): AsyncGenerator<LiveRecord> {
    while (!this.#ended) {
      const skipped = this.#skipped;
      if (this.#logs.length > 0) yield { type: "logs", logs: this.#logs.splice(0, MAX_TOGETHER) };
      else if (this.#spans.length > 0) yield { type: "spans", spans: this.#spans.splice(0, MAX_TOGETHER) };
      // They were skipped behind what was just given: the gap stands where it is.
      else if (skipped > 0) {
        this.#skipped -= skipped;
        yield { type: "gap", skipped };
      } else await this.#more();
    }
  }

  async #more(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await promise;
    this.#wake = undefined;
  }

  #offer<T>(waiting: T[], records: readonly T[], wants: (record: T) => boolean): void {
    for (const record of records) {
      if (!wants(record)) continue;
      // Once some are missed the rest is too, until the reader has read what waits: one gap, at one place.
      if (this.#skipped > 0 || waiting.length >= this.#maxWaiting) this.#skipped += 1;
      else waiting.push(record);
    }
    this.#wake?.();
  }
}

import type { LogRecord, MetricPoint, SpanRecord, StoredLog, TelemetrySink } from "@berth/telemetry";
import type { TelemetryStore } from "@berth/store";

/** What takes part in what is recorded. On the path of every record: none of it waits or throws. */
interface RecorderTaps {
  /** Once they are stored: whoever is told of one can read it. */
  readonly onSpans: (orgId: string, spans: readonly SpanRecord[]) => void;
  /** Once it is stored, with the ids that are its place in the tail. */
  readonly onLogs: (orgId: string, logs: readonly StoredLog[]) => void;
  readonly onRecords: (orgId: string, records: Batch) => void;
  readonly onDropped: (records: number) => void;
}

export type Batch =
  | { readonly signal: "traces"; readonly records: readonly SpanRecord[] }
  | { readonly signal: "logs"; readonly records: readonly LogRecord[] }
  | { readonly signal: "metrics"; readonly records: readonly MetricPoint[] };

export interface RecorderOptions extends RecorderTaps {
  readonly store: Pick<TelemetryStore, "spans" | "logs" | "metrics">;
  readonly log?: ((line: string) => void) | undefined;
  /** For tests. */
  readonly maxRecords?: number;
}

/** Some hundred bytes each, tens of megabytes in all. */
const MAX_RECORDS = 50_000;
/** Agents may fill this share of the queue: what the platform itself saw still has room. */
const AGENTS_SHARE = 0.8;
const FLUSH_AFTER_MS = 100;
/** Of one signal of one organization, in one write. */
const MAX_BATCH = 2_000;

/**
 * Takes what there is to see and writes it to the store in batches, away from whoever saw it. The queue has a bound;
 * what does not fit is dropped and counted, as is what the store does not take.
 */
export class TelemetryRecorder implements TelemetrySink {
  readonly #options: RecorderOptions;
  readonly #maxRecords: number;
  #queue: { readonly orgId: string; readonly batch: Batch }[] = [];
  #waiting = 0;
  /** By organization. */
  readonly #dropped = new Map<string, number>();
  #flushing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failing = false;
  #closed = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#maxRecords = options.maxRecords ?? MAX_RECORDS;
  }

  /** Of an organization, since the start. */
  droppedOf(orgId: string): number {
    return this.#dropped.get(orgId) ?? 0;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Whether that many records of agents may come. */
  hasRoom(records: number): boolean {
    return !this.#closed && this.#waiting + records <= this.#maxRecords * AGENTS_SHARE;
  }

  spans(orgId: string, spans: readonly SpanRecord[]): void {
    this.#add(orgId, { signal: "traces", records: spans });
  }

  logs(orgId: string, logs: readonly LogRecord[]): void {
    this.#add(orgId, { signal: "logs", records: logs });
  }

  metrics(orgId: string, points: readonly MetricPoint[]): void {
    this.#add(orgId, { signal: "metrics", records: points });
  }

  /** Resolves when everything that was taken until now is written, or given up. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#flushing !== undefined || this.#queue.length > 0) {
      this.#flushing ??= this.#write().finally(() => (this.#flushing = undefined));
      await this.#flushing;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
  }

  #add(orgId: string, batch: Batch): void {
    const { length } = batch.records;
    if (length === 0) return;
    if (this.#closed || this.#waiting + length > this.#maxRecords) return this.#drop(orgId, length);
    this.#waiting += length;
    this.#queue.push({ orgId, batch });
    this.#options.onRecords(orgId, batch);
    if (this.#flushing === undefined) this.#timer ??= setTimeout(() => void this.flush(), FLUSH_AFTER_MS).unref();
  }

  #drop(orgId: string, records: number): void {
    this.#dropped.set(orgId, this.droppedOf(orgId) + records);
    this.#options.onDropped(records);
  }

  async #write(): Promise<void> {
    const queue = this.#queue;
    this.#queue = [];
    for (const { orgId, batch } of together(queue)) {
      try {
        await this.#store(orgId, batch);
        if (this.#failing) this.#options.log?.("telemetry is written again");
        this.#failing = false;
      } catch (error) {
        this.#drop(orgId, batch.records.length);
        if (!this.#failing) this.#options.log?.(`telemetry could not be written: ${String(error)}`);
        this.#failing = true;
      } finally {
        this.#waiting -= batch.records.length;
      }
    }
  }

  async #store(orgId: string, batch: Batch): Promise<void> {
    const { spans, logs, metrics } = this.#options.store;
    switch (batch.signal) {
      case "traces":
        await spans.append(orgId, batch.records);
        return this.#options.onSpans(orgId, batch.records);
      case "metrics":
        return await metrics.append(orgId, batch.records);
      case "logs": {
        const ids = await logs.append(orgId, batch.records);
        const stored = batch.records.flatMap((record, index) => {
          const id = ids[index];
          return id === undefined ? [] : [{ ...record, id }];
        });
        return this.#options.onLogs(orgId, stored);
      }
    }
  }
}

/** One write for many small batches. */
function* together(
  queue: readonly { readonly orgId: string; readonly batch: Batch }[],
): Generator<{ readonly orgId: string; readonly batch: Batch }> {
  const groups = new Map<
    string,
    { readonly orgId: string; readonly batch: Batch; readonly records: Batch["records"][number][] }
  >();
  for (const { orgId, batch } of queue) {
    const key = `${batch.signal} ${orgId}`;
    const group = groups.get(key) ?? { orgId, batch, records: [] };
    groups.set(key, group);
    for (const record of batch.records) group.records.push(record);
  }
  for (const { orgId, batch, records } of groups.values()) {
    for (let start = 0; start < records.length; start += MAX_BATCH) {
      // All of one signal, by the key of their group.
      yield { orgId, batch: { ...batch, records: records.slice(start, start + MAX_BATCH) } as Batch };
    }
  }
}

import type { ExportDestination, ExportStore } from "@berth/store";
import { DeltaConverter, createRedaction, isSampled } from "@berth/telemetry";
import type { LogRecord, MetricPoint, SpanRecord } from "@berth/telemetry";
import { encodeExport } from "./encode-export.ts";

/** Records of one signal, as they were taken in. */
export type ExportRecords =
  | { readonly signal: "traces"; readonly records: readonly SpanRecord[] }
  | { readonly signal: "logs"; readonly records: readonly LogRecord[] }
  | { readonly signal: "metrics"; readonly records: readonly MetricPoint[] };

export interface OutboxOptions {
  readonly destination: ExportDestination;
  readonly store: Pick<ExportStore, "enqueue">;
  readonly newBatchId: () => string;
  readonly now: () => Date;
  readonly onEnqueued: () => void;
  readonly log: (line: string) => void;
  /** How long records wait for others to go with them. */
  readonly gatherMs: number;
}

const MAX_ITEMS = 1_000;
/** Of records that wait in memory to be encoded: some seconds of a busy organization. */
const MAX_WAITING = 20_000;
/** Of what waits in the store for one destination. */
const MAX_QUEUE_BYTES = 64 * 1024 * 1024;

/**
 * What is about to wait for a destination: sampled, redacted and encoded before it is written down, so that nothing lies
 * in the queue that must not leave. Life: `offer` as often as wanted, `close` once.
 */
export class DestinationOutbox {
  readonly #options: OutboxOptions;
  readonly #redact: ReturnType<typeof createRedaction>;
  readonly #deltas: DeltaConverter;
  #waiting: ExportRecords[] = [];
  #items = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#redact = createRedaction(options.destination.redact);
    this.#deltas = new DeltaConverter({ sinceUs: options.now().getTime() * 1_000 });
  }

  /** Never got as far as the queue. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Never waits, never throws. */
  offer(records: ExportRecords): void {
    const { signals, enabled } = this.#options.destination;
    if (!enabled || !signals.includes(records.signal)) return;
    const chosen = this.#chosen(records);
    if (chosen.records.length === 0) return;
    if (this.#items + chosen.records.length > MAX_WAITING) {
      this.#dropped += chosen.records.length;
      return;
    }
    this.#waiting.push(chosen);
    this.#items += chosen.records.length;
    if (this.#items >= MAX_ITEMS) this.#soon(0);
    else this.#soon(this.#options.gatherMs);
  }

  /** Writes down what waits. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
    await this.#write();
  }

  #chosen(records: ExportRecords): ExportRecords {
    const { sampleRatio } = this.#options.destination;
    if (records.signal !== "traces" || sampleRatio >= 1) return records;
    return { ...records, records: records.records.filter((span) => isSampled(span, sampleRatio)) };
  }

  #soon(ms: number): void {
    if (this.#timer !== undefined && ms > 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const before = this.#writing ?? Promise.resolve();
      this.#writing = before.then(async () => await this.#write());
    }, ms);
    this.#timer.unref();
  }

  /** Never rejects: what cannot be written is counted. */
  async #write(): Promise<void> {
    const { store, destination, newBatchId, now, onEnqueued, log } = this.#options;
    const taken = this.#waiting;
    this.#waiting = [];
    this.#items = 0;
    for (const batch of gathered(taken)) {
      const ready = this.#ready(batch);
      if (ready.records.length === 0) continue;
      try {
        const body = await encodeExport(ready, destination.encoding);
        const made = { batchId: newBatchId(), signal: ready.signal, items: ready.records.length, body, at: now() };
        await store.enqueue(destination.destinationId, made, MAX_QUEUE_BYTES);
        onEnqueued();
      } catch (error) {
        this.#dropped += ready.records.length;
        log(`export to ${destination.name}: ${ready.records.length} records could not be queued: ${String(error)}`);
      }
    }
  }

  #ready(batch: ExportRecords): ExportRecords {
    if (batch.signal === "traces") return { ...batch, records: batch.records.map((span) => this.#redact(span)) };
    if (batch.signal === "logs") return { ...batch, records: batch.records.map((log) => this.#redact(log)) };
    const points = this.#options.destination.deltaMetrics ? this.#deltas.convert(batch.records) : batch.records;
    return { ...batch, records: points.map((point) => this.#redact(point)) };
  }
}

/** Per signal, in order, at most `MAX_ITEMS` in one. */
function gathered(taken: readonly ExportRecords[]): readonly ExportRecords[] {
  const spans = taken.flatMap((each) => (each.signal === "traces" ? each.records : []));
  const logs = taken.flatMap((each) => (each.signal === "logs" ? each.records : []));
  const points = taken.flatMap((each) => (each.signal === "metrics" ? each.records : []));
  return [
    ...chunks(spans).map((records) => ({ signal: "traces", records }) as const),
    ...chunks(logs).map((records) => ({ signal: "logs", records }) as const),
    ...chunks(points).map((records) => ({ signal: "metrics", records }) as const),
  ];
}

function chunks<T>(records: readonly T[]): readonly (readonly T[])[] {
  const made: (readonly T[])[] = [];
  for (let at = 0; at < records.length; at += MAX_ITEMS) made.push(records.slice(at, at + MAX_ITEMS));
  return made;
}

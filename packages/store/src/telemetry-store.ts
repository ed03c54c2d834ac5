import type { LogRecord, MetricPoint, Query, SpanRecord, StoredLog } from "@berth/telemetry";

/**
 * Spans, logs and metric points, kept apart from everything that must hold: what is written may be lost with the last moment
 * before a crash. Every key begins with the organization. Reads stop after `TELEMETRY_READ_TIMEOUT_MS`
 * with DEADLINE_EXCEEDED; what is older than the retention is gone. A text is cut at 65,536 characters, the attributes of a record
 * end at 262,144, and of events and links there are at most 256; NUL and halves of characters become U+FFFD.
 */
export interface TelemetryStore {
  readonly spans: SpanStore;
  readonly logs: LogStore;
  readonly metrics: MetricStore;
  readonly exports: ExportStore;
  /**
   * Drops whole days: those that ended before `beforeUs`, then the oldest while all together have more than `maxBytes`.
   * The newest day stays.
   */
  prune(limits: { readonly beforeUs: number; readonly maxBytes: number }): Promise<{ readonly days: number }>;
  /** What an organization's records take up, indexes included. An estimate where there is much: a bounded sample is looked at. */
  usage(orgId: string): Promise<TelemetryBytes>;
  /** Takes the spans and lines of a task away, in all its traces. Durable when it returns; twice is harmless. */
  eraseTask(orgId: string, taskId: string): Promise<{ readonly spans: number; readonly logs: number }>;
}

export interface TelemetryBytes {
  readonly spanBytes: number;
  readonly logBytes: number;
  readonly metricBytes: number;
}

export const TELEMETRY_READ_TIMEOUT_MS = 10_000;

export interface SpanStore {
  /** At least once: the same (trace, span) twice is one, and the one with an end wins over the one without. */
  append(orgId: string, spans: readonly SpanRecord[]): Promise<void>;
  /** By start, at most `limit` (≤ 100,000). */
  trace(orgId: string, traceId: string, limit: number): Promise<readonly SpanRecord[]>;
  /** All spans of a task in all its traces, by start. */
  ofTask(orgId: string, taskId: string, limit: number): Promise<readonly SpanRecord[]>;
  /** Spans of these tasks (≤ 1,000) that began before `beforeUs` and have no end, at most 10,000. */
  unended(orgId: string, taskIds: readonly string[], beforeUs: number): Promise<readonly SpanRecord[]>;
  /** Newest first by (startUs, spanId); `before` is where the page before ended. */
  search(orgId: string, query: Query, page: SpanPage): Promise<readonly SpanRecord[]>;
  /** Traces that have a span which matches, newest first. */
  searchTraces(orgId: string, query: Query, page: SpanPage): Promise<readonly TraceSummary[]>;
}

export interface SpanPage {
  readonly limit: number;
  readonly before?: { readonly startUs: number; readonly spanId: string };
}

export interface TraceSummary {
  readonly traceId: string;
  /** Of its earliest span; `spanId` with `startUs` is the cursor. */
  readonly rootName: string;
  readonly spanId: string;
  readonly agent?: string;
  readonly taskId?: string;
  readonly startUs: number;
  readonly durationUs: number;
  readonly spans: number;
  readonly errors: number;
}

export interface LogStore {
  /** Answers the ids they got, in order: larger than any before. */
  append(orgId: string, logs: readonly LogRecord[]): Promise<readonly number[]>;
  /** `order: "newest"` (default) before `beforeId`, or `"oldest"` after `afterId`. */
  search(orgId: string, query: Query, page: LogPage): Promise<readonly StoredLog[]>;
  /** Lines of the same agent and instance around one, oldest first, the line itself among them. */
  context(
    orgId: string,
    id: number,
    around: { readonly before: number; readonly after: number },
  ): Promise<readonly StoredLog[]>;
  /** Counts per bucket and level; `buckets` ≤ 240 of equal length between `fromUs` and `toUs`. */
  histogram(orgId: string, query: Query, range: LogRange): Promise<readonly LogBucket[]>;
  /** The values of a field with how often they occur, most frequent first. */
  facet(
    orgId: string,
    query: Query,
    field: LogFacet,
    limit: number,
  ): Promise<readonly { readonly value: string; readonly count: number }[]>;
}

export interface LogPage {
  readonly limit: number;
  readonly order?: "newest" | "oldest";
  readonly beforeId?: number;
  readonly afterId?: number;
}
export interface LogRange {
  readonly fromUs: number;
  readonly toUs: number;
  readonly buckets: number;
}
export interface LogBucket {
  readonly fromUs: number;
  /** By level name; absent levels have none. */
  readonly counts: Readonly<Record<string, number>>;
}
export type LogFacet = "agent" | "level" | "source" | "instance" | "service";

export interface MetricStore {
  append(orgId: string, points: readonly MetricPoint[]): Promise<void>;
  /** Names with unit and type, of the last day. */
  names(orgId: string): Promise<
    readonly {
      readonly name: string;
      readonly unit: string;
      readonly type: MetricPoint["type"];
      readonly agent?: string;
    }[]
  >;
  /** Points of one metric from `fromUs` on, before `toUs`, in time order: the first `limit` ≤ 10,000. */
  points(
    orgId: string,
    filter: {
      readonly name: string;
      readonly agent?: string;
      readonly fromUs: number;
      readonly toUs: number;
      readonly limit: number;
    },
  ): Promise<readonly MetricPoint[]>;
}

export interface MetricName {
  readonly name: string;
  readonly unit: string;
  readonly type: MetricPoint["type"];
  readonly agent?: string;
}

/** Where an organization's telemetry is sent besides, and what waits to be sent there. Durable, unlike the rest here. */
export interface ExportStore {
  put(destination: ExportDestination): Promise<void>;
  get(orgId: string, destinationId: string): Promise<ExportDestination | undefined>;
  list(orgId: string): Promise<readonly ExportDestination[]>;
  all(): Promise<readonly ExportDestination[]>;
  /** With everything that waits for it. */
  remove(orgId: string, destinationId: string): Promise<boolean>;
  /** Bounded by bytes per destination: what does not fit drops the oldest first and counts it as dropped. */
  enqueue(destinationId: string, batch: NewExportBatch, maxBytes: number): Promise<void>;
  /** The oldest batch that is due, leased until `leaseUntil`; per destination and signal in order. */
  take(destinationId: string, now: Date, leaseUntil: Date): Promise<ExportBatch | undefined>;
  /** Sent, or given up (`dropped`: counted). */
  settle(
    batchId: string,
    outcome:
      | { readonly type: "sent" }
      | { readonly type: "dropped"; readonly error: string }
      | { readonly type: "retry"; readonly at: Date; readonly error: string },
  ): Promise<void>;
  state(destinationId: string): Promise<ExportState>;
}

export interface ExportDestination {
  readonly orgId: string;
  readonly destinationId: string;
  readonly name: string;
  /** Base of OTLP/HTTP: `/v1/traces`, `/v1/logs`, `/v1/metrics` are appended. */
  readonly url: string;
  readonly encoding: "protobuf" | "json";
  readonly signals: readonly ("traces" | "logs" | "metrics")[];
  /** Header names with the name of the organization's secret whose value they carry. */
  readonly secretHeaders: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Share of traces, 0 to 1, by trace id; errors are always sent. */
  readonly sampleRatio: number;
  /** Attribute keys, `*` at the end allowed, whose values are sent as `[redacted]`. */
  readonly redact: readonly string[];
  /** Cumulative sums and histograms are sent as deltas. */
  readonly deltaMetrics: boolean;
  readonly enabled: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface NewExportBatch {
  readonly batchId: string;
  readonly signal: "traces" | "logs" | "metrics";
  readonly items: number;
  /** gzip of the request body. */
  readonly body: Uint8Array;
  readonly at: Date;
}
export interface ExportBatch extends NewExportBatch {
  readonly attempts: number;
}
export interface ExportState {
  readonly waiting: number;
  readonly waitingBytes: number;
  readonly sent: number;
  readonly dropped: number;
  readonly lastError?: string;
  readonly lastSentAt?: string;
  readonly oldestAt?: string;
}

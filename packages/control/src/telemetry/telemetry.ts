import type { Principal } from "@berth/protocol";
import type {
  ExportDestination,
  ExportState,
  LogBucket,
  LogFacet,
  LogPage,
  LogRange,
  SpanPage,
  TelemetryBytes,
  TraceSummary,
} from "@berth/store";
import type { LogRecord, MetricPoint, Query, SpanRecord, StoredLog, TelemetrySink, Tracer } from "@berth/telemetry";

/**
 * What happens, to be seen: taken in over OTLP, made by the platform itself, searched, followed live, sent elsewhere. A credential that
 * only some agents exist for sees and sends only theirs; a run's telemetry is seen by whoever may see its task.
 */
export interface Telemetry {
  /** For the platform's own parts. */
  readonly tracer: Tracer;
  readonly sink: TelemetrySink;
  /** What an agent sent. Its records are stamped with whose they are; records without valid ids are rejected one by one. @throws RATE_LIMITED when there is no room. */
  ingest(sender: TelemetrySender, batch: TelemetryBatch): Promise<IngestResult>;
  searchSpans(principal: Principal, query: Query, page: SpanPage): Promise<readonly SpanRecord[]>;
  searchTraces(principal: Principal, query: Query, page: SpanPage): Promise<readonly TraceSummary[]>;
  /** @throws TRACE_NOT_FOUND */
  trace(principal: Principal, traceId: string): Promise<TraceView>;
  /** Everything of one task, in all its traces. @throws TASK_NOT_FOUND */
  ofTask(principal: Principal, taskId: string): Promise<TaskTelemetry>;
  searchLogs(principal: Principal, query: Query, page: LogPage): Promise<readonly StoredLog[]>;
  logContext(
    principal: Principal,
    id: number,
    around: { readonly before: number; readonly after: number },
  ): Promise<readonly StoredLog[]>;
  logHistogram(principal: Principal, query: Query, range: LogRange): Promise<readonly LogBucket[]>;
  logFacet(
    principal: Principal,
    query: Query,
    field: LogFacet,
    limit: number,
  ): Promise<readonly { readonly value: string; readonly count: number }[]>;
  metricNames(principal: Principal): Promise<
    readonly {
      readonly name: string;
      readonly unit: string;
      readonly type: MetricPoint["type"];
      readonly agent?: string;
    }[]
  >;
  metricPoints(
    principal: Principal,
    filter: {
      readonly name: string;
      readonly agent?: string;
      readonly fromUs: number;
      readonly toUs: number;
      readonly limit: number;
    },
  ): Promise<readonly MetricPoint[]>;
  /** Records as they come, after a filter. What the reader is too slow for is skipped and told as a `gap`. */
  follow(principal: Principal, topic: LiveTopic, signal: AbortSignal): AsyncIterable<LiveRecord>;
  readonly destinations: Destinations;
  /** What is kept of the organization takes up, about, and how much of it was dropped for want of room since the start. */
  usage(principal: Principal): Promise<TelemetryUsage>;
  /** For `/metrics`: what the platform counts of itself, in Prometheus' text format. */
  renderMetrics(): Promise<string>;
}

interface TelemetryUsage extends TelemetryBytes {
  readonly dropped: number;
}

export interface TelemetrySender {
  readonly orgId: string;
  /** Of a token for one agent, or of a sandbox: whatever is sent is that agent's. Absent: the resource's `service.name` names it. */
  readonly agent?: string;
  readonly release?: string;
  readonly instanceId?: string;
  /** A token for some agents: records of others are rejected. */
  readonly agents?: readonly string[];
}

export type TelemetryBatch =
  | { readonly signal: "traces"; readonly records: readonly SpanRecord[]; readonly invalid: number }
  | { readonly signal: "logs"; readonly records: readonly LogRecord[]; readonly invalid: number }
  | { readonly signal: "metrics"; readonly records: readonly MetricPoint[]; readonly invalid: number };

export interface IngestResult {
  readonly accepted: number;
  readonly rejected: number;
  readonly message?: string;
}

export interface TraceView {
  readonly traceId: string;
  readonly spans: readonly SpanRecord[];
  /** There are more spans than are shown. */
  readonly truncated: boolean;
  /** The tasks its spans are of. */
  readonly taskIds: readonly string[];
  /** Other traces of these tasks. */
  readonly siblings: readonly string[];
}

export interface TaskTelemetry {
  readonly spans: readonly SpanRecord[];
  readonly logs: readonly StoredLog[];
  readonly truncated: boolean;
}

/** `query` as text, see Query. Without `afterId` a tail starts now. */
export type LiveTopic =
  | { readonly topic: "logs"; readonly query?: string; readonly afterId?: number }
  | { readonly topic: "spans"; readonly query?: string };

export type LiveRecord =
  | { readonly type: "logs"; readonly logs: readonly StoredLog[] }
  | { readonly type: "spans"; readonly spans: readonly SpanRecord[] }
  | { readonly type: "gap"; readonly skipped: number };

/** Where an organization's telemetry goes besides. */
export interface Destinations {
  list(
    principal: Principal,
  ): Promise<readonly { readonly destination: ExportDestination; readonly state: ExportState }[]>;
  put(principal: Principal, name: string, settings: DestinationSettings): Promise<ExportDestination>;
  remove(principal: Principal, name: string): Promise<void>;
  /** Sends one sample span now and answers what came back. */
  test(
    principal: Principal,
    name: string,
  ): Promise<{ readonly ok: boolean; readonly status?: number; readonly detail: string; readonly ms: number }>;
}

export type DestinationSettings = Omit<
  ExportDestination,
  "orgId" | "destinationId" | "name" | "createdAt" | "updatedAt"
>;

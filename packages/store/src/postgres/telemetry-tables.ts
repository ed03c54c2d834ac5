import type { Attributes, MetricPoint, SpanKind, SpanStatus, TelemetrySource } from "@berth/telemetry";
import type { Generated } from "kysely";
import type { NewExportBatch } from "../telemetry-store.ts";

export interface OriginColumns {
  source: TelemetrySource;
  agent: string | null;
  release: string | null;
  instance_id: string | null;
  task_id: string | null;
}

export interface SpansTable extends OriginColumns {
  org_id: string;
  trace_id: string;
  span_id: string;
  day: number;
  start_us: number;
  end_us: number | null;
  parent_span_id: string | null;
  name: string;
  span_kind: SpanKind;
  status: SpanStatus;
  status_message: string | null;
  kind: string;
  tool: string | null;
  model: string | null;
  cost: number | null;
  attributes: Attributes;
  resource: Attributes | null;
  detail: string | null;
  tokens: string[];
}

export interface TracesTable {
  org_id: string;
  trace_id: string;
  day: number;
  start_us: number;
  span_id: string;
}

export interface LogsTable extends OriginColumns {
  org_id: string;
  id: number;
  at_us: number;
  skewed: boolean;
  severity: number;
  body: string;
  trace_id: string | null;
  span_id: string | null;
  service: string | null;
  scope: string | null;
  attributes: Attributes;
  resource: Attributes | null;
  tokens: string[];
}

export interface LogHeadsTable {
  org_id: string;
  last_id: number;
}

export interface PointsTable {
  org_id: string;
  name: string;
  agent: string | null;
  day: number;
  at_us: number;
  record: string;
}

export interface MetricNamesTable {
  org_id: string;
  name: string;
  /** Empty: of no agent. */
  agent: string;
  unit: string;
  type: MetricPoint["type"];
  last_us: number;
}

export interface DestinationsTable {
  destination_id: string;
  org_id: string;
  record: string;
  waiting_bytes: number;
  sent: number;
  dropped: number;
  last_error: string | null;
  last_sent_at: string | null;
}

export interface BatchesTable {
  destination_id: string;
  place: Generated<number>;
  batch_id: string;
  signal: NewExportBatch["signal"];
  items: number;
  body: Uint8Array;
  at: string;
  due_at: string;
  attempts: number;
}

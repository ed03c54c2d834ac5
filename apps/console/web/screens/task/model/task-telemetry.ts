import type { SpanRecord, StoredLog } from "@berth/telemetry";

/** `GET /v1/tasks/{id}/telemetry` */
export interface TaskTelemetry {
  readonly spans: readonly SpanRecord[];
  readonly logs: readonly StoredLog[];
  readonly truncated: boolean;
}

import type { LogRecord } from "../log-record.ts";
import type { MetricPoint } from "../metric-point.ts";
import type { SpanRecord } from "../span.ts";

export type OtlpSignal = "traces" | "logs" | "metrics";
export type OtlpEncoding = "protobuf" | "json";

export interface SignalRecords {
  readonly traces: SpanRecord;
  readonly logs: LogRecord;
  readonly metrics: MetricPoint;
}

/** What an export request held: of a signal that is not known before, one of the three. */
export type OtlpBatch<S extends OtlpSignal = OtlpSignal> = S extends OtlpSignal ? BatchOf<S> : never;

export interface BatchOf<S extends OtlpSignal> {
  readonly signal: S;
  readonly records: readonly SignalRecords[S][];
  /** Records that are none, such as spans without ids. */
  readonly invalid: number;
  /** Why the first of them is none. */
  readonly reason?: string;
  /** Attributes, events and links that were left out or cut, of all records. */
  readonly dropped: number;
}

/** By the request's Content-Type, whatever its parameters say. Undefined: 415. */
export function otlpEncodingOf(contentType: string | undefined): OtlpEncoding | undefined {
  const [type = ""] = (contentType ?? "").split(";");
  switch (type.trim().toLowerCase()) {
    case "application/x-protobuf":
      return "protobuf";
    case "application/json":
      return "json";
    default:
      return undefined;
  }
}

export const OTLP_CONTENT_TYPES: Readonly<Record<OtlpEncoding, string>> = {
  protobuf: "application/x-protobuf",
  json: "application/json",
};

import type { LogRecord } from "../log-record.ts";
import { severityOf } from "../log-record.ts";
import type { SpanRecord } from "../span.ts";

const SPACE = 2 ** 52;

/**
 * Whether a record is in the share (0 to 1) that is sent on. The trace's id decides, as the specification's consistent sampling has it, so that a
 * trace is whole or absent and every platform with the same share keeps the same ones; errors are always in. A log line without a trace is kept.
 */
export function isSampled(record: SpanRecord | LogRecord, ratio: number): boolean {
  if (ratio >= 1 || isError(record)) return true;
  if (record.traceId === undefined) return true;
  // The last 56 bits are the random ones (W3C Trace Context level 2); 52 of them are exact in a number.
  return Number.parseInt(record.traceId.slice(-13), 16) / SPACE >= 1 - ratio;
}

function isError(record: SpanRecord | LogRecord): boolean {
  return "severity" in record ? record.severity >= severityOf("error") : record.status === "error";
}

import type { Message } from "@berth/protocol";
import { formatTraceparent, traceOfMetadata } from "@berth/telemetry";
import type { LogFields } from "../context.ts";

/** Where the platform's trace has this run: for its context, and for each of its log lines. */
export function traceOfRun({ metadata }: Message): {
  readonly traceparent: string | undefined;
  readonly fields: LogFields;
} {
  const trace = traceOfMetadata(metadata);
  if (trace === undefined) return { traceparent: undefined, fields: {} };
  return { traceparent: formatTraceparent(trace), fields: { traceId: trace.traceId, spanId: trace.spanId } };
}

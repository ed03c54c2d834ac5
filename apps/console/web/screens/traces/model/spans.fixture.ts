import type { SpanRecord } from "@berth/telemetry";

/** `span("b", 10, 20, "a")`: from 10 to 20 µs below `a`; without an end it goes on. */
export function span(
  spanId: string,
  startUs: number,
  endUs?: number,
  parentSpanId?: string,
  rest: Partial<SpanRecord> = {},
): SpanRecord {
  return {
    traceId: "1".repeat(32),
    spanId,
    name: spanId,
    kind: "internal",
    startUs,
    ...(endUs === undefined ? {} : { endUs }),
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    status: "unset",
    attributes: {},
    source: "agent",
    ...rest,
  };
}

import type { SpanRecord } from "@berth/telemetry";
import type { TraceSummary } from "./telemetry-store.ts";

export type SpanPlace = Pick<SpanRecord, "startUs" | "spanId">;

/** By (startUs, spanId), earliest first. */
export function compareSpans(a: SpanPlace, b: SpanPlace): number {
  return a.startUs - b.startUs || (a.spanId < b.spanId ? -1 : a.spanId > b.spanId ? 1 : 0);
}

/** Of two records of one span, which stays: an end wins, else the later record. */
export function laterOf(before: SpanRecord, after: SpanRecord): SpanRecord {
  return before.endUs !== undefined && after.endUs === undefined ? before : after;
}

/** Of all spans of one trace; undefined for none. */
export function summarizeTrace(spans: readonly SpanRecord[]): TraceSummary | undefined {
  const sorted = spans.toSorted(compareSpans);
  const [first] = sorted;
  if (first === undefined) return undefined;
  const { traceId, spanId, startUs } = first;
  const agent = sorted.find((span) => span.agent !== undefined)?.agent;
  const taskId = sorted.find((span) => span.taskId !== undefined)?.taskId;
  return {
    traceId,
    rootName: first.name,
    spanId,
    ...(agent === undefined ? {} : { agent }),
    ...(taskId === undefined ? {} : { taskId }),
    startUs,
    durationUs: spans.reduce((end, span) => Math.max(end, span.endUs ?? span.startUs), startUs) - startUs,
    spans: spans.length,
    errors: spans.filter(({ status }) => status === "error").length,
  };
}

/** A span that was sent with two starts may be found twice. */
export function onePerSpan(spans: readonly SpanRecord[]): readonly SpanRecord[] {
  const bySpan = new Map<string, SpanRecord>();
  for (const span of spans) {
    const key = `${span.traceId}/${span.spanId}`;
    const before = bySpan.get(key);
    bySpan.set(key, before === undefined ? span : laterOf(before, span));
  }
  return [...bySpan.values()];
}

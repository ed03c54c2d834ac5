import type { SpanRecord } from "@berth/telemetry";
import type { TaskEvent } from "@berth/protocol";

export interface Skew {
  readonly source: string;
  /** Positive: its clock is ahead of the platform's. At least so much. */
  readonly ms: number;
}

/** Below that it is no more than the rounding of milliseconds. */
const MIN_SKEW_MS = 5;
/** Batches and slow links delay what an agent says; only beyond this its clock must be behind. */
const MAX_DELAY_MS = 2_000;

/** What times of other clocks that cannot be true say about these clocks. */
export function skewsOf(events: readonly TaskEvent[], spans: readonly SpanRecord[]): readonly Skew[] {
  const found = [
    { source: "agent's statuses", ms: statusSkew(events) },
    { source: "agent's spans", ms: spanSkew(spans) },
  ];
  return found
    .filter(({ ms }) => Math.abs(ms) >= MIN_SKEW_MS)
    .map(({ source, ms }) => ({ source, ms: Math.round(ms) }));
}

/** A status cannot be from after it came. */
function statusSkew(events: readonly TaskEvent[]): number {
  let ahead = 0;
  let leastDelay = Number.POSITIVE_INFINITY;
  for (const { at, body } of events) {
    if (body.kind !== "status" || body.status.timestamp === undefined) continue;
    const delay = Date.parse(at) - Date.parse(body.status.timestamp);
    if (Number.isNaN(delay)) continue;
    ahead = Math.max(ahead, -delay);
    leastDelay = Math.min(leastDelay, delay);
  }
  if (ahead > 0) return ahead;
  return Number.isFinite(leastDelay) && leastDelay > MAX_DELAY_MS ? -leastDelay : 0;
}

/** A span cannot begin before the platform's span that caused it, nor end after that one's answer. */
function spanSkew(spans: readonly SpanRecord[]): number {
  const own = new Map(spans.filter(({ source }) => source === "platform").map((span) => [span.spanId, span]));
  let skewUs = 0;
  for (const span of spans) {
    if (span.source === "platform" || span.parentSpanId === undefined) continue;
    const parent = own.get(span.parentSpanId);
    if (parent === undefined) continue;
    const early = parent.startUs - span.startUs;
    const late = parent.endUs === undefined || span.endUs === undefined ? 0 : span.endUs - parent.endUs;
    if (early > 0 && early > Math.abs(skewUs)) skewUs = -early;
    else if (late > 0 && late > Math.abs(skewUs)) skewUs = late;
  }
  return skewUs / 1_000;
}

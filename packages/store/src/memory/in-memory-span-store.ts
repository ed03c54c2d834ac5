import { matchesSpan } from "@berth/telemetry";
import type { Query, SpanRecord } from "@berth/telemetry";
import { spanAsKept } from "../kept-telemetry.ts";
import { requireStorableText } from "../storable-text.ts";
import { keyOf } from "../task-book.ts";
import { dayOf } from "../telemetry-days.ts";
import { boundTelemetryPage, MAX_TRACE_SPANS } from "../telemetry-page.ts";
import type { SpanPage, SpanStore, TraceSummary } from "../telemetry-store.ts";
import { compareSpans, laterOf, summarizeTrace } from "../telemetry-trace.ts";
import type { SpanPlace } from "../telemetry-trace.ts";
import type { InMemoryState } from "./in-memory-state.ts";
import { MAX_KEPT } from "./in-memory-telemetry-bounds.ts";

export class InMemorySpanStore implements SpanStore {
  readonly #state: InMemoryState;
  readonly #spans = new Map<string, { readonly orgId: string; readonly span: SpanRecord }>();

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async append(orgId: string, spans: readonly SpanRecord[]): Promise<void> {
    this.#state.assertOpen();
    requireStorableText({ orgId });
    for (const span of spans.map(spanAsKept)) {
      const key = keyOf(orgId, span.traceId, span.spanId);
      const before = this.#spans.get(key)?.span;
      this.#spans.set(key, { orgId, span: before === undefined ? span : laterOf(before, span) });
      const [oldest] = this.#spans.keys();
      if (this.#spans.size > MAX_KEPT && oldest !== undefined) this.#spans.delete(oldest);
    }
  }

  async trace(orgId: string, traceId: string, limit: number): Promise<readonly SpanRecord[]> {
    return this.#of(orgId)
      .filter((span) => span.traceId === traceId)
      .toSorted(compareSpans)
      .slice(0, boundTelemetryPage(limit, MAX_TRACE_SPANS));
  }

  async ofTask(orgId: string, taskId: string, limit: number): Promise<readonly SpanRecord[]> {
    return this.#of(orgId)
      .filter((span) => span.taskId === taskId)
      .toSorted(compareSpans)
      .slice(0, boundTelemetryPage(limit, MAX_TRACE_SPANS));
  }

  async search(orgId: string, query: Query, page: SpanPage): Promise<readonly SpanRecord[]> {
    return this.#of(orgId)
      .filter((span) => isBefore(span, page) && matchesSpan(query, span))
      .toSorted((a, b) => compareSpans(b, a))
      .slice(0, boundTelemetryPage(page.limit));
  }

  async searchTraces(orgId: string, query: Query, page: SpanPage): Promise<readonly TraceSummary[]> {
    const spans = this.#of(orgId);
    const matching = new Set(spans.filter((span) => matchesSpan(query, span)).map(({ traceId }) => traceId));
    const traces = Map.groupBy(
      spans.filter(({ traceId }) => matching.has(traceId)),
      ({ traceId }) => traceId,
    );
    return [...traces.values()]
      .flatMap((each) => summarizeTrace(each) ?? [])
      .filter((summary) => isBefore(summary, page))
      .toSorted((a, b) => compareSpans(b, a))
      .slice(0, boundTelemetryPage(page.limit));
  }

  async unended(orgId: string, taskIds: readonly string[], beforeUs: number): Promise<readonly SpanRecord[]> {
    return this.#of(orgId).filter(
      ({ taskId = "", endUs, startUs }) => endUs === undefined && startUs < beforeUs && taskIds.includes(taskId),
    );
  }

  eraseTask(orgId: string, taskId: string): number {
    this.#state.assertOpen();
    const before = this.#spans.size;
    for (const [key, each] of this.#spans) {
      if (each.orgId === orgId && each.span.taskId === taskId) this.#spans.delete(key);
    }
    return before - this.#spans.size;
  }

  /** Of one organization, or of all. */
  bytesOfDays(orgId?: string): ReadonlyMap<number, number> {
    const days = new Map<number, number>();
    for (const { orgId: owner, span } of this.#spans.values()) {
      if (orgId !== undefined && owner !== orgId) continue;
      const day = dayOf(span.startUs);
      days.set(day, (days.get(day) ?? 0) + JSON.stringify(span).length);
    }
    return days;
  }

  drop(days: ReadonlySet<number>): void {
    for (const [key, { span }] of this.#spans) if (days.has(dayOf(span.startUs))) this.#spans.delete(key);
  }

  #of(orgId: string): readonly SpanRecord[] {
    this.#state.assertOpen();
    return [...this.#spans.values()].flatMap((each) => (each.orgId === orgId ? [each.span] : []));
  }
}

function isBefore(place: SpanPlace, { before }: SpanPage): boolean {
  return before === undefined || compareSpans(place, before) < 0;
}

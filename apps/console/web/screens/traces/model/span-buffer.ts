import type { SpanRecord } from "@berth/telemetry";

/** The spans of one trace, each once: one that has ended replaces the one that goes on, never the other way round. */
export class SpanBuffer {
  readonly #spans = new Map<string, SpanRecord>();
  #list: readonly SpanRecord[] | undefined;

  /** True: something is new. */
  merge(spans: readonly SpanRecord[]): boolean {
    let isChanged = false;
    for (const span of spans) {
      const known = this.#spans.get(span.spanId);
      if (known?.endUs !== undefined && span.endUs === undefined) continue;
      if (known !== undefined && JSON.stringify(known) === JSON.stringify(span)) continue;
      this.#spans.set(span.spanId, span);
      isChanged = true;
    }
    if (isChanged) this.#list = undefined;
    return isChanged;
  }

  /** The same list until something is new. */
  get spans(): readonly SpanRecord[] {
    return (this.#list ??= [...this.#spans.values()]);
  }
}

import type { AttributeValue, Attributes } from "./attributes.ts";
import { A2A, GEN_AI } from "./semconv.ts";
import type { SpanEvent, SpanRecord, SpanStatus } from "./span.ts";
import type { TraceContext } from "./trace-context.ts";
import type { OpenSpan, SpanOptions, TelemetrySink, Tracer } from "./tracer.ts";

export interface TracerOptions {
  readonly sink: TelemetrySink;
  /** Microseconds since 1970. */
  readonly now: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
}

const MAX_ATTRIBUTES = 128;
const MAX_EVENTS = 128;

/** Spans of the platform itself. What it makes is handed to the sink when it ends, and with `live` also when it begins. */
export function createTracer(options: TracerOptions): Tracer {
  return { start: (span) => new RecordedSpan(options, span) };
}

class RecordedSpan implements OpenSpan {
  readonly context: TraceContext;
  readonly #options: TracerOptions;
  readonly #span: SpanOptions;
  readonly #startUs: number;
  readonly #attributes: Map<string, AttributeValue>;
  readonly #events: SpanEvent[] = [];
  #ended = false;

  constructor(options: TracerOptions, span: SpanOptions) {
    this.#options = options;
    this.#span = span;
    this.#startUs = span.startUs ?? options.now();
    this.#attributes = new Map(Object.entries(span.attributes ?? {}));
    this.context = contextOf(options, span);
    if (span.live === true) options.sink.spans(span.orgId, [this.#record("unset")]);
  }

  set(key: string, value: AttributeValue): void {
    if (this.#ended || (this.#attributes.size >= MAX_ATTRIBUTES && !this.#attributes.has(key))) return;
    this.#attributes.set(key, value);
  }

  event(name: string, attributes: Attributes = {}): void {
    if (this.#ended || this.#events.length >= MAX_EVENTS) return;
    this.#events.push({ name, atUs: this.#options.now(), attributes });
  }

  end(outcome: { readonly status?: SpanStatus; readonly message?: string; readonly endUs?: number } = {}): void {
    if (this.#ended) return;
    this.#ended = true;
    const record = this.#record(outcome.status ?? "unset");
    const endUs = Math.max(this.#startUs, outcome.endUs ?? this.#options.now());
    const message = outcome.message === undefined ? {} : { statusMessage: outcome.message };
    this.#options.sink.spans(this.#span.orgId, [{ ...record, endUs, ...message }]);
  }

  #record(status: SpanStatus): SpanRecord {
    const { name, kind, parent, links = [], origin } = this.#span;
    const { traceId, spanId, traceState } = this.context;
    // Only the platform makes these: what it says of agent and task it has looked at.
    const [agent, taskId] = [this.#attributes.get(GEN_AI.agentName), this.#attributes.get(A2A.taskId)];
    return {
      source: "platform",
      ...(typeof agent === "string" ? { agent } : {}),
      ...(typeof taskId === "string" ? { taskId } : {}),
      ...origin,
      traceId,
      spanId,
      ...(parent === undefined ? {} : { parentSpanId: parent.spanId }),
      ...(traceState === undefined ? {} : { traceState }),
      name,
      kind,
      startUs: this.#startUs,
      status,
      attributes: Object.fromEntries(this.#attributes),
      ...(this.#events.length === 0 ? {} : { events: [...this.#events] }),
      ...(links.length === 0 ? {} : { links }),
    };
  }
}

function contextOf(
  { randomBytes }: TracerOptions,
  { parent, spanId = randomId(randomBytes, 8) }: SpanOptions,
): TraceContext {
  if (parent === undefined) return { traceId: randomId(randomBytes, 16), spanId, sampled: true };
  const { traceId, sampled, traceState } = parent;
  return { traceId, spanId, sampled, ...(traceState === undefined ? {} : { traceState }) };
}

/** All zero is no id: the last bit is set then. */
function randomId(randomBytes: TracerOptions["randomBytes"], length: number): string {
  const hex = Array.from(randomBytes(length), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return /^0+$/.test(hex) ? `${hex.slice(0, -1)}1` : hex;
}

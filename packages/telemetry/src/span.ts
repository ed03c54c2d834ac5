import type { Attributes, Origin } from "./attributes.ts";

export type SpanKind = "internal" | "server" | "client" | "producer" | "consumer";
export type SpanStatus = "unset" | "ok" | "error";

/** One span (opentelemetry-proto trace.proto). Times are microseconds since 1970, UTC. */
export interface SpanRecord extends Origin {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero. */
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startUs: number;
  /** Absent: it has begun and not ended; the one with the same ids that has an end replaces it. */
  readonly endUs?: number;
  readonly status: SpanStatus;
  readonly statusMessage?: string;
  readonly attributes: Attributes;
  readonly events?: readonly SpanEvent[];
  readonly links?: readonly SpanLink[];
  /** The instrumentation scope's name, with its version after a slash where it has one. */
  readonly scope?: string;
  /** What the sender says of itself: claims. */
  readonly resource?: Attributes;
}

export interface SpanEvent {
  readonly name: string;
  readonly atUs: number;
  readonly attributes: Attributes;
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes?: Attributes;
}

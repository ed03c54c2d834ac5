import type { Attributes, Origin } from "./attributes.ts";

/** One log line (opentelemetry-proto logs.proto). */
export interface LogRecord extends Origin {
  /** Microseconds since 1970, UTC: when it happened as its source says, else when it came. */
  readonly atUs: number;
  /** SeverityNumber, 1 (trace) to 24 (fatal); 0 unknown. */
  readonly severity: number;
  /** Text as it came, ANSI sequences included; a structured body as JSON text. */
  readonly body: string;
  readonly attributes: Attributes;
  readonly resource?: Attributes;
  readonly scope?: string;
  readonly traceId?: string;
  readonly spanId?: string;
}

/** As it is stored: `id` is unique in its organization and grows with time of arrival, so it is also the place in the tail. */
export interface StoredLog extends LogRecord {
  readonly id: number;
}

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The level of a severity number (logs data model, "Severity Fields"); 0 counts as info. */
export function levelOf(severity: number): LogLevel {
  if (severity <= 0) return "info";
  return LOG_LEVELS[Math.min(5, Math.floor((severity - 1) / 4))] ?? "info";
}

/** The lowest severity number of a level. */
export function severityOf(level: LogLevel): number {
  return LOG_LEVELS.indexOf(level) * 4 + 1;
}

import type { JsonObject, JsonValue } from "./a2a.ts";

/**
 * Metadata of a status update that carries an entry of the agent's log for its caller: `{ level, data }`. The update
 * repeats the state and has no message.
 */
export const LOG_METADATA = "https://berth.dev/extensions/log/v1";

/** RFC 5424 §6.2.1, least severe first. */
export const LOG_LEVELS = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogEntry {
  readonly level: LogLevel;
  readonly data: JsonValue;
}

/** The entry in the metadata of a status update; undefined where there is none, or none that can be read. */
export function logEntryOf(metadata: JsonObject | undefined): LogEntry | undefined {
  const said = metadata?.[LOG_METADATA];
  if (typeof said !== "object" || said === null || !("level" in said)) return undefined;
  const level = toLogLevel(said.level);
  return level === undefined ? undefined : { level, data: said["data"] ?? null };
}

/** Metadata with nothing but an entry, readable or not. */
export function isLogOnly(metadata: JsonObject | undefined): boolean {
  const keys = Object.keys(metadata ?? {});
  return keys.length === 1 && keys[0] === LOG_METADATA;
}

export function toLogLevel(value: unknown): LogLevel | undefined {
  return LOG_LEVELS.find((level) => level === value);
}

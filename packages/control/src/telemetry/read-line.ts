import { severityOf } from "@berth/telemetry";
import type { AttributeValue, Attributes, LogLevel, LogRecord } from "@berth/telemetry";

export interface ReadLine extends Pick<LogRecord, "severity" | "body" | "attributes" | "traceId" | "spanId"> {
  /** As the line says. */
  readonly taskId?: string;
}

const MAX_FIELDS = 64;
const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;
/** The names that loggers of many languages have for them; the SDK's come first. */
const MESSAGES = ["message", "msg", "event"];
const LEVELS = ["level", "severity", "levelname", "lvl"];
const TRACES = ["traceId", "trace_id"];
const SPANS = ["spanId", "span_id"];
const TIMES = new Set(["at", "time", "timestamp", "ts"]);

/** A printed line. One that is a JSON object with a message, as loggers write, is taken apart; any other stays as it is. */
export function readLine(text: string, stream: "stdout" | "stderr"): ReadLine {
  const plain = { severity: severityOf(stream === "stderr" ? "warn" : "info"), body: text, attributes: {} };
  const fields = objectIn(text);
  if (fields === undefined) return plain;
  const body = textOf(fields, MESSAGES);
  if (body === undefined) return plain;
  const level = levelIn(fields);
  const traceId = textOf(fields, TRACES);
  const spanId = textOf(fields, SPANS);
  const taskId = textOf(fields, ["taskId"]);
  return {
    severity: level === undefined ? plain.severity : severityOf(level),
    body,
    attributes: attributesOf(fields),
    ...(traceId === undefined || !TRACE_ID.test(traceId) ? {} : { traceId }),
    ...(spanId === undefined || !SPAN_ID.test(spanId) ? {} : { spanId }),
    ...(taskId === undefined ? {} : { taskId }),
  };
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith("{") || !text.endsWith("}")) return undefined;
  try {
    // An object, by its first character.
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function textOf(fields: Readonly<Record<string, unknown>>, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (typeof value === "string") return value;
  }
  return undefined;
}

/** Words, and pino's numbers: 10 trace to 60 fatal. */
function levelIn(fields: Readonly<Record<string, unknown>>): LogLevel | undefined {
  for (const name of LEVELS) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (typeof value === "number") return PINO[value];
    if (typeof value === "string") return WORDS[value.toLowerCase()];
  }
  return undefined;
}

const PINO: Readonly<Record<number, LogLevel>> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};
const WORDS: Readonly<Record<string, LogLevel>> = {
  trace: "trace",
  debug: "debug",
  info: "info",
  notice: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  err: "error",
  fatal: "fatal",
  critical: "fatal",
};

function attributesOf(fields: Readonly<Record<string, unknown>>): Attributes {
  const known = new Set([...MESSAGES, ...LEVELS, ...TRACES, ...SPANS, ...TIMES, "taskId"]);
  const rest = Object.entries(fields).filter(([name]) => !known.has(name));
  // Of parsed JSON.
  return Object.fromEntries(rest.slice(0, MAX_FIELDS)) as Record<string, AttributeValue>;
}

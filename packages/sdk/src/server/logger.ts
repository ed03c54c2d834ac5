import type { LogFields, Logger } from "../context.ts";

type Level = "debug" | "info" | "warn" | "error";

/** One JSON object a line; whoever runs the agent collects standard output. */
export function createLogger(fixed: LogFields, write: (line: string) => void = writeLine): Logger {
  const log =
    (level: Level) =>
    (message: string, fields: LogFields = {}): void => {
      write(toLine({ at: new Date().toISOString(), level, message, ...fixed, ...fields }));
    };
  return { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
}

function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

function toLine(entry: LogFields): string {
  try {
    return JSON.stringify(entry, (_key, value: unknown) => {
      if (value instanceof Error) return { name: value.name, message: value.message };
      return typeof value === "bigint" ? value.toString() : value;
    });
  } catch {
    // A log line must not fail the run: whatever cannot be serialized is left out.
    return JSON.stringify({ at: entry.at, level: entry.level, message: String(entry.message), taskId: entry.taskId });
  }
}

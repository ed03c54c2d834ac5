import type { FieldViolation } from "@berth/protocol";
import { readByteSize } from "./byte-size.ts";

const MOST_DAYS = 3_650;

/** BERTH_TELEMETRY_DAYS and BERTH_TELEMETRY_BYTES: how long spans, logs and metrics are kept, and how many bytes of them. */
export function readTelemetryRetention(
  env: Readonly<Record<string, string | undefined>>,
  violations: FieldViolation[],
): { readonly days?: number; readonly maxBytes?: number } {
  const maxBytes = readByteSize("BERTH_TELEMETRY_BYTES", env["BERTH_TELEMETRY_BYTES"], violations);
  const days = readDays(env["BERTH_TELEMETRY_DAYS"], violations);
  return { ...(days === undefined ? {} : { days }), ...(maxBytes === undefined ? {} : { maxBytes }) };
}

function readDays(text: string | undefined, violations: FieldViolation[]): number | undefined {
  if (text === undefined || text === "") return undefined;
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= MOST_DAYS) return days;
  violations.push({ field: "BERTH_TELEMETRY_DAYS", description: `"${text}" is not a number from 1 to ${MOST_DAYS}` });
  return undefined;
}

import { toInstant } from "./instant.ts";
import { requireStorableText } from "./storable-text.ts";
import type { ExportDestination } from "./telemetry-store.ts";

/** As every driver keeps it: checked keys, one spelling of time, no tie to the caller's object. */
export function destinationAsKept(destination: ExportDestination): ExportDestination {
  const { orgId, destinationId, createdAt, updatedAt } = destination;
  requireStorableText({ orgId, destinationId });
  const times = { createdAt: toInstant(createdAt), updatedAt: toInstant(updatedAt) };
  return parseDestination(JSON.stringify({ ...destination, ...times }));
}

export function parseDestination(record: string): ExportDestination {
  // Destinations are plain JSON data, so what is parsed has the type of what was written.
  return JSON.parse(record) as ExportDestination;
}

const MAX_ERROR = 1_000;

export function exportError(error: string): string {
  return error.slice(0, MAX_ERROR).toWellFormed().replaceAll("\u0000", "\uFFFD");
}

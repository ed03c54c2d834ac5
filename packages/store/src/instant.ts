import { invalidParams } from "@berth/protocol";

/** One spelling for one moment (RFC 3339, UTC, milliseconds), so that every driver returns and orders the same text. */
export function toInstant(at: string): string {
  return new Date(at).toISOString();
}

/** The same for text that came from outside. @throws PlatformError INVALID_PARAMS */
export function parseInstant(field: string, at: string): string {
  const time = Date.parse(at);
  if (Number.isNaN(time)) throw invalidParams([{ field, description: "must be an RFC 3339 timestamp" }]);
  return new Date(time).toISOString();
}

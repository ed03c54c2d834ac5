import type { Part } from "./a2a.ts";

/**
 * Whether a declared mode such as `text/*` covers a media type. Parameters and case do not count. Cards of the
 * 0.2 era declare a bare `text`, which covers `text/*`.
 */
export function matchesMediaType(pattern: string, mediaType: string): boolean {
  const [type, subtype = "*"] = essence(pattern).split("/");
  const [givenType, givenSubtype] = essence(mediaType).split("/");
  return (type === "*" || type === givenType) && (subtype === "*" || subtype === givenSubtype);
}

/** The media type of a part, where the sender named none: text is plain, data is JSON, a file is anything. */
export function mediaTypeOf(part: Part): string {
  if (part.mediaType !== undefined) return part.mediaType;
  if (part.text !== undefined) return "text/plain";
  return part.data === undefined ? "application/octet-stream" : "application/json";
}

function essence(mediaType: string): string {
  return (mediaType.split(";", 1)[0] ?? "").trim().toLowerCase();
}

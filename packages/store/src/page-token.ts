import { invalidParams } from "@berth/protocol";
import { isStorableText } from "./storable-text.ts";

/** Raised when the meaning of a position changes; older tokens are then refused instead of misread. */
const VERSION = 1;
const MAX_TOKEN_LENGTH = 4096;
const MAX_PAGE_SIZE = 1000;

/** A place in a sorted list: the sort key of the last row of the page before. Opaque to callers, not secret. */
export function encodePageToken(list: string, position: readonly string[]): string {
  return Buffer.from(JSON.stringify([VERSION, list, ...position])).toString("base64url");
}

/**
 * Tokens come back from strangers. `valid` has one check per part of the position.
 * @throws PlatformError INVALID_PARAMS for anything that `encodePageToken` did not make for this list.
 */
export function decodePageToken(
  list: string,
  token: string,
  valid: readonly ((part: string) => boolean)[],
): readonly string[] {
  const parts = token.length > MAX_TOKEN_LENGTH ? undefined : parseParts(token);
  const position = parts?.slice(2).filter((part) => typeof part === "string") ?? [];
  const known = parts?.[0] === VERSION && parts[1] === list && parts.length === valid.length + 2;
  if (!known || position.length !== valid.length || !position.every((part, i) => valid[i]?.(part) === true)) {
    throw invalidParams([{ field: "pageToken", description: "is not a token of this list" }]);
  }
  return position;
}

export function isInstantPart(part: string): boolean {
  const time = Date.parse(part);
  return !Number.isNaN(time) && new Date(time).toISOString() === part;
}

export function isTextPart(part: string): boolean {
  return part !== "" && isStorableText(part);
}

export function isIndexPart(part: string): boolean {
  return /^\d{1,15}$/.test(part);
}

export function boundPageSize(size: number): number {
  return Number.isInteger(size) ? Math.min(Math.max(size, 1), MAX_PAGE_SIZE) : MAX_PAGE_SIZE;
}

function parseParts(token: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

import { PlatformError, invalidParams } from "@berth/protocol";
import { toInstant } from "./instant.ts";
import { isStorableText, requireStorableText } from "./storable-text.ts";
import type { FileVersion, Reservation, WorkspaceQuota, WorkspaceUsage } from "./workspace-store.ts";

/** A path is half of a key, so it may be longer than other texts: with the organization it fits into an index entry. */
const MAX_PATH_BYTES = 1024;

/** Whether a path can be a key at all; what a good path is, the callers know. */
export function isStorablePath(path: string): boolean {
  return path.isWellFormed() && !path.includes("\u0000") && Buffer.byteLength(path) <= MAX_PATH_BYTES;
}

export function isStorableFile(orgId: string, path: string): boolean {
  return isStorableText(orgId) && isStorablePath(path);
}

/** @throws PlatformError INVALID_PARAMS for what cannot be a key. */
export function fileAsKept(file: Omit<FileVersion, "version">): Omit<FileVersion, "version"> {
  const { orgId, path, digest, bytes, mediaType, by, runId } = file;
  requireStorableText({ orgId, digest, mediaType, by, runId });
  if (!isStorablePath(path)) {
    throw invalidParams([
      { field: "path", description: `must be well-formed text of at most ${MAX_PATH_BYTES} bytes` },
    ]);
  }
  const at = toInstant(file.at);
  return {
    orgId,
    path,
    ...(digest === undefined ? {} : { digest }),
    bytes,
    mediaType,
    at,
    by,
    ...(runId === undefined ? {} : { runId }),
  };
}

/** @throws PlatformError INVALID_PARAMS for what cannot be a key. */
export function reservationAsKept({ orgId, digest, bytes, at }: Reservation): Reservation {
  requireStorableText({ orgId, digest });
  return { orgId, digest, bytes, at: toInstant(at) };
}

/** @throws PlatformError STORE_CONFLICT */
export function assertVersion(expected: number | undefined, newest: number): void {
  if (expected === undefined || expected === newest) return;
  throw new PlatformError("STORE_CONFLICT", `The file is at version ${newest}, not ${expected}.`, {
    retryable: false,
    hint: "Read it again, and write what follows from what you read.",
    metadata: { version: String(newest) },
  });
}

export const NO_USAGE: WorkspaceUsage = { files: 0, bytes: 0, released: 0 };

/** Some bytes of an organization, and how many of its versions name them before and after. */
export interface Renamed {
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
}

export function withRenamed(usage: WorkspaceUsage, { bytes, from, to }: Renamed): WorkspaceUsage {
  const kept = (to > 0 ? bytes : 0) - (from > 0 ? bytes : 0);
  return { ...usage, bytes: usage.bytes + kept, released: usage.released - kept };
}

/** Once `next` stands in the place of `before`. */
export function withNewest(usage: WorkspaceUsage, before: Deletable | undefined, next: Deletable): WorkspaceUsage {
  return { ...usage, files: usage.files + countOf(next) - countOf(before) };
}

type Deletable = Pick<FileVersion, "digest">;

function countOf(file: Deletable | undefined): number {
  return file?.digest === undefined ? 0 : 1;
}

/** @throws PlatformError QUOTA_EXCEEDED for what has grown, and is beyond. */
export function assertQuota(before: WorkspaceUsage, after: WorkspaceUsage, quota: WorkspaceQuota | undefined): void {
  if (quota === undefined) return;
  for (const unit of ["files", "bytes"] as const) {
    if (after[unit] <= quota[unit] || after[unit] <= before[unit]) continue;
    throw new PlatformError("QUOTA_EXCEEDED", `The workspace may hold ${quota[unit]} ${unit}; this would be more.`, {
      hint: "Older versions count too: remove files that are no longer needed together with their history.",
    });
  }
}

/**
 * Whether somebody may put bytes that are new to the organization. What is about to be collected has as much room again
 * as what is kept: a full workspace can be emptied and filled at once, and the disk is bounded all the same.
 * @throws PlatformError QUOTA_EXCEEDED
 */
export function assertRoom(usage: WorkspaceUsage, bytes: number, quota: WorkspaceQuota | undefined): void {
  if (quota === undefined) return;
  assertQuota(usage, { ...usage, bytes: usage.bytes + bytes }, quota);
  if (bytes === 0 || usage.bytes + usage.released + bytes <= 2 * quota.bytes) return;
  throw new PlatformError("QUOTA_EXCEEDED", "Too much was written and removed in too short a time.", {
    hint: "The bytes of removed versions are collected within about an hour: try again then.",
  });
}

export function reservationGone(): PlatformError {
  return new PlatformError("STORE_UNAVAILABLE", "The bytes waited for too long to become a file.", {
    retryable: true,
    hint: "Write the file again.",
  });
}

/** The first text, byte by byte, that is behind everything that begins with `prefix`; undefined: nothing is. */
export function endOfPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const code = last.codePointAt(0) ?? 0;
    // Surrogates are no characters of their own.
    if (code < 0x10_ff_ff) return points.join("") + String.fromCodePoint(code === 0xd7_ff ? 0xe0_00 : code + 1);
  }
  return undefined;
}

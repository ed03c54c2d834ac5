import { PlatformError } from "@berth/protocol";
import type { Reason } from "@berth/protocol";

/** Codes of the distribution specification, "Error Codes". */
export type ImageErrorCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN";

/** What each is here. */
const REASON_OF: Readonly<Record<ImageErrorCode, Reason>> = {
  BLOB_UNKNOWN: "IMAGE_NOT_FOUND",
  BLOB_UPLOAD_INVALID: "CONTENT_MISMATCH",
  BLOB_UPLOAD_UNKNOWN: "IMAGE_NOT_FOUND",
  DIGEST_INVALID: "CONTENT_MISMATCH",
  MANIFEST_BLOB_UNKNOWN: "CONTENT_MISMATCH",
  MANIFEST_INVALID: "CONTENT_MISMATCH",
  MANIFEST_UNKNOWN: "IMAGE_NOT_FOUND",
  NAME_INVALID: "INVALID_PARAMS",
  NAME_UNKNOWN: "IMAGE_NOT_FOUND",
};

export function isImageErrorCode(text: unknown): text is ImageErrorCode {
  return typeof text === "string" && Object.hasOwn(REASON_OF, text);
}

export function imageError(code: ImageErrorCode, message: string, cause?: unknown): PlatformError {
  return new PlatformError(REASON_OF[code], message, { cause, metadata: { code } });
}

export function nameUnknown(): PlatformError {
  return imageError("NAME_UNKNOWN", "There is no such repository.");
}

export function blobUnknown(): PlatformError {
  return imageError("BLOB_UNKNOWN", "The repository has no such blob.");
}

export function manifestUnknown(): PlatformError {
  return imageError("MANIFEST_UNKNOWN", "The repository has no such manifest.");
}

export function uploadUnknown(): PlatformError {
  return imageError("BLOB_UPLOAD_UNKNOWN", "There is no such upload; it may have been finished or given up.");
}

import { isImageErrorCode } from "@berth/control";
import type { ErrorStatus, PlatformError } from "@berth/protocol";
import type { Exchange } from "../edge/exchange.ts";
import { HTTP_STATUS } from "../edge/http-status.ts";
import type { RenderedError } from "../edge/render-error.ts";

/** distribution-spec 1.1, "Error Codes"; `UNKNOWN` is docker's for all others. */
const CODES: Readonly<Partial<Record<ErrorStatus, string>>> = {
  UNAUTHENTICATED: "UNAUTHORIZED",
  PERMISSION_DENIED: "DENIED",
  FAILED_PRECONDITION: "DENIED",
  ABORTED: "DENIED",
  RESOURCE_EXHAUSTED: "TOOMANYREQUESTS",
};

export function renderRegistryError(error: PlatformError, exchange: Exchange): RenderedError {
  const { message, hint, reason, violations } = error;
  const detail = {
    reason,
    ...(hint === undefined ? {} : { hint }),
    ...(violations.length === 0 ? {} : { violations }),
    requestId: exchange.requestId,
  };
  const body = { errors: [{ code: codeOf(error, exchange), message, detail }] };
  return { status: statusOf(error), contentType: "application/json", body };
}

function codeOf({ metadata, reason, status }: PlatformError, { path }: Exchange): string {
  if (isImageErrorCode(metadata["code"])) return metadata["code"];
  if (reason === "QUOTA_EXCEEDED") return "DENIED";
  if (reason === "METHOD_NOT_FOUND" || reason === "ROUTE_NOT_FOUND") return "UNSUPPORTED";
  const isUpload = path.includes("/blobs/uploads/");
  if (reason === "IMAGE_NOT_FOUND") return isUpload ? "BLOB_UPLOAD_UNKNOWN" : "NAME_UNKNOWN";
  if (reason === "CONTENT_MISMATCH") return isUpload ? "BLOB_UPLOAD_INVALID" : "MANIFEST_INVALID";
  if (reason === "REQUEST_TOO_LARGE") return isUpload ? "SIZE_INVALID" : "MANIFEST_INVALID";
  return CODES[status] ?? "UNKNOWN";
}

function statusOf({ metadata, reason }: PlatformError): number {
  // A piece of an upload that does not go on where the last one ended ("Pushing a blob in chunks").
  if (reason === "CONTENT_MISMATCH" && metadata["size"] !== undefined) return 416;
  // Clients take 429 for "try again", and no waiting makes room.
  if (reason === "QUOTA_EXCEEDED") return 403;
  return HTTP_STATUS[reason];
}

import { A2A_JSON_RPC_CODES, ErrorStatus, PlatformError, RPC_HTTP_STATUS } from "@berth/protocol";
import type { JsonObject, Reason } from "@berth/protocol";

/** Reasons outside the table are the platform's; from an agent they are a bad parameter or an internal error. */
const JSONRPC_CODES: Partial<Record<Reason, number>> = A2A_JSON_RPC_CODES;

export function httpStatusOf({ reason, status }: PlatformError): number {
  if (reason === "REQUEST_TOO_LARGE") return 413;
  if (reason === "UNSUPPORTED_MEDIA_TYPE") return 415;
  return RPC_HTTP_STATUS[status];
}

/** A bug shows nothing of itself to the caller; its stack goes to standard error. */
export function toPlatformError(error: unknown): PlatformError {
  if (error instanceof PlatformError) return error;
  process.stderr.write(`request failed: ${error instanceof Error ? error.stack : String(error)}\n`);
  return new PlatformError("INTERNAL", "The agent failed to answer this request.", { cause: error });
}

export function toJsonRpcError(error: PlatformError): JsonObject {
  const isCallers = error.status === ErrorStatus.InvalidArgument;
  const code = JSONRPC_CODES[error.reason] ?? (isCallers ? -32602 : -32603);
  return { code, message: error.message, data: details(error) };
}

/** google.rpc.Status, A2A 1.0.1 §11.6. */
export function toHttpError(error: PlatformError): JsonObject {
  return {
    error: { code: httpStatusOf(error), status: error.status, message: error.message, details: details(error) },
  };
}

function details({ reason, metadata, violations }: PlatformError): JsonObject[] {
  const info = {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    reason,
    domain: "a2a-protocol.org",
    metadata,
  };
  if (violations.length === 0) return [info];
  const fieldViolations = violations.map(({ field, description }) => ({ field, description }));
  return [info, { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations }];
}

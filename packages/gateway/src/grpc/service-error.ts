import { Metadata, status as Code } from "@grpc/grpc-js";
import type { StatusObject } from "@grpc/grpc-js";
import { PlatformError } from "@berth/protocol";
import type { Reason } from "@berth/protocol";
import { detailsOf } from "../a2a/render-error.ts";
import type { ProtocolVersion } from "../a2a/version.ts";
import type { GrpcExchange } from "./grpc-exchange.ts";
import { encodeStatus } from "./status-details.ts";

/** Trailers go in one header block, and clients bound its size: commonly 8 KiB, all encodings counted. */
const MAX_MESSAGE = 500;
const MAX_VIOLATIONS = 10;

/** 0.3 clients tell these by another code than 1.0.1 §5.4 has. */
const V03_CODES: Partial<Record<Reason, Code>> = {
  PUSH_NOTIFICATION_NOT_SUPPORTED: Code.UNIMPLEMENTED,
  UNSUPPORTED_OPERATION: Code.UNIMPLEMENTED,
};

/** The error as gRPC's status, with google.rpc.Status in the trailers (A2A 1.0.1 §10.6). */
export function toServiceError(
  thrown: PlatformError,
  exchange: GrpcExchange,
  version: ProtocolVersion,
): Pick<StatusObject, "code" | "details" | "metadata"> {
  const error = bounded(thrown);
  const code = (version === "0.3" ? V03_CODES[error.reason] : undefined) ?? Code[error.status];
  const metadata = new Metadata();
  const status = encodeStatus({ code, message: error.message, details: detailsOf(error, exchange) });
  metadata.set("grpc-status-details-bin", Buffer.from(status));
  return { code, details: error.message, metadata };
}

function bounded(error: PlatformError): PlatformError {
  const { reason, message, violations, hint, metadata } = error;
  // A cut may split a character, which grpc-js could not write.
  return new PlatformError(reason, cut(message), {
    violations: violations
      .slice(0, MAX_VIOLATIONS)
      .map(({ field, description }) => ({ field: cut(field), description: cut(description) })),
    ...(hint === undefined ? {} : { hint }),
    metadata,
  });
}

function cut(text: string): string {
  return text.slice(0, MAX_MESSAGE).toWellFormed();
}

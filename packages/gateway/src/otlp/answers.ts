import type { OutgoingHttpHeaders } from "node:http";
import type { ErrorStatus, PlatformError } from "@berth/protocol";
import { OTLP_CONTENT_TYPES, otlpEncodingOf } from "@berth/telemetry";
import type { OtlpEncoding, OtlpSignal } from "@berth/telemetry";
import type { Exchange } from "../edge/exchange.ts";
import { HTTP_STATUS } from "../edge/http-status.ts";
import type { RenderedError } from "../edge/render-error.ts";
import { encodeMessage } from "../grpc/proto/encode.ts";
import { message } from "../grpc/proto/schema.ts";
import { encodeStatus } from "../grpc/status-details.ts";

/** opentelemetry-proto collector/{trace,logs,metrics}/v1: the same two fields under three names. */
const REJECTED: Readonly<Record<OtlpSignal, string>> = {
  traces: "rejectedSpans",
  logs: "rejectedLogRecords",
  metrics: "rejectedDataPoints",
};
// int64 and int32 look the same on the wire where the number is small, and none of these is large.
const RESPONSES = {
  traces: responseOf(REJECTED.traces),
  logs: responseOf(REJECTED.logs),
  metrics: responseOf(REJECTED.metrics),
} as const;

function responseOf(rejected: string): ReturnType<typeof message> {
  return message({ partialSuccess: [1, message({ [rejected]: [1, "int32"], errorMessage: [2, "string"] })] });
}

/** google/rpc/code.proto */
const CODES: Readonly<Record<ErrorStatus, number>> = {
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
};

/** An Export*ServiceResponse in the encoding of the request. Without anything rejected it says nothing. */
export function exportResponse(
  encoding: OtlpEncoding,
  signal: OtlpSignal,
  { rejected, message: text }: { readonly rejected: number; readonly message?: string },
): { readonly contentType: string; readonly body: string | Uint8Array } {
  const response =
    rejected === 0 ? {} : { partialSuccess: { [REJECTED[signal]]: rejected, errorMessage: text ?? "rejected" } };
  const contentType = OTLP_CONTENT_TYPES[encoding];
  if (encoding === "json") return { contentType, body: JSON.stringify(response) };
  return { contentType, body: encodeMessage(RESPONSES[signal], response) };
}

/** google.rpc.Status in the encoding of the request (OTLP specification, "Failures"); JSON where that has none. */
export function renderOtlpError(error: PlatformError, exchange: Exchange): RenderedError {
  const encoding = otlpEncodingOf(exchange.header("content-type")) ?? "json";
  const code = CODES[error.status];
  const { message: text, reason } = error;
  const details = [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason, domain: "berth.dev" }] as const;
  return {
    status: HTTP_STATUS[reason],
    contentType: OTLP_CONTENT_TYPES[encoding],
    body: encoding === "json" ? { code, message: text, details } : encodeStatus({ code, message: text, details }),
  };
}

/** Senders try again only where they are told when (OTLP specification, "OTLP/HTTP Throttling"). */
export function retryHeaders({ status }: RenderedError, known: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return (status === 429 || status === 503) && known["Retry-After"] === undefined ? { "Retry-After": "1" } : {};
}

import type { JsonValue, PlatformError } from "@berth/protocol";
import type { Exchange } from "../edge/exchange.ts";
import type { RenderedError } from "../edge/render-error.ts";
import { A2A_HTTP_STATUS, A2A_REASONS, JSON_RPC_CODE, rpcHttpStatus } from "./error-codes.ts";
import { restMediaType } from "./media-type.ts";

export type RpcId = string | number | null;

/** google.rpc.Status in its JSON form (A2A 1.0.1 §11.6). */
export function renderStatus(error: PlatformError, exchange: Exchange): RenderedError {
  const status = A2A_HTTP_STATUS[error.reason];
  return { status, contentType: restMediaType(exchange), body: statusBody(error, exchange) };
}

/** Also the last frame of a stream that breaks. */
export function statusBody(error: PlatformError, exchange: Exchange): JsonValue {
  const { reason, status, message } = error;
  return { error: { code: A2A_HTTP_STATUS[reason], status, message, details: detailsOf(error, exchange) } };
}

/** A2A 0.3 leaves the form open; this is the one its SDKs write and read. */
export function renderV03Error(error: PlatformError, exchange: Exchange): RenderedError {
  const body = v03ErrorBody(error, exchange);
  return { status: A2A_HTTP_STATUS[error.reason], contentType: "application/json", body };
}

export function v03ErrorBody(error: PlatformError, exchange: Exchange): JsonValue {
  return { code: JSON_RPC_CODE[error.reason], message: error.message, data: detailsOf(error, exchange) };
}

export function renderRpcError(error: PlatformError, exchange: Exchange, id: RpcId): RenderedError {
  return {
    status: rpcHttpStatus(error.reason),
    contentType: "application/json",
    body: rpcErrorBody(error, exchange, id),
  };
}

export function rpcErrorBody(error: PlatformError, exchange: Exchange, id: RpcId): JsonValue {
  const { reason, message } = error;
  return { jsonrpc: "2.0", id, error: { code: JSON_RPC_CODE[reason], message, data: detailsOf(error, exchange) } };
}

/** google.rpc error details: ErrorInfo always, BadRequest with the fields, RequestInfo when only we can help. */
export function detailsOf(error: PlatformError, { requestId }: Pick<Exchange, "requestId">): readonly JsonValue[] {
  const { reason, metadata, hint, violations } = error;
  const known = hint === undefined ? metadata : { ...metadata, hint };
  const details: JsonValue[] = [
    {
      "@type": "type.googleapis.com/google.rpc.ErrorInfo",
      reason,
      domain: A2A_REASONS.has(reason) ? "a2a-protocol.org" : "berth.dev",
      ...(Object.keys(known).length === 0 ? {} : { metadata: known }),
    },
  ];
  if (violations.length > 0) {
    details.push({
      "@type": "type.googleapis.com/google.rpc.BadRequest",
      fieldViolations: violations.map(({ field, description }) => ({ field, description })),
    });
  }
  const retryAfter = metadata["retryAfterSeconds"];
  if (typeof retryAfter === "string") {
    details.push({ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${retryAfter}s` });
  }
  if (reason === "INTERNAL") details.push({ "@type": "type.googleapis.com/google.rpc.RequestInfo", requestId });
  return details;
}

import { A2A_JSON_RPC_CODES } from "@berth/protocol";
import type { Reason } from "@berth/protocol";
import { HTTP_STATUS } from "../edge/http-status.ts";

/** HTTP status in the HTTP+JSON binding (A2A 1.0.1 §5.4). */
export const A2A_HTTP_STATUS: Readonly<Record<Reason, number>> = {
  ...HTTP_STATUS,
  TASK_NOT_CANCELABLE: 400,
  UNSUPPORTED_OPERATION: 400,
  CONTENT_TYPE_NOT_SUPPORTED: 400,
  INVALID_AGENT_RESPONSE: 500,
  METHOD_NOT_FOUND: 404,
  // §5.4 answers every content type that is not taken with 400, where HTTP alone would say 415.
  UNSUPPORTED_MEDIA_TYPE: 400,
};

/** The reasons that A2A defines; ErrorInfo of the others carries our own domain. */
export const A2A_REASONS: ReadonlySet<Reason> = new Set<Reason>([
  "TASK_NOT_FOUND",
  "TASK_NOT_CANCELABLE",
  "PUSH_NOTIFICATION_NOT_SUPPORTED",
  "UNSUPPORTED_OPERATION",
  "CONTENT_TYPE_NOT_SUPPORTED",
  "INVALID_AGENT_RESPONSE",
  "EXTENDED_AGENT_CARD_NOT_CONFIGURED",
  "EXTENSION_SUPPORT_REQUIRED",
  "VERSION_NOT_SUPPORTED",
]);

/** Ours, for what neither JSON-RPC nor A2A has a code: the reason in `data` says what it is. */
const PLATFORM = -32000;

/** JSON-RPC code of every reason (A2A 1.0.1 §5.4, JSON-RPC 2.0 §5.1). */
export const JSON_RPC_CODE: Readonly<Record<Reason, number>> = {
  ...A2A_JSON_RPC_CODES,
  REQUEST_TOO_LARGE: -32600,
  REQUEST_TOO_DEEP: -32600,
  UNSUPPORTED_MEDIA_TYPE: -32005,
  HOST_NOT_ALLOWED: PLATFORM,
  ORIGIN_NOT_ALLOWED: PLATFORM,
  ROUTE_NOT_FOUND: -32601,
  IDEMPOTENCY_CONFLICT: -32602,
  CONTEXT_MISMATCH: -32602,
  UNAUTHENTICATED: PLATFORM,
  PERMISSION_DENIED: PLATFORM,
  KEY_NOT_FOUND: PLATFORM,
  AGENT_NOT_FOUND: PLATFORM,
  SKILL_NOT_FOUND: -32602,
  RELEASE_NOT_FOUND: PLATFORM,
  DEPLOYMENT_NOT_FOUND: PLATFORM,
  CONFIG_INVALID: PLATFORM,
  CARD_INVALID: PLATFORM,
  ARCHIVE_REFUSED: PLATFORM,
  BUILD_FAILED: PLATFORM,
  HEALTH_CHECK_FAILED: PLATFORM,
  DEPLOY_CANCELED: PLATFORM,
  ISOLATION_UNAVAILABLE: PLATFORM,
  AGENT_START_FAILED: -32603,
  AGENT_START_TIMEOUT: -32603,
  AGENT_CRASHED: -32603,
  AGENT_OUT_OF_MEMORY: -32603,
  AGENT_UNRESPONSIVE: -32603,
  AGENT_OVERLOADED: PLATFORM,
  AGENT_ERROR: -32603,
  PLATFORM_RESTARTED: -32603,
  TASK_TIMED_OUT: -32603,
  RECEIPT_NOT_FOUND: PLATFORM,
  RECEIPT_PENDING: PLATFORM,
  STORE_CONFLICT: -32603,
  STORE_UNAVAILABLE: -32603,
  HOME_LOCKED: -32603,
  HOME_UNWRITABLE: -32603,
  RATE_LIMITED: PLATFORM,
  TOO_MANY_STREAMS: PLATFORM,
  SHUTTING_DOWN: PLATFORM,
  TIMED_OUT: -32603,
  CANCELED: PLATFORM,
};

/**
 * JSON-RPC answers errors with HTTP 200, except where HTTP itself is concerned: who calls, where, with how much and
 * whether we serve at all. Proxies and plain clients act on these.
 */
export function rpcHttpStatus(reason: Reason): number {
  switch (reason) {
    case "UNAUTHENTICATED":
    case "PERMISSION_DENIED":
    case "AGENT_NOT_FOUND":
    case "HOST_NOT_ALLOWED":
    case "ORIGIN_NOT_ALLOWED":
    case "REQUEST_TOO_LARGE":
    case "UNSUPPORTED_MEDIA_TYPE":
    case "AGENT_OVERLOADED":
    case "RATE_LIMITED":
    case "TOO_MANY_STREAMS":
    case "SHUTTING_DOWN":
    case "STORE_UNAVAILABLE":
      return HTTP_STATUS[reason];
    default:
      return 200;
  }
}

import type { JsonObject } from "./a2a.ts";

/** google.rpc code names (google/rpc/code.proto). */
export const ErrorStatus = {
  InvalidArgument: "INVALID_ARGUMENT",
  FailedPrecondition: "FAILED_PRECONDITION",
  NotFound: "NOT_FOUND",
  AlreadyExists: "ALREADY_EXISTS",
  Aborted: "ABORTED",
  Unauthenticated: "UNAUTHENTICATED",
  PermissionDenied: "PERMISSION_DENIED",
  ResourceExhausted: "RESOURCE_EXHAUSTED",
  DeadlineExceeded: "DEADLINE_EXCEEDED",
  Cancelled: "CANCELLED",
  Unavailable: "UNAVAILABLE",
  Unimplemented: "UNIMPLEMENTED",
  Internal: "INTERNAL",
} as const;
export type ErrorStatus = (typeof ErrorStatus)[keyof typeof ErrorStatus];

/** Append only: reasons are in receipts, logs and other people's scripts. */
export type Reason =
  | "TASK_NOT_FOUND"
  | "TRACE_NOT_FOUND"
  | "TASK_NOT_CANCELABLE"
  | "PUSH_NOTIFICATION_NOT_SUPPORTED"
  | "UNSUPPORTED_OPERATION"
  | "CONTENT_TYPE_NOT_SUPPORTED"
  | "INVALID_AGENT_RESPONSE"
  | "EXTENDED_AGENT_CARD_NOT_CONFIGURED"
  | "EXTENSION_SUPPORT_REQUIRED"
  | "VERSION_NOT_SUPPORTED"
  | "PARSE_ERROR"
  | "INVALID_REQUEST"
  | "METHOD_NOT_FOUND"
  | "INVALID_PARAMS"
  | "REQUEST_TOO_LARGE"
  | "REQUEST_TOO_DEEP"
  | "UNSUPPORTED_MEDIA_TYPE"
  | "HOST_NOT_ALLOWED"
  | "ORIGIN_NOT_ALLOWED"
  | "ROUTE_NOT_FOUND"
  | "IDEMPOTENCY_CONFLICT"
  | "CONTEXT_MISMATCH"
  | "UNAUTHENTICATED"
  | "PERMISSION_DENIED"
  | "KEY_NOT_FOUND"
  | "AGENT_NOT_FOUND"
  | "SKILL_NOT_FOUND"
  | "RELEASE_NOT_FOUND"
  | "DEPLOYMENT_NOT_FOUND"
  | "WEBHOOK_NOT_FOUND"
  | "DELIVERY_NOT_FOUND"
  | "CONFIG_INVALID"
  | "CARD_INVALID"
  | "ARCHIVE_REFUSED"
  | "BUILD_FAILED"
  | "HEALTH_CHECK_FAILED"
  | "DEPLOY_CANCELED"
  | "ISOLATION_UNAVAILABLE"
  | "AGENT_START_FAILED"
  | "AGENT_START_TIMEOUT"
  | "AGENT_CRASHED"
  | "AGENT_OUT_OF_MEMORY"
  | "AGENT_UNRESPONSIVE"
  /** Attached, and nobody is connected. */
  | "AGENT_UNREACHABLE"
  | "AGENT_OVERLOADED"
  | "AGENT_ERROR"
  | "PLATFORM_RESTARTED"
  | "TASK_TIMED_OUT"
  | "RECEIPT_NOT_FOUND"
  | "AUDIT_ENTRY_NOT_FOUND"
  | "LEDGER_ROLLED_BACK"
  | "LEDGER_FORKED"
  | "RECEIPT_PENDING"
  | "STORE_CONFLICT"
  | "STORE_UNAVAILABLE"
  | "HOME_LOCKED"
  | "HOME_UNWRITABLE"
  | "RATE_LIMITED"
  | "TOO_MANY_STREAMS"
  | "SHUTTING_DOWN"
  | "TIMED_OUT"
  | "CANCELED"
  | "GRANT_REQUIRED"
  | "GRANT_INVALID"
  | "GRANT_EXPIRED"
  | "GRANT_REVOKED"
  | "GRANT_EXCEEDED"
  | "GRANT_NOT_FOUND"
  | "PATH_INVALID"
  | "FILE_NOT_FOUND"
  | "FILE_TOO_LARGE"
  | "QUOTA_EXCEEDED"
  | "APPROVAL_NOT_FOUND"
  | "APPROVAL_DECIDED"
  | "APPROVAL_DENIED"
  | "APPROVAL_EXPIRED"
  | "USER_NOT_FOUND"
  | "SESSION_NOT_FOUND"
  | "ORGANIZATION_NOT_FOUND"
  | "ISSUER_NOT_FOUND"
  | "CLIENT_NOT_FOUND"
  | "SECRET_NOT_FOUND"
  | "DESTINATION_NOT_FOUND"
  | "POLICY_NOT_FOUND"
  | "BUDGET_EXCEEDED"
  | "CALL_DEPTH_EXCEEDED"
  | "EVAL_NOT_FOUND"
  | "EVAL_FAILED"
  | "MODEL_NOT_FOUND"
  | "MODEL_NOT_ALLOWED"
  | "MODEL_FAILED"
  | "STEP_MISMATCH"
  | "RUN_SUPERSEDED"
  | "IMAGE_NOT_FOUND"
  /** Bytes that are not what their digest says. */
  | "CONTENT_MISMATCH"
  | "REGISTRY_FAILED"
  /** Where a source should come from: it is not there, not let in, or not what it should be. */
  | "SOURCE_FAILED"
  | "TARGET_NOT_FOUND"
  | "TARGET_FAILED"
  /** Somebody else changed there what a plan was made against. */
  | "TARGET_CONFLICT"
  | "INTERNAL";

/** Every reason with its status. */
export const REASONS: Readonly<Record<Reason, ErrorStatus>> = {
  // A2A 1.0.1 §5.4
  TASK_NOT_FOUND: "NOT_FOUND",
  TRACE_NOT_FOUND: "NOT_FOUND",
  TASK_NOT_CANCELABLE: "FAILED_PRECONDITION",
  PUSH_NOTIFICATION_NOT_SUPPORTED: "FAILED_PRECONDITION",
  UNSUPPORTED_OPERATION: "FAILED_PRECONDITION",
  CONTENT_TYPE_NOT_SUPPORTED: "INVALID_ARGUMENT",
  INVALID_AGENT_RESPONSE: "INTERNAL",
  EXTENDED_AGENT_CARD_NOT_CONFIGURED: "FAILED_PRECONDITION",
  EXTENSION_SUPPORT_REQUIRED: "FAILED_PRECONDITION",
  VERSION_NOT_SUPPORTED: "FAILED_PRECONDITION",
  // Requests
  PARSE_ERROR: "INVALID_ARGUMENT",
  INVALID_REQUEST: "INVALID_ARGUMENT",
  METHOD_NOT_FOUND: "NOT_FOUND",
  INVALID_PARAMS: "INVALID_ARGUMENT",
  REQUEST_TOO_LARGE: "INVALID_ARGUMENT",
  REQUEST_TOO_DEEP: "INVALID_ARGUMENT",
  UNSUPPORTED_MEDIA_TYPE: "INVALID_ARGUMENT",
  HOST_NOT_ALLOWED: "PERMISSION_DENIED",
  ORIGIN_NOT_ALLOWED: "PERMISSION_DENIED",
  ROUTE_NOT_FOUND: "NOT_FOUND",
  IDEMPOTENCY_CONFLICT: "ALREADY_EXISTS",
  CONTEXT_MISMATCH: "INVALID_ARGUMENT",
  // Authority
  GRANT_REQUIRED: "PERMISSION_DENIED",
  GRANT_INVALID: "PERMISSION_DENIED",
  GRANT_EXPIRED: "PERMISSION_DENIED",
  GRANT_REVOKED: "PERMISSION_DENIED",
  GRANT_EXCEEDED: "PERMISSION_DENIED",
  GRANT_NOT_FOUND: "NOT_FOUND",
  PATH_INVALID: "INVALID_ARGUMENT",
  FILE_NOT_FOUND: "NOT_FOUND",
  FILE_TOO_LARGE: "INVALID_ARGUMENT",
  QUOTA_EXCEEDED: "RESOURCE_EXHAUSTED",
  APPROVAL_NOT_FOUND: "NOT_FOUND",
  APPROVAL_DECIDED: "FAILED_PRECONDITION",
  APPROVAL_DENIED: "PERMISSION_DENIED",
  APPROVAL_EXPIRED: "FAILED_PRECONDITION",
  USER_NOT_FOUND: "NOT_FOUND",
  SESSION_NOT_FOUND: "NOT_FOUND",
  ORGANIZATION_NOT_FOUND: "NOT_FOUND",
  ISSUER_NOT_FOUND: "NOT_FOUND",
  CLIENT_NOT_FOUND: "NOT_FOUND",
  SECRET_NOT_FOUND: "NOT_FOUND",
  DESTINATION_NOT_FOUND: "NOT_FOUND",
  POLICY_NOT_FOUND: "NOT_FOUND",
  BUDGET_EXCEEDED: "RESOURCE_EXHAUSTED",
  CALL_DEPTH_EXCEEDED: "FAILED_PRECONDITION",
  // Models
  MODEL_NOT_FOUND: "NOT_FOUND",
  MODEL_NOT_ALLOWED: "PERMISSION_DENIED",
  MODEL_FAILED: "UNAVAILABLE",
  // Durable runs
  STEP_MISMATCH: "FAILED_PRECONDITION",
  IMAGE_NOT_FOUND: "NOT_FOUND",
  CONTENT_MISMATCH: "INVALID_ARGUMENT",
  REGISTRY_FAILED: "UNAVAILABLE",
  SOURCE_FAILED: "FAILED_PRECONDITION",
  TARGET_NOT_FOUND: "NOT_FOUND",
  TARGET_FAILED: "FAILED_PRECONDITION",
  TARGET_CONFLICT: "ABORTED",
  RUN_SUPERSEDED: "ABORTED",
  // Identity
  UNAUTHENTICATED: "UNAUTHENTICATED",
  PERMISSION_DENIED: "PERMISSION_DENIED",
  KEY_NOT_FOUND: "NOT_FOUND",
  // Registry and deploys
  AGENT_NOT_FOUND: "NOT_FOUND",
  SKILL_NOT_FOUND: "NOT_FOUND",
  RELEASE_NOT_FOUND: "NOT_FOUND",
  DEPLOYMENT_NOT_FOUND: "NOT_FOUND",
  WEBHOOK_NOT_FOUND: "NOT_FOUND",
  DELIVERY_NOT_FOUND: "NOT_FOUND",
  CONFIG_INVALID: "INVALID_ARGUMENT",
  CARD_INVALID: "FAILED_PRECONDITION",
  ARCHIVE_REFUSED: "INVALID_ARGUMENT",
  BUILD_FAILED: "FAILED_PRECONDITION",
  HEALTH_CHECK_FAILED: "FAILED_PRECONDITION",
  EVAL_FAILED: "FAILED_PRECONDITION",
  DEPLOY_CANCELED: "CANCELLED",
  // Runtime
  ISOLATION_UNAVAILABLE: "FAILED_PRECONDITION",
  AGENT_START_FAILED: "UNAVAILABLE",
  AGENT_START_TIMEOUT: "UNAVAILABLE",
  AGENT_CRASHED: "UNAVAILABLE",
  AGENT_OUT_OF_MEMORY: "UNAVAILABLE",
  AGENT_UNRESPONSIVE: "UNAVAILABLE",
  AGENT_UNREACHABLE: "UNAVAILABLE",
  AGENT_OVERLOADED: "RESOURCE_EXHAUSTED",
  AGENT_ERROR: "INTERNAL",
  PLATFORM_RESTARTED: "UNAVAILABLE",
  TASK_TIMED_OUT: "DEADLINE_EXCEEDED",
  // Stores and receipts
  RECEIPT_NOT_FOUND: "NOT_FOUND",
  AUDIT_ENTRY_NOT_FOUND: "NOT_FOUND",
  EVAL_NOT_FOUND: "NOT_FOUND",
  LEDGER_ROLLED_BACK: "FAILED_PRECONDITION",
  LEDGER_FORKED: "FAILED_PRECONDITION",
  RECEIPT_PENDING: "UNAVAILABLE",
  STORE_CONFLICT: "ABORTED",
  STORE_UNAVAILABLE: "UNAVAILABLE",
  HOME_LOCKED: "FAILED_PRECONDITION",
  HOME_UNWRITABLE: "FAILED_PRECONDITION",
  // Limits and the rest
  RATE_LIMITED: "RESOURCE_EXHAUSTED",
  TOO_MANY_STREAMS: "RESOURCE_EXHAUSTED",
  SHUTTING_DOWN: "UNAVAILABLE",
  TIMED_OUT: "DEADLINE_EXCEEDED",
  CANCELED: "CANCELLED",
  INTERNAL: "INTERNAL",
};

/** One field that does not fit: `field` is a path such as `message.parts[0].text`. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

export interface PlatformErrorOptions {
  readonly cause?: unknown;
  /** Only logs see it. */
  readonly internal?: string;
  readonly retryable?: boolean;
  readonly violations?: readonly FieldViolation[];
  /** What to do next, for a person. */
  readonly hint?: string;
  /** String values only, they become `ErrorInfo.metadata`. */
  readonly metadata?: JsonObject;
}

/**
 * The one error of the platform, born without a transport: the edge turns it into JSON-RPC, google.rpc.Status, problem
 * details or an MCP error. `message` may be read by anyone.
 */
export class PlatformError extends Error {
  override readonly name: string = "PlatformError";
  readonly reason: Reason;
  readonly status: ErrorStatus;
  readonly internal: string | undefined;
  readonly retryable: boolean;
  readonly violations: readonly FieldViolation[];
  readonly hint: string | undefined;
  readonly metadata: JsonObject;

  constructor(reason: Reason, message: string, options: PlatformErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.status = REASONS[reason];
    this.internal = options.internal;
    this.retryable = options.retryable ?? this.status === ErrorStatus.Unavailable;
    this.violations = options.violations ?? [];
    this.hint = options.hint;
    this.metadata = options.metadata ?? {};
  }
}

export function isPlatformError(value: unknown): value is PlatformError {
  return value instanceof PlatformError;
}

/** INVALID_PARAMS with its fields; the message names the first. */
export function invalidParams(violations: readonly FieldViolation[]): PlatformError {
  const [first] = violations;
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : "";
  const message = first === undefined ? "The request is not valid." : `${first.field}: ${first.description}${more}`;
  return new PlatformError("INVALID_PARAMS", message, { violations });
}

import { PlatformError, REASONS } from "@berth/protocol";
import type { FieldViolation, Reason } from "@berth/protocol";

/** A2A 1.0.1 §5.4 and JSON-RPC 2.0 §5.1, for servers that send no ErrorInfo. */
const REASON_BY_CODE: { readonly [code: string]: Reason | undefined } = {
  "-32001": "TASK_NOT_FOUND",
  "-32002": "TASK_NOT_CANCELABLE",
  "-32003": "PUSH_NOTIFICATION_NOT_SUPPORTED",
  "-32004": "UNSUPPORTED_OPERATION",
  "-32005": "CONTENT_TYPE_NOT_SUPPORTED",
  "-32006": "INVALID_AGENT_RESPONSE",
  "-32007": "EXTENDED_AGENT_CARD_NOT_CONFIGURED",
  "-32008": "EXTENSION_SUPPORT_REQUIRED",
  "-32009": "VERSION_NOT_SUPPORTED",
  "-32700": "PARSE_ERROR",
  "-32600": "INVALID_REQUEST",
  "-32601": "METHOD_NOT_FOUND",
  "-32602": "INVALID_PARAMS",
};

const REASON_BY_STATUS: { readonly [status: number]: Reason | undefined } = {
  202: "RECEIPT_PENDING",
  400: "INVALID_REQUEST",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "ROUTE_NOT_FOUND",
  408: "TIMED_OUT",
  413: "REQUEST_TOO_LARGE",
  415: "UNSUPPORTED_MEDIA_TYPE",
  429: "RATE_LIMITED",
  503: "SHUTTING_DOWN",
  504: "TIMED_OUT",
};

/** Problem details (RFC 9457), google.rpc.Status, or whatever a proxy in between wrote. */
export function errorFromResponse(status: number, headers: Headers, body: string): PlatformError {
  const parsed = parseJson(body);
  const fallback = REASON_BY_STATUS[status] ?? "INTERNAL";
  if (isRecord(parsed) && isRecord(parsed.error)) return errorFromStatus(parsed.error, fallback);
  const problem = isRecord(parsed) ? parsed : {};
  const reason = knownReason(problem.reason) ?? fallback;
  const retryAfter = headers.get("retry-after");
  const said = text(problem.detail) ?? text(problem.title) ?? `The server answered with HTTP status ${status}.`;
  return new PlatformError(reason, said, {
    violations: violationsOf(problem.violations),
    ...optional("hint", text(problem.hint)),
    ...(retryAfter === null ? {} : { retryable: true }),
    metadata: {
      httpStatus: String(status),
      ...optional("requestId", text(problem.requestId)),
      ...optional("retryAfter", retryAfter ?? undefined),
    },
  });
}

/** The `error` member of a JSON-RPC response. */
export function errorFromJsonRpc(error: unknown): PlatformError {
  return errorFromStatus(isRecord(error) ? error : {}, "INTERNAL");
}

/** JSON-RPC's `{code, message, data[]}` and google.rpc.Status' `{code, status, message, details[]}` differ in one name. */
function errorFromStatus(error: Record<string, unknown>, fallback: Reason): PlatformError {
  const details = [error.data, error.details].flat().filter(isRecord);
  const info = details.find((detail) => typeof detail.reason === "string");
  const reason = knownReason(info?.reason) ?? REASON_BY_CODE[String(error.code)] ?? fallback;
  const violations = details.flatMap((detail) => violationsOf(detail.fieldViolations ?? detail.violations));
  const hint = details.map((detail) => text(detail.hint)).find((value) => value !== undefined);
  return new PlatformError(reason, text(error.message) ?? "The agent reported an error.", {
    violations,
    ...optional("hint", hint),
  });
}

function knownReason(value: unknown): Reason | undefined {
  // Own keys of REASONS are exactly the members of the union.
  return typeof value === "string" && Object.hasOwn(REASONS, value) ? (value as Reason) : undefined;
}

function violationsOf(value: unknown): readonly FieldViolation[] {
  if (!Array.isArray(value)) return [];
  return value
    .filter(isRecord)
    .map(({ field, description }) => ({ field: text(field) ?? "", description: text(description) ?? "" }));
}

function optional<K extends string>(key: K, value: string | undefined): { readonly [key in K]?: string } {
  // The computed key is K itself; TypeScript widens it to string.
  return value === undefined ? {} : ({ [key]: value } as { readonly [key in K]?: string });
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

import type { JsonObject, PlatformError, Reason } from "@berth/protocol";

interface OpenAiError {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: JsonObject;
}

interface Shape {
  readonly status: number;
  readonly type: string;
}

/** As OpenAI's own clients tell them apart. 402 is not tried again, as 429 would be: a budget does not grow by waiting. */
const SHAPES: { readonly [R in Reason]?: Shape } = {
  INVALID_PARAMS: { status: 400, type: "invalid_request_error" },
  INVALID_REQUEST: { status: 400, type: "invalid_request_error" },
  PARSE_ERROR: { status: 400, type: "invalid_request_error" },
  UNSUPPORTED_OPERATION: { status: 400, type: "invalid_request_error" },
  REQUEST_TOO_LARGE: { status: 413, type: "invalid_request_error" },
  REQUEST_TOO_DEEP: { status: 400, type: "invalid_request_error" },
  METHOD_NOT_FOUND: { status: 405, type: "invalid_request_error" },
  ROUTE_NOT_FOUND: { status: 404, type: "invalid_request_error" },
  MODEL_NOT_FOUND: { status: 404, type: "invalid_request_error" },
  MODEL_NOT_ALLOWED: { status: 403, type: "permission_error" },
  GRANT_INVALID: { status: 401, type: "authentication_error" },
  GRANT_EXPIRED: { status: 401, type: "authentication_error" },
  GRANT_REVOKED: { status: 401, type: "authentication_error" },
  BUDGET_EXCEEDED: { status: 402, type: "insufficient_quota" },
  RATE_LIMITED: { status: 429, type: "rate_limit_error" },
  MODEL_FAILED: { status: 502, type: "api_error" },
  TIMED_OUT: { status: 504, type: "api_error" },
  SHUTTING_DOWN: { status: 503, type: "api_error" },
  STORE_UNAVAILABLE: { status: 503, type: "api_error" },
};

/** An error as clients of OpenAI's API read it. `code` is the platform's reason. */
export function toOpenAiError(error: PlatformError): OpenAiError {
  const { status, type } = SHAPES[error.reason] ?? { status: 500, type: "api_error" };
  const message = error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
  const retryAfter = error.metadata["retryAfterSeconds"];
  return {
    status,
    headers: {
      ...(status === 429 && typeof retryAfter === "string" ? { "retry-after": retryAfter } : {}),
      // Read by OpenAI's own clients: trying again is done here already, where it makes sense.
      "x-should-retry": error.retryable && status === 429 ? "true" : "false",
    },
    body: { error: { message, type, param: error.violations[0]?.field ?? null, code: error.reason } },
  };
}

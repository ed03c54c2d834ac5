/** What the platform answered when it refused, or that it could not be reached. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly reason: string;
  readonly hint: string | undefined;
  readonly violations: readonly { readonly field: string; readonly description: string }[];
  readonly requestId: string | undefined;
  /** When the platform says that it is worth to ask again. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, problem: Problem, retryAfter?: string | null) {
    super(problem.detail ?? problem.title ?? `The platform answered ${status}.`);
    this.status = status;
    this.reason = problem.reason ?? "UNKNOWN";
    this.hint = problem.hint;
    this.violations = problem.violations ?? [];
    this.requestId = problem.requestId;
    this.retryAfterMs = retryAfter ? +retryAfter * 1_000 : undefined;
  }
}

interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly reason?: string;
  readonly hint?: string;
  readonly violations?: readonly { readonly field: string; readonly description: string }[];
  readonly requestId?: string;
}

export interface ApiRequest {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  /** An object is sent as JSON; bytes and text as they are, with `contentType`. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A refused sign-in says nothing about who was signed in before, and who asks who is signed in has the answer. */
const ABOUT_SESSIONS: ReadonlySet<string> = new Set(["/v1/sessions", "/v1/whoami"]);
const onUnauthenticated = new Set<() => void>();

/** Called when an answer says that nobody is signed in any more. */
export function whenSignedOut(listener: () => void): () => void {
  onUnauthenticated.add(listener);
  return () => onUnauthenticated.delete(listener);
}

/** One call to `/v1`, with the session's cookie. @throws ApiError */
export async function api<T>(path: string, request: ApiRequest = {}): Promise<T> {
  const response = await send(path, request);
  if (response.status === 204) return undefined as T;
  // The caller names the answer's type: docs/reference/api.md is its source.
  return (await response.json()) as T;
}

/** The same, for answers that are not JSON. @throws ApiError */
export async function send(path: string, request: ApiRequest = {}): Promise<Response> {
  const { method = "GET", body, contentType, headers, signal } = request;
  const isRaw = typeof body === "string" || body instanceof Blob || body instanceof Uint8Array;
  const type = contentType ?? (body === undefined || isRaw ? undefined : "application/json");
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: { Accept: "application/json", ...(type === undefined ? {} : { "Content-Type": type }), ...headers },
      ...(body === undefined ? {} : { body: isRaw ? (body as BodyInit) : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiError(0, {
      detail: "The platform cannot be reached.",
      reason: "UNREACHABLE",
      hint: "Is it running? `npx a2a up` starts it.",
    });
  }
  if (response.ok) return response;
  if (response.status === 401 && !ABOUT_SESSIONS.has(path)) for (const listener of onUnauthenticated) listener();
  throw new ApiError(response.status, await readProblem(response), response.headers.get("retry-after"));
}

async function readProblem(response: Response): Promise<Problem> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return {};
  }
}

/** A path with its parameters escaped: path`/v1/tasks/${id}`. */
export function path(strings: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return String.raw({ raw: strings }, ...values.map((value) => encodeURIComponent(String(value))));
}

/** `?a=1&b=2` of what is set, or nothing. */
export function search(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const pairs = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== "");
  if (pairs.length === 0) return "";
  return `?${new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString()}`;
}

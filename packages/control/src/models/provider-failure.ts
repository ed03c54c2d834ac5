import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import { isObject, textOf } from "./json.ts";

/** Why a provider gave no answer, and what may help. */
export class ProviderFailure extends Error {
  override readonly name: string = "ProviderFailure";
  /** As the caller is told. */
  readonly error: PlatformError;
  /** The same request may go better a little later. */
  readonly again: boolean;
  /** Another provider may answer it. */
  readonly elsewhere: boolean;
  /** The provider says when. */
  readonly retryAfterMs: number | undefined;

  constructor(
    error: PlatformError,
    options: { readonly again: boolean; readonly elsewhere: boolean; readonly retryAfterMs?: number | undefined },
  ) {
    super(error.message, { cause: error });
    this.error = error;
    this.again = options.again;
    this.elsewhere = options.elsewhere;
    this.retryAfterMs = options.retryAfterMs;
  }
}

const MAX_MESSAGE = 500;
const AGAIN: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504, 529]);
/** The request itself does not fit: other providers would say the same. */
const REQUEST_WRONG: ReadonlySet<number> = new Set([400, 413, 422]);

/** An answer that is not 200. `body` is already without secrets. */
export function failedWith(
  provider: string,
  answer: { readonly status: number; readonly body: JsonObject | undefined; readonly retryAfterMs: number | undefined },
): ProviderFailure {
  const { status, body, retryAfterMs } = answer;
  const said = messageIn(body);
  const why = said === undefined ? `HTTP ${status}` : `HTTP ${status}: ${said.slice(0, MAX_MESSAGE).toWellFormed()}`;
  const message = `The provider "${provider}" answered ${why}`;
  if (REQUEST_WRONG.has(status)) {
    return new ProviderFailure(new PlatformError("INVALID_PARAMS", message), { again: false, elsewhere: false });
  }
  const again = AGAIN.has(status);
  const seconds = String(Math.max(1, Math.ceil((retryAfterMs ?? 1_000) / 1_000)));
  const error =
    status === 429
      ? new PlatformError("RATE_LIMITED", message, { retryable: true, metadata: { retryAfterSeconds: seconds } })
      : new PlatformError("MODEL_FAILED", message, { retryable: again, ...hintFor(status) });
  return new ProviderFailure(error, { again, elsewhere: true, retryAfterMs });
}

function hintFor(status: number): { readonly hint?: string } {
  if (status === 401 || status === 403) return { hint: "Its secret may be wrong: a2a secrets set." };
  return status === 404 ? { hint: "Its base URL or the model's name may be wrong: a2a models list." } : {};
}

/** Seconds or a date (RFC 9110 §10.2.3). */
export function retryAfterMs(value: string | readonly string[] | undefined, now: Date): number | undefined {
  if (typeof value !== "string") return undefined;
  if (/^\d{1,6}(\.\d+)?$/.test(value)) return Number(value) * 1_000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}

/** All four put it in the same place; some answer with a list of one. */
function messageIn(body: JsonObject | undefined): string | undefined {
  const error = body?.["error"];
  const message = isObject(error) ? textOf(error["message"]) : textOf(error);
  return message ?? textOf(body?.["message"]);
}

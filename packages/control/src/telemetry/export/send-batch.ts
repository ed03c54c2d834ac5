import { OutboundError } from "@berth/runtime";
import type { OutboundHttp, Scrubber, SecretSource } from "@berth/runtime";
import type { ExportDestination, NewExportBatch } from "@berth/store";
import { parseRetryAfter } from "../../push/retry-delay.ts";
import { destinationHeaders } from "./destination-headers.ts";

/** `later`: the receiver is not there, or says so; whatever else it refuses would be refused again. */
export type SendResult =
  | { readonly type: "sent"; readonly status: number; readonly detail: string }
  | { readonly type: "later"; readonly error: string; readonly retryAfterMs: number; readonly status?: number }
  | { readonly type: "refused"; readonly error: string; readonly status?: number };

export interface SendOptions {
  readonly outbound: Pick<OutboundHttp, "request">;
  readonly secrets: Pick<SecretSource, "value">;
  readonly now: () => Date;
}

const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 16 * 1024;
const MAX_SHOWN = 300;
/** opentelemetry-proto/docs/specification.md, "Retryable Response Codes". */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** One OTLP request (opentelemetry-proto/docs/specification.md, OTLP/HTTP). Never throws for what the receiver does. */
export async function sendBatch(
  { outbound, secrets, now }: SendOptions,
  destination: ExportDestination,
  { signal, body }: Pick<NewExportBatch, "signal" | "body">,
  aborted?: AbortSignal,
): Promise<SendResult> {
  const known = await destinationHeaders(secrets, destination);
  // Whoever set the destination up may set the secret later.
  if ("objection" in known) return { type: "later", error: known.objection, retryAfterMs: 0 };
  try {
    const answer = await outbound.request({
      method: "POST",
      url: `${destination.url.replace(/\/+$/, "")}/v1/${signal}`,
      headers: {
        ...known.headers,
        "Content-Type": destination.encoding === "json" ? "application/json" : "application/x-protobuf",
        "Content-Encoding": "gzip",
        "User-Agent": "berth",
      },
      body,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
      ...(aborted === undefined ? {} : { signal: aborted }),
    });
    const { status } = answer;
    const detail = `HTTP ${status}${shown(answer.body, known.scrubber)}`;
    if (status >= 200 && status < 300) return { type: "sent", status, detail };
    if (!RETRYABLE.has(status)) return { type: "refused", error: detail, status };
    const retryAfter = answer.headers["retry-after"];
    const retryAfterMs = parseRetryAfter(typeof retryAfter === "string" ? retryAfter : undefined, now());
    return { type: "later", error: detail, retryAfterMs, status };
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    if (error.kind === "refused") return { type: "refused", error: `the URL ${error.message}` };
    return { type: "later", error: error.message, retryAfterMs: 0 };
  }
}

/** Attacker-controlled, and often bytes: what can be read of it. */
function shown(body: Buffer, scrubber: Scrubber): string {
  const text = scrubber
    .text(body.toString("utf8"))
    .replaceAll(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(0, MAX_SHOWN);
  return text === "" ? "" : `: ${text}`;
}

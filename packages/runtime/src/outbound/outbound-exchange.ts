import { Readable } from "node:stream";
import { request } from "undici";
import type { Dispatcher } from "undici";
import { bounded, toStreamError } from "./outbound-stream.ts";
import type { OutboundStream } from "./outbound-stream.ts";
import { checkedUrl } from "./url-policy.ts";

export interface ExchangeRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Asked for as the other side takes it. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** Of the answer's body. */
  readonly maxBytes: number;
  /** Between two pieces in either direction, and before the first. */
  readonly idleMs: number;
  /** Ends it, whatever it waits for. */
  readonly signal?: AbortSignal;
}

/** Large bodies both ways. */
export async function openExchange(
  dispatcher: Dispatcher,
  { method, url, headers, body, maxBytes, idleMs, signal }: ExchangeRequest,
): Promise<OutboundStream> {
  try {
    const answer = await request(checkedUrl(url), {
      dispatcher,
      method,
      headers,
      ...(body === undefined ? {} : { body: body instanceof Uint8Array ? body : Readable.from(body) }),
      ...(signal === undefined ? {} : { signal }),
      headersTimeout: idleMs,
      bodyTimeout: idleMs,
    });
    return { status: answer.statusCode, headers: answer.headers, body: bounded(answer.body, maxBytes) };
  } catch (error) {
    throw toStreamError(error);
  }
}

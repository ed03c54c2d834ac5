import { request } from "undici";
import type { Dispatcher } from "undici";
import { OutboundError } from "./outbound-error.ts";
import { checkedUrl } from "./url-policy.ts";

export interface OutboundStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Throws OutboundError past `maxBytes`, and when nothing comes for `idleMs`. Leaving it ends the connection. */
  readonly body: AsyncIterable<Buffer>;
}

export interface StreamRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly maxBytes: number;
  /** Between two pieces, and before the first. */
  readonly idleMs: number;
  /** Ends it, whatever it waits for. */
  readonly signal: AbortSignal;
}

export async function openOutboundStream(
  dispatcher: Dispatcher,
  { url, headers, body, maxBytes, idleMs, signal }: StreamRequest,
): Promise<OutboundStream> {
  try {
    const answer = await request(checkedUrl(url), {
      dispatcher,
      method: "POST",
      headers,
      body,
      signal,
      headersTimeout: idleMs,
      bodyTimeout: idleMs,
    });
    return { status: answer.statusCode, headers: answer.headers, body: bounded(answer.body, maxBytes) };
  } catch (error) {
    throw toStreamError(error);
  }
}

export async function* bounded(body: AsyncIterable<unknown>, maxBytes: number): AsyncGenerator<Buffer, void> {
  let left = maxBytes;
  try {
    for await (const value of body) {
      // A readable without an encoding yields buffers.
      const chunk = value as Buffer;
      left -= chunk.length;
      if (left < 0) throw new OutboundError("unreachable", `more than ${maxBytes} bytes came`);
      yield chunk;
    }
  } catch (error) {
    throw toStreamError(error);
  }
}

export function toStreamError(error: unknown): OutboundError {
  if (error instanceof OutboundError) return error;
  const said = error instanceof Error ? error.message : String(error);
  const late = error instanceof Error && "code" in error && String(error.code).endsWith("_TIMEOUT");
  return new OutboundError(late ? "timeout" : "unreachable", said, { cause: error });
}

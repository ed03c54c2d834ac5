import type { OutgoingHttpHeaders } from "node:http";
import type { Exchange } from "./exchange.ts";

export interface StreamReply {
  readonly status?: number;
  /** Of the body. */
  readonly length: number;
  readonly headers: OutgoingHttpHeaders;
  /** A reader that takes nothing for this long is cut. */
  readonly stallMs: number;
}

/** A large answer as it comes; half of one never looks like a whole. Of HEAD the head alone. */
export async function sendStream(
  exchange: Exchange,
  bytes: AsyncIterable<Uint8Array>,
  { status = 200, length, headers, stallMs }: StreamReply,
): Promise<void> {
  const { res, method } = exchange;
  if (res.headersSent || res.destroyed) return;
  res.writeHead(status, {
    "X-Content-Type-Options": "nosniff",
    "X-Request-Id": exchange.requestId,
    "Content-Length": length,
    ...headers,
  });
  if (method === "HEAD") return void res.end();
  try {
    for await (const piece of bytes) {
      if (!res.write(piece) && !(await drained(exchange, stallMs))) break;
    }
  } catch (error) {
    res.destroy();
    throw error;
  }
  if (!res.destroyed) res.end();
}

/** False when the reader is gone, or had to be cut. */
async function drained({ res }: Exchange, stallMs: number): Promise<boolean> {
  if (res.destroyed) return false;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const onDrain = (): void => resolve(true);
  const onClose = (): void => resolve(false);
  const timer = setTimeout(() => res.destroy(), stallMs);
  res.once("drain", onDrain).once("close", onClose);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    res.off("drain", onDrain).off("close", onClose);
  }
}

import { PlatformError } from "@berth/protocol";
import { allowSlowBody } from "./broken-request.ts";
import type { Exchange } from "./exchange.ts";

/**
 * A large body as it comes: a piece is read when the last one is taken. The sender may take its time, and is let go when
 * nothing comes for `stallMs`. @throws TIMED_OUT, CANCELED when the caller goes away half way
 */
export async function* receiveBody({ req }: Exchange, stallMs: number): AsyncGenerator<Uint8Array, void, undefined> {
  using _slow = allowSlowBody(req.socket);
  // Whoever stops reading still wants to answer.
  const pieces = req.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await nextOf(pieces, stallMs);
      if (done === true) break;
      // A request without an encoding yields buffers.
      yield value as Buffer;
    }
  } finally {
    // Not waited for: while a piece is asked for it would wait for that.
    void pieces.return?.().catch(() => undefined);
  }
  if (!req.complete) throw gone();
}

/** What is left of a body that nobody reads ends with the connection, not before the answer. */
export function leaveBody({ req, res }: Exchange): void {
  if (!req.complete && !res.headersSent) res.setHeader("Connection", "close");
}

async function nextOf(pieces: AsyncIterator<unknown>, stallMs: number): Promise<IteratorResult<unknown, unknown>> {
  const stalled = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    stalled.reject(new PlatformError("TIMED_OUT", `Nothing of the body came for ${stallMs / 1_000} s.`));
  }, stallMs);
  const next = pieces.next();
  // When it loses the race nobody else hears of its failure.
  next.catch(() => undefined);
  try {
    return await Promise.race([next, stalled.promise]);
  } catch (error) {
    if (error instanceof PlatformError) throw error;
    throw new PlatformError("CANCELED", "The caller went away before the request was complete.", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function gone(): PlatformError {
  return new PlatformError("CANCELED", "The caller went away before the request was complete.");
}

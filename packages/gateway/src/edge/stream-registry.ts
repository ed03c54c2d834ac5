import { PlatformError } from "@berth/protocol";
import type { Exchange } from "./exchange.ts";
import type { Limits } from "./limits.ts";
import { SseStream } from "./sse-stream.ts";

/** A stream as its registry sees it, whatever carries it. */
export interface OpenStream {
  /** Aborts when the stream is over. */
  readonly signal: AbortSignal;
  /** The registry's clock. */
  tick(now: number): void;
  /** The gateway stops. Twice is harmless. */
  end(): void;
}

/** Every open stream of this gateway: the bound on their number, their one clock, and their common end. */
export class StreamRegistry {
  readonly #open = new Set<OpenStream>();
  readonly #limits: Limits;
  #clock: NodeJS.Timeout | undefined;
  #closing = false;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Before something is begun whose stream could then not be opened. @throws TOO_MANY_STREAMS, SHUTTING_DOWN */
  assertRoom(): void {
    const { maxStreams } = this.#limits;
    if (this.#closing) throw new PlatformError("SHUTTING_DOWN", "The platform is stopping.");
    if (this.#open.size < maxStreams) return;
    throw new PlatformError("TOO_MANY_STREAMS", `${maxStreams} streams are open, which is the most.`, {
      hint: "Close streams you no longer read, or poll the task.",
      retryable: true,
    });
  }

  /** Sends the headers. @throws TOO_MANY_STREAMS, SHUTTING_DOWN */
  open({ res, requestId }: Exchange): SseStream {
    const { heartbeatMs, streamStallMs, maxStreamBufferBytes } = this.#limits;
    this.assertRoom();
    if (!res.destroyed) {
      res.writeHead(200, {
        "Content-Type": "text/event-stream",
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
        "X-Content-Type-Options": "nosniff",
        "X-Request-Id": requestId,
      });
      res.flushHeaders();
    }
    const options = { heartbeatMs, stallMs: streamStallMs, maxBufferBytes: maxStreamBufferBytes };
    const stream = new SseStream(res, options, Date.now());
    this.#add(stream);
    return stream;
  }

  /** Counts a stream from now on until its end. @throws TOO_MANY_STREAMS, SHUTTING_DOWN */
  add(stream: OpenStream): void {
    this.assertRoom();
    this.#add(stream);
  }

  /** Ends all, and whatever would be opened from now on. */
  close(): void {
    this.#closing = true;
    for (const stream of this.#open) stream.end();
  }

  #add(stream: OpenStream): void {
    if (stream.signal.aborted) return;
    this.#open.add(stream);
    stream.signal.addEventListener("abort", () => this.#remove(stream), { once: true });
    if (this.#clock !== undefined) return;
    const shortest = Math.min(this.#limits.heartbeatMs, this.#limits.streamStallMs);
    this.#clock = setInterval(() => this.#tick(), Math.min(1_000, Math.max(5, shortest / 4)));
    this.#clock.unref();
  }

  #remove(stream: OpenStream): void {
    this.#open.delete(stream);
    if (this.#open.size > 0) return;
    clearInterval(this.#clock);
    this.#clock = undefined;
  }

  #tick(): void {
    const now = Date.now();
    for (const stream of this.#open) stream.tick(now);
  }
}

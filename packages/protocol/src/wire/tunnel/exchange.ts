import { TUNNEL_LIMITS, TunnelViolation } from "./frames.ts";
import type { StreamFrame } from "./frames.ts";

/** An exchange that ended before its time: canceled by the other side, refused, or lost with the link. */
export class ExchangeEnded extends Error {
  override readonly name = "ExchangeEnded";
  /** `canceled`: the other side ended it. `lost`: the link is gone. `refused`: there was no room for it. */
  readonly kind: "canceled" | "lost" | "refused";

  constructor(kind: "canceled" | "lost" | "refused", message: string) {
    super(message);
    this.kind = kind;
  }
}

interface ExchangeOptions {
  readonly id: number;
  readonly send: (frame: StreamFrame) => void;
  readonly sendChunk: (id: number, bytes: Uint8Array) => void;
  /** It is over in both directions. */
  readonly onOver: () => void;
}

/**
 * One exchange of a tunnel, seen from either end: bytes out within what the other side has granted, bytes in within what
 * this side has. Life: 1. made with its request; 2. `write` and `end`, `read` until undefined, in any order; 3. over when
 * both have ended, or at once by `cancel`, whoever says it.
 */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #controller = new AbortController();
  #credit: number = TUNNEL_LIMITS.windowBytes;
  #granted: number = TUNNEL_LIMITS.windowBytes;
  #taken = 0;
  readonly #chunks: Uint8Array[] = [];
  #localEnded = false;
  #remoteEnded = false;
  #wake: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /** Aborts with an ExchangeEnded when it ended before its time. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isOver(): boolean {
    return this.signal.aborted || (this.#localEnded && this.#remoteEnded);
  }

  /** Resolves when all of it was sent, which waits for the reader. @throws ExchangeEnded */
  async write(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (rest.length > 0) {
      this.signal.throwIfAborted();
      if (this.#credit === 0) {
        await new Promise<void>((resolve) => (this.#wakeWriter = resolve));
        continue;
      }
      const size = Math.min(rest.length, this.#credit, TUNNEL_LIMITS.chunkBytes);
      this.#credit -= size;
      this.#options.sendChunk(this.#options.id, rest.subarray(0, size));
      rest = rest.subarray(size);
    }
  }

  end(): void {
    if (this.#localEnded || this.signal.aborted) return;
    this.#localEnded = true;
    this.#options.send({ type: "end", id: this.#options.id });
    this.#settle();
  }

  /** What the other side sent, at the reader's speed. @throws ExchangeEnded */
  async *read(): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#grant(chunk.length);
        yield chunk;
        continue;
      }
      this.signal.throwIfAborted();
      if (this.#remoteEnded) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Tells the other side, too. */
  cancel(reason: string): void {
    if (this.isOver) return;
    this.#options.send({ type: "cancel", id: this.#options.id, reason });
    this.fail(new ExchangeEnded("canceled", reason));
  }

  /** The other side is gone, or has said that it is over. */
  fail(error: ExchangeEnded): void {
    if (this.isOver) return;
    this.#chunks.length = 0;
    this.#controller.abort(error);
    this.#wakeAll();
    this.#options.onOver();
  }

  /** @throws TunnelViolation when more came than was granted, or after the end. */
  take(bytes: Uint8Array): void {
    if (this.#remoteEnded) throw new TunnelViolation("bytes came after the end of their body");
    this.#granted -= bytes.length;
    if (this.#granted < 0) throw new TunnelViolation("more bytes came than the window allows");
    this.#chunks.push(bytes);
    this.#wakeAll();
  }

  /** @throws TunnelViolation */
  takeEnd(): void {
    if (this.#remoteEnded) throw new TunnelViolation("a body ended twice");
    this.#remoteEnded = true;
    this.#wakeAll();
    this.#settle();
  }

  /** @throws TunnelViolation when more was granted than can be on its way. */
  takeWindow(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit > TUNNEL_LIMITS.windowBytes) throw new TunnelViolation("a window grew beyond its size");
    this.#wakeAll();
  }

  /** In steps of half a window, so that small chunks do not cost a frame each. */
  #grant(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken < TUNNEL_LIMITS.windowBytes / 2 || this.#remoteEnded || this.signal.aborted) return;
    this.#granted += this.#taken;
    this.#options.send({ type: "window", id: this.#options.id, bytes: this.#taken });
    this.#taken = 0;
  }

  #settle(): void {
    if (this.#localEnded && this.#remoteEnded) this.#options.onOver();
  }

  #wakeAll(): void {
    this.#wake?.();
    this.#wakeWriter?.();
    this.#wake = undefined;
    this.#wakeWriter = undefined;
  }
}

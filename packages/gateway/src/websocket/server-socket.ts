import type { RawData, WebSocket } from "ws";
import type { OpenStream } from "../edge/stream-registry.ts";

/** RFC 6455 §7.4.1. */
export const CloseCode = { Normal: 1000, GoingAway: 1001, PolicyViolation: 1008, Internal: 1011 } as const;

export interface ServerSocketOptions {
  /** Between two pings; whoever leaves two unanswered is gone. */
  readonly heartbeatMs: number;
  /** What may wait in memory for a slow reader. */
  readonly maxBufferBytes: number;
  /** Whether who opened it may still be here. @throws when not */
  readonly recheck: () => Promise<void>;
}

/** A credential that was withdrawn holds a socket open no longer than this. */
const RECHECK_MS = 60_000;
/** How long the other side has to answer a close. */
const CLOSE_MS = 1_000;
/** A close's reason is at most 123 bytes (RFC 6455 §5.5). */
const MAX_REASON_BYTES = 123;

/**
 * One open WebSocket. Life: 1. made by `acceptSocket`; 2. `onMessage` once, in the same turn of the event loop, and
 * `send` as often as wanted; 3. `close` once, by whoever is done. `signal` aborts at the end, whoever caused it.
 */
export class ServerSocket implements OpenStream {
  readonly #ws: WebSocket;
  readonly #options: ServerSocketOptions;
  readonly #controller = new AbortController();
  #pinged = 0;
  #lastPingAt: number = Date.now();
  #checkedAt: number = Date.now();
  #closeTimer: NodeJS.Timeout | undefined;

  constructor(ws: WebSocket, options: ServerSocketOptions) {
    this.#ws = ws;
    this.#options = options;
    ws.on("close", () => this.#gone());
    // What is wrong with a frame is told to the other side by ws; the close follows.
    ws.on("error", () => ws.terminate());
    ws.on("pong", () => (this.#pinged = 0));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  onMessage(listener: (data: string | Uint8Array) => void): void {
    this.#ws.on("message", (data, isBinary) => {
      this.#pinged = 0;
      if (!this.#controller.signal.aborted) listener(isBinary ? bytesOf(data) : bytesOf(data).toString("utf8"));
    });
  }

  /** False when the reader is behind: wait for `drained`. */
  send(data: string | Uint8Array): boolean {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.send(data);
    return this.#ws.bufferedAmount <= this.#options.maxBufferBytes;
  }

  /** Bytes that wait for the reader. */
  get buffered(): number {
    return this.#ws.bufferedAmount;
  }

  /** Resolves when the reader has caught up or the socket is closed. A reader that takes nothing answers no ping either. */
  async drained(): Promise<void> {
    while (this.#ws.bufferedAmount > this.#options.maxBufferBytes / 2 && !this.signal.aborted) {
      await new Promise<void>((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
    }
  }

  /** Called by the registry's clock. */
  tick(now: number): void {
    if (this.signal.aborted) return;
    if (now - this.#checkedAt >= RECHECK_MS) {
      this.#checkedAt = now;
      this.#options.recheck().catch(() => this.close(CloseCode.PolicyViolation, "The credential is no longer valid."));
    }
    if (now - this.#lastPingAt < this.#options.heartbeatMs) return;
    this.#lastPingAt = now;
    if (this.#pinged >= 2) return this.#ws.terminate();
    this.#pinged += 1;
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.ping();
  }

  /** The gateway stops. */
  end(): void {
    this.close(CloseCode.GoingAway, "The platform is stopping.");
  }

  /** Twice is harmless. */
  close(code: number, reason: string): void {
    if (this.#closeTimer !== undefined || this.#ws.readyState === this.#ws.CLOSED) return;
    this.#ws.close(code, cut(reason));
    this.#closeTimer = setTimeout(() => this.#ws.terminate(), CLOSE_MS);
  }

  #gone(): void {
    clearTimeout(this.#closeTimer);
    this.#controller.abort();
  }
}

const DRAIN_POLL_MS = 20;

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}

function cut(reason: string): string {
  let text = reason;
  while (Buffer.byteLength(text) > MAX_REASON_BYTES) text = text.slice(0, -1);
  return text;
}

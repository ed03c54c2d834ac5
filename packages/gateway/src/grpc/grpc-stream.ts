import type { ServerWritableStream, StatusObject } from "@grpc/grpc-js";
import type { OpenStream } from "../edge/stream-registry.ts";

export interface GrpcStreamOptions {
  /** A reader that takes nothing for this long is given up. */
  readonly stallMs: number;
  /** What waits for the reader before its source has to wait, too. */
  readonly highWaterBytes: number;
  /** How a stream ends that the server stops. */
  readonly stopped: () => FinalStatus;
  readonly stalled: () => FinalStatus;
}

export type FinalStatus = Pick<StatusObject, "code" | "details" | "metadata">;

/**
 * One open stream. Life: 1. made when the call comes; 2. `send`, then `drained`, as often as wanted; 3. `finish` or
 * `fail` once. `signal` aborts at the end, whoever caused it.
 */
export class GrpcStream implements OpenStream {
  readonly #call: ServerWritableStream<Buffer, Buffer>;
  readonly #options: GrpcStreamOptions;
  readonly #controller = new AbortController();
  #waiting = 0;
  #progressAt: number;
  #onProgress: (() => void) | undefined;

  constructor(call: ServerWritableStream<Buffer, Buffer>, options: GrpcStreamOptions, closed: AbortSignal) {
    this.#call = call;
    this.#options = options;
    this.#progressAt = Date.now();
    if (closed.aborted) this.#close();
    else closed.addEventListener("abort", () => this.#close(), { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  send(bytes: Buffer): void {
    if (this.signal.aborted) return;
    if (this.#waiting === 0) this.#progressAt = Date.now();
    this.#waiting += bytes.length;
    this.#call.write(bytes, () => {
      this.#waiting -= bytes.length;
      this.#progressAt = Date.now();
      this.#onProgress?.();
    });
  }

  /** Resolves when the reader has caught up or the stream is over. */
  async drained(): Promise<void> {
    await this.#downTo(this.#options.highWaterBytes);
  }

  /** Called by the registry's clock. Connections are kept alive by HTTP/2 pings. */
  tick(now: number): void {
    if (this.signal.aborted || this.#waiting === 0) return;
    if (now - this.#progressAt >= this.#options.stallMs) this.fail(this.#options.stalled());
  }

  /** Ends it once everything is taken: until then it counts as open, and as stalled when its reader does nothing. */
  async finish(): Promise<void> {
    await this.#downTo(0);
    if (!this.signal.aborted) this.#call.end();
    this.#close();
  }

  fail(status: FinalStatus): void {
    if (!this.signal.aborted) this.#call.emit("error", status);
    this.#close();
  }

  /** The server stops. */
  end(): void {
    this.fail(this.#options.stopped());
  }

  async #downTo(bytes: number): Promise<void> {
    while (this.#waiting > bytes && !this.signal.aborted) {
      await new Promise<void>((resolve) => (this.#onProgress = resolve));
    }
  }

  #close(): void {
    this.#controller.abort();
    this.#onProgress?.();
  }
}

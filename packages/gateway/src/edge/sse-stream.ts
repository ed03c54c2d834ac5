import type { ServerResponse } from "node:http";

export interface SseEvent {
  readonly id?: number;
  readonly event?: string;
  /** Written as one line: JSON text. */
  readonly data: string;
}

export interface SseOptions {
  readonly heartbeatMs: number;
  readonly stallMs: number;
  readonly maxBufferBytes: number;
}

/** What is written in one go at most before the socket gets it, however busy the tick. */
const FLUSH_BYTES = 64 * 1024;

/**
 * One open stream. Life: 1. made by `StreamRegistry.open`, headers are out; 2. `send` as often as wanted, `drained`
 * whenever it says that the reader is behind; 3. `end` once. `signal` aborts at the end, whoever caused it.
 */
export class SseStream {
  readonly #res: ServerResponse;
  readonly #options: SseOptions;
  readonly #controller = new AbortController();
  #pending = "";
  #scheduled = false;
  #lastWriteAt: number;
  #backlog = 0;
  #backlogAt: number;

  constructor(res: ServerResponse, options: SseOptions, now: number) {
    this.#res = res;
    this.#options = options;
    this.#lastWriteAt = now;
    this.#backlogAt = now;
    // Between two ticks a reader may empty its buffer and get it filled again: that is progress, too.
    res.on("drain", () => (this.#backlogAt = Date.now()));
    if (res.destroyed) this.#controller.abort();
    else res.once("close", () => this.#controller.abort());
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** False when the reader is behind: wait for `drained`, or lose it when it falls too far behind. */
  send({ id, event, data }: SseEvent): boolean {
    if (this.signal.aborted) return true;
    if (this.#res.writableLength + this.#pending.length > this.#options.maxBufferBytes && this.#res.writableNeedDrain) {
      this.#cut();
      return true;
    }
    const name = event === undefined ? "" : `event: ${event}\n`;
    const seq = id === undefined ? "" : `id: ${id}\n`;
    this.#pending += `${name}${seq}data: ${data}\n\n`;
    if (this.#pending.length >= FLUSH_BYTES) this.#flush();
    else this.#schedule();
    return !this.#res.writableNeedDrain;
  }

  /** Resolves when the reader has caught up or the stream is over. */
  async drained(): Promise<void> {
    if (!this.#res.writableNeedDrain || this.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#res.off("drain", done);
        this.signal.removeEventListener("abort", done);
        resolve();
      };
      this.#res.once("drain", done);
      this.signal.addEventListener("abort", done, { once: true });
    });
  }

  /** Called by the registry's clock: keeps the connection alive, cuts a reader that takes nothing. */
  tick(now: number): void {
    if (this.signal.aborted) return;
    const backlog = this.#res.writableNeedDrain ? this.#res.writableLength : 0;
    if (backlog === 0 || backlog < this.#backlog) this.#backlogAt = now;
    this.#backlog = backlog;
    if (now - this.#backlogAt >= this.#options.stallMs) this.#cut();
    else if (backlog === 0 && now - this.#lastWriteAt >= this.#options.heartbeatMs) {
      this.#lastWriteAt = now;
      this.#res.write(": keep-alive\n\n");
    }
  }

  /** Writes what waits and ends the answer. Twice is harmless. */
  end(): void {
    if (!this.signal.aborted) {
      this.#flush();
      this.#res.end();
    }
    this.#controller.abort();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(() => this.#flush());
  }

  /** All events of a tick leave in one write. */
  #flush(): void {
    this.#scheduled = false;
    if (this.#pending === "" || this.#res.destroyed || this.#res.writableEnded) return;
    const text = this.#pending;
    this.#pending = "";
    this.#lastWriteAt = Date.now();
    this.#res.write(text);
  }

  #cut(): void {
    this.#controller.abort();
    this.#res.destroy();
  }
}

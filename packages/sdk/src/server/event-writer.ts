import type { ServerResponse } from "node:http";
import type { JsonValue } from "@berth/protocol";

/** Below what proxies and clients take for a dead connection. */
const HEARTBEAT_MS = 15_000;
/** A reader that is this far behind is dropped: it can subscribe again. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;
const MAX_DRAIN_MS = 30_000;

export interface StreamFormat {
  readonly contentType: string;
  readonly item: (data: string, id: number | undefined) => string;
  /** What a reader passes over. */
  readonly heartbeat: string;
}

/** Server-sent events. */
export const EVENTS: StreamFormat = {
  contentType: "text/event-stream",
  item: (data, id) => `${id === undefined ? "" : `id: ${id}\n`}data: ${data}\n\n`,
  heartbeat: ":\n\n",
};

/** JSON line by line. */
export const LINES: StreamFormat = {
  contentType: "application/x-ndjson",
  item: (data) => `${data}\n`,
  heartbeat: "\n",
};

/** A stream on one response. Ends with the response, whoever closes it first. */
export class EventWriter {
  readonly #response: ServerResponse;
  readonly #format: StreamFormat;
  readonly #heartbeat: NodeJS.Timeout;
  #isCorked = false;

  constructor(response: ServerResponse, format: StreamFormat = EVENTS) {
    this.#response = response;
    this.#format = format;
    response.writeHead(200, {
      "content-type": format.contentType,
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    this.#cork();
    response.flushHeaders();
    this.#heartbeat = setInterval(() => response.write(format.heartbeat), HEARTBEAT_MS);
    response.once("close", () => clearInterval(this.#heartbeat));
  }

  write(data: JsonValue | object, id?: number): void {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return;
    if (response.writableLength > MAX_BUFFERED_BYTES) {
      response.destroy();
      return;
    }
    this.#cork();
    response.write(this.#format.item(JSON.stringify(data), id));
  }

  end(): void {
    clearInterval(this.#heartbeat);
    this.#response.end();
  }

  /** Undefined while the buffer has room; else resolves when it has again, or the reader is gone. */
  drained(): Promise<void> | undefined {
    const response = this.#response;
    if (!response.writableNeedDrain || response.destroyed) return undefined;
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        response.off("drain", done);
        response.off("close", done);
        resolve();
      };
      const timer = setTimeout(() => response.destroy(), MAX_DRAIN_MS);
      response.once("drain", done);
      response.once("close", done);
    });
  }

  /** What is written in the same turn of the event loop leaves in one packet: of a short run, all of its answer. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#response.cork();
    setImmediate(() => {
      this.#isCorked = false;
      this.#response.uncork();
    });
  }
}

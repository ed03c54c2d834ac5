import { isPlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { sendEmpty } from "../edge/respond.ts";
import type { SseStream } from "../edge/sse-stream.ts";

/**
 * The answer to one request: a JSON body, or an SSE stream from the first notification on, for clients that take one.
 * Life: 1. `notify` and `request` as often as wanted; 2. `end` once, with the response; `abandon` ends without one.
 */
export class Answer {
  readonly #edge: Edge;
  readonly #exchange: Exchange;
  #stream: SseStream | undefined;
  #mayStream: boolean;

  constructor(edge: Edge, exchange: Exchange) {
    this.#edge = edge;
    this.#exchange = exchange;
    this.#mayStream = /\btext\/event-stream\b/i.test(exchange.header("accept") ?? "");
  }

  get mayStream(): boolean {
    return this.#mayStream;
  }

  /** From now on it is a stream, which proxies and clients keep open. False where that is not possible. */
  open(): boolean {
    if (this.#stream !== undefined) return true;
    if (!this.#mayStream) return false;
    try {
      this.#stream = this.#edge.streams.open(this.#exchange);
      return true;
    } catch (error) {
      // No room for one more stream: the response itself still fits into a body.
      if (!isPlatformError(error)) throw error;
      this.#mayStream = false;
      return false;
    }
  }

  async notify(method: string, params: JsonObject): Promise<void> {
    await this.#write({ jsonrpc: "2.0", method, params });
  }

  async request(id: string, method: string, params: JsonObject): Promise<void> {
    await this.#write({ jsonrpc: "2.0", id, method, params });
  }

  /** The response as JSON text; `sendBody` sends it where no stream was begun. */
  end(response: string, sendBody: () => void): void {
    if (this.#stream === undefined) {
      sendBody();
      return;
    }
    this.#stream.send({ data: response });
    this.#stream.end();
  }

  /** To somebody who no longer wants a response. */
  abandon(): void {
    if (this.#stream === undefined) sendEmpty(this.#exchange, { status: 202 });
    else this.#stream.end();
  }

  async #write(message: JsonObject): Promise<void> {
    if (!this.open() || this.#stream === undefined) return;
    if (!this.#stream.send({ data: JSON.stringify(message) })) await this.#stream.drained();
  }
}

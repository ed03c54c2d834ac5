import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { problemOf, toPlatformError } from "../edge/render-error.ts";
import type { SseStream } from "../edge/sse-stream.ts";
import type { TopicRequest } from "./live-request.ts";
import { topicEvents } from "./topic-events.ts";

/**
 * Writes several topics to one reader. One event at a time leaves, so that of a reader that is slow no more than one
 * event of each topic waits here: what its source cannot keep it counts as a gap. Resolves when all topics are over, or
 * the reader is gone.
 */
export class LiveStream {
  readonly #edge: Edge;
  readonly #exchange: Exchange;
  readonly #stream: SseStream;
  #turn: Promise<void> = Promise.resolve();

  constructor(edge: Edge, exchange: Exchange, stream: SseStream) {
    this.#edge = edge;
    this.#exchange = exchange;
    this.#stream = stream;
  }

  async run(topics: readonly TopicRequest[]): Promise<void> {
    await Promise.all(topics.map(async (topic) => await this.#follow(topic)));
  }

  /** Never rejects: a topic that is refused or breaks says so, and the others go on. */
  async #follow(request: TopicRequest): Promise<void> {
    const { signal } = this.#stream;
    try {
      for await (const event of topicEvents(this.#edge, this.#exchange, request, signal)) {
        if (signal.aborted) return;
        await this.#send(request.id, event);
      }
      if (!signal.aborted) await this.#send(request.id, { type: "end" });
    } catch (thrown) {
      if (signal.aborted) return;
      const error = toPlatformError(thrown, this.#exchange, this.#edge.log);
      await this.#send(request.id, { type: "error", error: problemOf(error, this.#exchange) });
    }
  }

  async #send(topic: string, event: { readonly type: string; readonly [content: string]: unknown }): Promise<void> {
    const before = this.#turn;
    this.#turn = before.then(async () => {
      if (this.#stream.signal.aborted) return;
      const data = JSON.stringify({ topic, at: Date.now(), ...event });
      if (!this.#stream.send({ event: event.type, data })) await this.#stream.drained();
    });
    await this.#turn;
  }
}

import { get } from "node:http";
import type { IncomingMessage } from "node:http";
import { once } from "node:events";

export interface RawFrame {
  readonly id: number;
  /** As it came, to be compared byte for byte. */
  readonly data: string;
}

export interface SseReaderOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `Last-Event-ID`; absent: from the first event on. */
  readonly after?: number;
}

/** A subscriber on a connection of its own, which can be dropped at any frame or left unread. */
export class SseReader {
  readonly #response: IncomingMessage;
  /** Of this side. */
  readonly port: number | undefined;
  #text = "";

  private constructor(response: IncomingMessage) {
    this.#response = response;
    this.port = response.socket.localPort;
    response.setEncoding("utf8");
    // A broken connection shows as the end of the frames; whoever reads knows whether it was to be expected.
    response.on("error", () => undefined);
  }

  /** @throws Error unless the stream opens. */
  static async open({ url, headers, after }: SseReaderOptions): Promise<SseReader> {
    const target = after === undefined ? `${url}?after=0` : url;
    const resume = after === undefined ? {} : { "last-event-id": String(after) };
    const request = get(target, { agent: false, headers: { ...headers, ...resume } });
    // Node's type of an event's arguments is any.
    const [response] = (await once(request, "response")) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`the stream was refused with ${response.statusCode}`);
    return new SseReader(response);
  }

  /** The next frames, at most `limit`, until the stream ends; then the connection is dropped, whatever else is on its way. */
  async read(limit: number, take: (frame: RawFrame) => void): Promise<void> {
    let count = 0;
    try {
      for await (const chunk of this.#response) {
        this.#text += String(chunk);
        let start = 0;
        for (let end = this.#text.indexOf("\n\n"); end >= 0; end = this.#text.indexOf("\n\n", start)) {
          const frame = parseFrame(this.#text.slice(start, end));
          start = end + 2;
          if (frame === undefined) continue;
          take(frame);
          count += 1;
          if (count === limit) return;
        }
        this.#text = this.#text.slice(start);
      }
    } catch (error) {
      // Cut by the other side: what came until then counts.
      if (!(error instanceof Error && "code" in error && error.code === "ECONNRESET")) throw error;
    } finally {
      this.#response.destroy();
    }
  }
}

function parseFrame(block: string): RawFrame | undefined {
  const id = /^id: (\d+)$/m.exec(block)?.[1];
  const data = /^data: (.*)$/m.exec(block)?.[1];
  return id === undefined || data === undefined ? undefined : { id: Number(id), data };
}

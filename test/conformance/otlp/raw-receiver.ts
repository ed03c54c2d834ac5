import { createServer } from "node:http";
import type { Server } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";

export interface RawRequest {
  readonly path: string;
  readonly contentType: string;
  /** Inflated. */
  readonly body: Buffer;
  readonly key: string | undefined;
}

/** Takes whatever OTLP requests come, and understands none of them. Whoever opens one disposes of it. */
export class RawReceiver implements AsyncDisposable {
  readonly port: number;
  readonly requests: RawRequest[] = [];
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async open(): Promise<RawReceiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const receiver = new RawReceiver(server, typeof address === "object" && address !== null ? address.port : 0);
    server.on("request", (req, res) => {
      void buffer(req).then((bytes) => {
        const key = req.headers["x-key"];
        receiver.requests.push({
          path: req.url ?? "",
          contentType: req.headers["content-type"] ?? "",
          body: req.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes,
          key: typeof key === "string" ? key : undefined,
        });
        res.writeHead(200, { "content-type": req.headers["content-type"] ?? "" }).end();
      });
    });
    return receiver;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

import { createServer } from "node:http";
import type { IncomingHttpHeaders, Server } from "node:http";
import { createOutboundHttp } from "@berth/runtime";
import type { OutboundHttp } from "@berth/runtime";

export interface ReceivedUpdate {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface ReceiverAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A webhook's receiver on the loopback. Whoever opens one disposes of it. */
export class WebhookReceiver implements AsyncDisposable {
  readonly url: string;
  readonly updates: ReceivedUpdate[] = [];
  /** What it answers; a promise holds the answer back. */
  answer: (update: ReceivedUpdate) => ReceiverAnswer | Promise<ReceiverAnswer> = () => ({ status: 204 });
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async open(): Promise<WebhookReceiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const receiver = new WebhookReceiver(server, typeof address === "object" && address !== null ? address.port : 0);
    server.on("request", (req, res) => {
      const chunks: Buffer[] = [];
      req.on("data", (chunk: Buffer) => chunks.push(chunk));
      req.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const update = { path: req.url ?? "", headers: req.headers, text };
        receiver.updates.push(update);
        void Promise.resolve(receiver.answer(update)).then(({ status, headers = {} }) =>
          res.writeHead(status, headers).end(),
        );
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

/** Outbound HTTP that may reach the loopback, where tests have their receivers. Whoever opens one closes it. */
export function openLoopbackOutbound(): OutboundHttp {
  return createOutboundHttp({ allowHosts: ["127.0.0.1:*"] });
}

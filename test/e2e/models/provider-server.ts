import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** What the provider's documents ask for is looked at by the test. */
  readonly body: { readonly [name: string]: unknown };
}

/** Answers of one kind of provider, as its documents have them. */
export type Answer = (request: SeenRequest, res: ServerResponse) => void | Promise<void>;

/** A provider on this machine. */
export class ProviderServer implements AsyncDisposable {
  readonly seen: SeenRequest[] = [];
  /** Requests whose connection ended before their answer did. */
  cut = 0;
  readonly #server: Server;

  private constructor(answer: Answer) {
    this.#server = createServer((req, res) => {
      void (async () => {
        const chunks: Buffer[] = [];
        // No encoding is set: buffers.
        for await (const chunk of req) chunks.push(chunk as Buffer);
        const body = JSON.parse(Buffer.concat(chunks).toString()) as SeenRequest["body"];
        const seen = { path: req.url ?? "", headers: req.headers, body };
        this.seen.push(seen);
        res.once("close", () => {
          if (!res.writableFinished) this.cut += 1;
        });
        await answer(seen, res);
      })();
    });
  }

  static async open(answer: Answer): Promise<ProviderServer> {
    const provider = new ProviderServer(answer);
    await new Promise<void>((resolve) => {
      provider.#server.listen(0, "127.0.0.1", resolve);
    });
    return provider;
  }

  get origin(): string {
    // It listens on TCP.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}

export function json(res: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}): void {
  res.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

/** In pieces that end anywhere, as networks cut them. */
export async function events(res: ServerResponse, frames: readonly string[]): Promise<void> {
  res.writeHead(200, { "content-type": "text/event-stream" });
  const bytes = Buffer.from(frames.join(""));
  for (let at = 0; at < bytes.length; at += 41) {
    res.write(bytes.subarray(at, at + 41));
    await new Promise((resolve) => setImmediate(resolve));
  }
  res.end();
}

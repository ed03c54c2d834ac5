import { createServer, request as httpRequest } from "node:http";
import type { IncomingMessage, RequestListener, Server } from "node:http";
import { Readable, duplexPair } from "node:stream";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { LinkRequest, LinkResponse } from "./attached-link.ts";

/**
 * What a services socket answers, for requests that come over a tunnel: the same listener, on a connection that never
 * leaves this process. One per link, so that nobody reaches another agent's.
 */
export class AttachedServices {
  readonly #server: Server;

  constructor(listener: RequestListener) {
    this.#server = createServer(listener);
  }

  async request({ method, path, headers, body }: LinkRequest, signal: AbortSignal): Promise<LinkResponse> {
    const [ours, theirs] = duplexPair();
    const idle = new IdleTimeout(theirs);
    this.#server.emit("connection", theirs);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const req = httpRequest({
      method,
      path,
      // The connection is this request's alone, and its length is told by its end.
      headers: { ...withoutConnection(headers), host: "berth", connection: "close" },
      createConnection: () => ours,
      signal,
    });
    req.once("response", resolve).once("error", reject);
    const chunks = body === undefined || body instanceof Uint8Array ? [body ?? new Uint8Array()] : body;
    pipeline(Readable.from(chunks), req).catch(reject);
    const response = await promise;
    return { status: response.statusCode ?? 500, headers: textsOf(response), body: reading(response, idle) };
  }

  close(): void {
    this.#server.closeAllConnections();
  }
}

/** What a socket has and a stream has not: Node's HTTP server asks it for the timeouts of answers. */
class IdleTimeout {
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: Duplex) {
    Object.assign(stream, {
      setTimeout: (ms: number): Duplex => {
        clearTimeout(this.#timer);
        this.#timer = ms > 0 ? setTimeout(() => stream.emit("timeout"), ms) : undefined;
        return stream;
      },
    });
    stream.once("close", () => clearTimeout(this.#timer));
  }

  refresh(): void {
    this.#timer?.refresh();
  }
}

async function* reading(response: IncomingMessage, idle: IdleTimeout): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of response) {
      idle.refresh();
      yield chunk as Buffer; // without an encoding a response yields buffers
    }
  } finally {
    response.destroy();
  }
}

/** What belongs to a connection does not cross to another (RFC 9110 §7.6.1). */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "host",
]);

function withoutConnection(headers: LinkRequest["headers"]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_CONNECTION.has(name)));
}

function textsOf({ headers }: IncomingMessage): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === "string" && !OF_CONNECTION.has(name)) texts[name] = value;
  }
  return texts;
}

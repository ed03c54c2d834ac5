import { createServer, request as httpRequest } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, Server } from "node:http";
import { duplexPair } from "node:stream";

const TIMEOUT_MS = 10_000;
/** Nothing that is asked here is answered by more. */
const MAX_BYTES = 1024 * 1024;

export interface DoorRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface DoorAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The platform's own HTTP, from request line to answer, on connections that never leave this process. */
export class InnerDoor {
  readonly #server: Server;

  constructor(listener: RequestListener) {
    this.#server = createServer(listener);
  }

  /** @throws Error when nothing came in time, or too much */
  async ask({ method, path, headers, body = "" }: DoorRequest): Promise<DoorAnswer> {
    const [ours, theirs] = duplexPair();
    // What a socket has and a stream has not: the server asks it for timeouts, of which this end has its own.
    Object.assign(theirs, { setTimeout: () => theirs });
    this.#server.emit("connection", theirs);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const length = method === "GET" ? {} : { "content-length": Buffer.byteLength(body) };
    const req = httpRequest({
      method,
      path,
      headers: { ...headers, ...length, connection: "close" },
      createConnection: () => ours,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    req.once("response", resolve).once("error", reject);
    req.end(body);
    try {
      const response = await promise;
      return { status: response.statusCode ?? 500, headers: response.headers, text: await textOf(response) };
    } finally {
      ours.destroy();
      theirs.destroy();
    }
  }

  close(): void {
    this.#server.closeAllConnections();
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    const bytes = chunk as Buffer; // without an encoding a response yields buffers
    size += bytes.length;
    if (size > MAX_BYTES) throw new Error(`the answer is larger than ${MAX_BYTES} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

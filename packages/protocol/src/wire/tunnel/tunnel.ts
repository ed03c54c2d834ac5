import { Exchange, ExchangeEnded } from "./exchange.ts";
import { TUNNEL_LIMITS, TunnelViolation, decodeChunk, encodeChunk, encodeFrame } from "./frames.ts";
import type { LinkFrame, StreamFrame, TunnelHeaders } from "./frames.ts";
import { isStreamFrame, parseFrame } from "./parse-frame.ts";

export interface TunnelRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: TunnelHeaders;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
}

export interface TunnelResponse {
  readonly status: number;
  readonly headers: TunnelHeaders;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface TunnelOptions {
  readonly side: "platform" | "machine";
  readonly send: (data: string | Uint8Array) => void;
  /** Answers what the other side asks. `signal` aborts when it no longer wants to know. */
  readonly serve: (request: TunnelRequest, signal: AbortSignal) => Promise<TunnelResponse>;
  /** A frame of the link itself. @throws TunnelViolation */
  readonly onLinkFrame: (frame: LinkFrame) => void;
  /** The other side broke the protocol: whoever holds the connection closes it. */
  readonly onViolation: (violation: TunnelViolation) => void;
}

/**
 * Requests and answers over one connection, in both directions at once. Life: 1. made on an open connection; 2. `receive`
 * with all that comes, in order; 3. `close` once when the connection ends: every exchange ends with it.
 */
export class Tunnel {
  readonly #options: TunnelOptions;
  /** By id. Who opened one is told by its parity. */
  readonly #exchanges = new Map<number, Exchange>();
  /** Requests of ours that wait for the head of their answer. */
  readonly #heads = new Map<number, (frame: StreamFrame & { readonly type: "response" }) => void>();
  readonly #answered = new Set<number>();
  #nextId: number;
  #lastTheirs = 0;
  #closed: ExchangeEnded | undefined;

  constructor(options: TunnelOptions) {
    this.#options = options;
    this.#nextId = options.side === "platform" ? 1 : 2;
  }

  /** Exchanges that are under way, whoever opened them. */
  get size(): number {
    return this.#exchanges.size;
  }

  /** Resolves with the head of the answer. Its body must be read to its end, or the signal aborted. @throws ExchangeEnded, the signal's reason */
  async request(request: TunnelRequest, signal: AbortSignal): Promise<TunnelResponse> {
    signal.throwIfAborted();
    if (this.#closed !== undefined) throw this.#closed;
    if (this.#countOf(this.#nextId) >= TUNNEL_LIMITS.streams) {
      throw new ExchangeEnded("refused", `${TUNNEL_LIMITS.streams} exchanges are open, which is the most`);
    }
    const id = this.#nextId;
    this.#nextId += 2;
    const { method, path, headers, body } = request;
    const exchange = this.#open(id);
    const onAbort = (): void => exchange.cancel("the caller is gone");
    signal.addEventListener("abort", onAbort, { once: true });
    exchange.signal.addEventListener("abort", () => signal.removeEventListener("abort", onAbort), { once: true });
    this.sendFrame({ type: "request", id, method, path, headers });
    void sendBody(exchange, body);
    const head = await this.#head(id, exchange);
    return {
      status: head.status,
      headers: head.headers,
      body: bodyOf(exchange, () => signal.removeEventListener("abort", onAbort)),
    };
  }

  sendFrame(frame: StreamFrame | LinkFrame): void {
    if (this.#closed === undefined) this.#options.send(encodeFrame(frame));
  }

  /** Whatever the connection brought; a violation closes the link and nothing else. */
  receive(data: string | Uint8Array): void {
    if (this.#closed !== undefined) return;
    try {
      if (typeof data === "string") this.#take(data);
      else this.#takeChunk(data);
    } catch (error) {
      if (!(error instanceof TunnelViolation)) throw error;
      this.#options.onViolation(error);
    }
  }

  /** The connection is gone. Twice is harmless. */
  close(why: string): void {
    if (this.#closed !== undefined) return;
    const ended = new ExchangeEnded("lost", why);
    this.#closed = ended;
    for (const exchange of this.#exchanges.values()) exchange.fail(ended);
  }

  #take(text: string): void {
    const frame = parseFrame(text);
    if (!isStreamFrame(frame)) return this.#options.onLinkFrame(frame);
    if (frame.type === "request") return this.#accept(frame);
    const exchange = this.#find(frame.id);
    // Over already: its last frames were on their way.
    if (exchange === undefined) return;
    if (frame.type === "response") this.#takeHead(frame);
    else if (frame.type === "end") exchange.takeEnd();
    else if (frame.type === "window") exchange.takeWindow(frame.bytes);
    else exchange.fail(new ExchangeEnded(frame.reason === REFUSED ? "refused" : "canceled", frame.reason));
  }

  #takeChunk(data: Uint8Array): void {
    const { id, bytes } = decodeChunk(data);
    const exchange = this.#find(id);
    if (exchange === undefined) return;
    if (this.#isOurs(id) && !this.#answered.has(id))
      throw new TunnelViolation("a body came before the head of its answer");
    exchange.take(bytes);
  }

  #takeHead(frame: StreamFrame & { readonly type: "response" }): void {
    const resolve = this.#heads.get(frame.id);
    if (resolve === undefined) throw new TunnelViolation("an answer came that nobody asked for");
    this.#heads.delete(frame.id);
    this.#answered.add(frame.id);
    resolve(frame);
  }

  #accept({ id, method, path, headers }: StreamFrame & { readonly type: "request" }): void {
    if (this.#isOurs(id) || id <= this.#lastTheirs)
      throw new TunnelViolation("a request has an id that is not its turn");
    this.#lastTheirs = id;
    if (this.#countOf(id) >= TUNNEL_LIMITS.streams) return this.sendFrame({ type: "cancel", id, reason: REFUSED });
    const exchange = this.#open(id);
    void this.#answer(id, exchange, { method, path, headers, body: exchange.read() });
  }

  async #answer(id: number, exchange: Exchange, request: TunnelRequest): Promise<void> {
    try {
      const { status, headers, body } = await this.#options.serve(request, exchange.signal);
      if (exchange.isOver) return;
      this.sendFrame({ type: "response", id, status, headers });
      for await (const chunk of body) await exchange.write(chunk);
      exchange.end();
    } catch (error) {
      exchange.cancel(error instanceof Error ? error.message.slice(0, 1_000) : "it could not be answered");
    }
  }

  #open(id: number): Exchange {
    const exchange = new Exchange({
      id,
      send: (frame) => this.sendFrame(frame),
      sendChunk: (to, bytes) => {
        if (this.#closed === undefined) this.#options.send(encodeChunk(to, bytes));
      },
      onOver: () => {
        this.#exchanges.delete(id);
        this.#answered.delete(id);
        this.#heads.delete(id);
      },
    });
    this.#exchanges.set(id, exchange);
    return exchange;
  }

  async #head(id: number, exchange: Exchange): Promise<StreamFrame & { readonly type: "response" }> {
    return await new Promise((resolve, reject) => {
      const failed = (): void => reject(exchange.signal.reason as ExchangeEnded); // it aborts with nothing else
      if (exchange.signal.aborted) return failed();
      exchange.signal.addEventListener("abort", failed, { once: true });
      this.#heads.set(id, (frame) => {
        exchange.signal.removeEventListener("abort", failed);
        resolve(frame);
      });
    });
  }

  /** Undefined: it is over. @throws TunnelViolation for an id that nobody has used. */
  #find(id: number): Exchange | undefined {
    const isKnown = this.#isOurs(id) ? id < this.#nextId : id <= this.#lastTheirs;
    if (!isKnown) throw new TunnelViolation("a frame names an exchange that was never opened");
    return this.#exchanges.get(id);
  }

  #isOurs(id: number): boolean {
    return id % 2 === this.#nextId % 2;
  }

  #countOf(id: number): number {
    let count = 0;
    for (const each of this.#exchanges.keys()) if (each % 2 === id % 2) count += 1;
    return count;
  }
}

const REFUSED = "too many exchanges";

async function sendBody(exchange: Exchange, body: TunnelRequest["body"]): Promise<void> {
  try {
    if (body instanceof Uint8Array) await exchange.write(body);
    else if (body !== undefined) for await (const chunk of body) await exchange.write(chunk);
    exchange.end();
  } catch {
    exchange.cancel("the request's body ended too early");
  }
}

/** Whoever stops reading has no use for the rest. */
async function* bodyOf(exchange: Exchange, onOver: () => void): AsyncGenerator<Uint8Array, void> {
  try {
    yield* exchange.read();
  } finally {
    onOver();
    exchange.cancel("the answer is no longer read");
  }
}

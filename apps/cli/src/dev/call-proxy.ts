import { request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { TunnelRequest, TunnelResponse } from "@berth/protocol/wire/tunnel";
import type { Tell } from "./dev-event.ts";
import { HeldConnections } from "./held-connections.ts";

/** How long a call waits for an agent that is being loaded again. */
const RELOAD_MS = 30_000;
const MAX_PEEK_BYTES = 16 * 1024;
/** What belongs to a connection does not cross to another (RFC 9110 §7.6.1). */
const OF_CONNECTION: ReadonlySet<string> = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade"]);

/** The agent that runs now. */
interface Running {
  readonly port: number;
  readonly held: HeldConnections;
  /** Why its calls are over when they break off; undefined: nobody has ended it. */
  gone?: string;
}

/** Hands calls that come over the tunnel to the agent that runs now; between two of them calls wait. */
export class CallProxy {
  readonly #tell: Tell;
  #agent = pendingAgent();
  #current: Running | undefined;
  #running = 0;
  #onIdle: (() => void) | undefined;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  get running(): number {
    return this.#running;
  }

  open(port: number): void {
    this.#current = { port, held: new HeldConnections() };
    this.#agent.resolve(this.#current);
    this.#agent = pendingAgent();
    this.#agent.resolve(this.#current);
  }

  /** Calls wait from now on. */
  hold(): void {
    this.#agent = pendingAgent();
  }

  /** The agent is ended now: calls that run there break off, and this is why. */
  cut(why: string): void {
    if (this.#current === undefined) return;
    this.#current.gone = why;
    this.#current.held.close();
  }

  /** Calls fail at once from now on, and so do those that wait. */
  stop(why: string): void {
    this.#agent.reject(new Error(why));
    this.#agent = pendingAgent();
    this.#agent.reject(new Error(why));
  }

  /** Resolves when no call runs, at the latest after `timeoutMs`. */
  async idle(timeoutMs: number): Promise<void> {
    if (this.#running === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeoutMs);
    this.#onIdle = resolve;
    await promise;
    clearTimeout(timer);
    this.#onIdle = undefined;
  }

  async serve(request: TunnelRequest, signal: AbortSignal): Promise<TunnelResponse> {
    const startedAt = performance.now();
    const agent = await withTimeout(this.#agent.promise, RELOAD_MS, "the agent was not loaded again in time");
    this.#running += 1;
    const peek = new BodyPeek(request.body);
    const told = (status: number): void => {
      const { method, path } = request;
      const rpc = peek.rpcMethod();
      this.#tell({
        event: "call",
        method,
        path,
        ...(rpc === undefined ? {} : { rpc }),
        status,
        ms: performance.now() - startedAt,
      });
    };
    const over = (status: number): void => {
      this.#running -= 1;
      if (this.#running === 0) this.#onIdle?.();
      // The platform's own look at the card is no call of anybody's.
      if (!request.path.startsWith("/.well-known/")) told(status);
    };
    try {
      const socket = agent.held.open(agent.port);
      const response = await exchange(agent, socket, { ...request, body: peek.bytes() }, signal);
      const status = response.statusCode ?? 502;
      const body = reading(response, agent, (isWhole) => {
        if (isWhole) agent.held.rest(socket);
        over(isWhole ? status : 0);
      });
      return { status, headers: textsOf(response), body };
    } catch (error) {
      over(0);
      throw explained(error, agent);
    }
  }
}

/** Nobody may be waiting for it when it fails. */
function pendingAgent(): PromiseWithResolvers<Running> {
  const pending = Promise.withResolvers<Running>();
  pending.promise.catch(() => {});
  return pending;
}

async function exchange(
  { port }: Running,
  socket: Socket,
  { method, path, headers, body }: TunnelRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const req = httpRequest({
    method,
    path,
    headers: {
      ...Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_CONNECTION.has(name))),
      host: `localhost:${port}`,
      connection: "keep-alive",
    },
    createConnection: () => socket,
    signal,
  });
  req.once("response", resolve).once("error", reject);
  pipeline(Readable.from(body ?? []), req).catch(reject);
  return await promise;
}

function explained(error: unknown, { gone }: Running): unknown {
  return gone === undefined ? error : new Error(gone, { cause: error });
}

async function* reading(
  response: IncomingMessage,
  agent: Running,
  onOver: (isWhole: boolean) => void,
): AsyncGenerator<Uint8Array, void> {
  let isWhole = false;
  try {
    for await (const chunk of response) yield chunk as Buffer; // without an encoding a response yields buffers
    isWhole = response.complete;
    if (!isWhole) throw new Error("the agent broke off its answer");
  } catch (error) {
    throw explained(error, agent);
  } finally {
    if (!isWhole) response.destroy();
    onOver(isWhole);
  }
}

/** Passes a body on and keeps its beginning, for the name of the method in it. */
class BodyPeek {
  readonly #body: TunnelRequest["body"];
  #kept = Buffer.alloc(0);

  constructor(body: TunnelRequest["body"]) {
    this.#body = body;
  }

  async *bytes(): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of this.#body instanceof Uint8Array ? [this.#body] : (this.#body ?? [])) {
      if (this.#kept.length < MAX_PEEK_BYTES) this.#kept = Buffer.concat([this.#kept, chunk]);
      yield chunk;
    }
  }

  rpcMethod(): string | undefined {
    return /"method"\s*:\s*"([\w/.$-]{1,64})"/.exec(this.#kept.toString("utf8"))?.[1];
  }
}

function textsOf({ headers }: IncomingMessage): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === "string" && !OF_CONNECTION.has(name)) texts[name] = value;
  }
  return texts;
}

async function withTimeout<T>(promise: Promise<T>, ms: number, why: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(why)), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

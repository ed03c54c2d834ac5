import { randomBytes } from "node:crypto";
import { ServerResponse as HttpResponse, createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { TlsOptions } from "node:tls";
import type { Control } from "@berth/control";
import type { IdGenerator } from "@berth/protocol";
import { PublishedCards } from "./a2a/published-cards.ts";
import { InnerDoor } from "./conformance/inner-door.ts";
import { answerBrokenRequest } from "./edge/broken-request.ts";
import { Dispatcher } from "./edge/dispatcher.ts";
import type { Edge, Offer } from "./edge/edge.ts";
import type { GrpcServer } from "./grpc/grpc-server.ts";
import { Exchange } from "./edge/exchange.ts";
import { Hosts } from "./edge/hosts.ts";
import { DEFAULT_LIMITS } from "./edge/limits.ts";
import type { Limits } from "./edge/limits.ts";
import type { OAuthServer } from "./edge/oauth-server.ts";
import type { StaticFiles } from "./edge/static-files.ts";
import { StreamRegistry } from "./edge/stream-registry.ts";
import { isWebSocketUpgrade, takeProtocolToken } from "./websocket/upgrade.ts";
import type { Upgrade } from "./websocket/upgrade.ts";
import { gatewayRoutes } from "./routes.ts";
import type { GatewayRoutes } from "./routes.ts";

export interface GatewayOptions {
  readonly control: Control;
  readonly ids: IdGenerator;
  readonly version: string;
  /** Where the platform is reached, such as `http://127.0.0.1:4100`. */
  readonly baseUrl: () => string;
  /** Agents are at `<agent>.<domain>`. */
  readonly domain?: string;
  /** Further names of the platform's host. */
  readonly allowedHosts?: readonly string[];
  readonly console?: StaticFiles;
  /** What cards say of this platform; default: no push notifications, no gRPC. */
  readonly offer?: Offer;
  /**
   * Seals what MCP clients carry for us. The same on every node and after every restart, or they have to begin anew;
   * default: one of this gateway's own.
   */
  readonly secret?: Uint8Array;
  readonly limits?: Partial<Limits>;
  /** `/metrics` asks for no credential; default false. */
  readonly publicMetrics?: boolean;
  /** The platform's own authorization server. */
  readonly oauth?: OAuthServer;
  /** Default: plain HTTP, for what is in front of it to encrypt. */
  readonly tls?: GatewayTls;
  readonly log?: (line: string) => void;
}

export interface GatewayTls {
  /** PEM, with the chain. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  /** PEM of the authorities whose client certificates may be trusted; absent: clients are asked for none. */
  readonly clientCa?: string;
}

/** Life: 1. `listen`, or `handler` on a server of one's own; 2. `close`, once. */
export interface Gateway {
  /** Everything that dispatches. */
  readonly routes: GatewayRoutes;
  readonly handler: RequestListener;
  /** Port 0 picks one. */
  listen(port: number, host: string): Promise<{ readonly port: number }>;
  /** A2A in gRPC, at a port of its own; once, after `listen`. From then on cards say so. Port 0 picks one. */
  listenGrpc(port: number, host: string): Promise<{ readonly port: number }>;
  /**
   * Takes no more requests, ends streams, lets the others finish for `graceMs`; then whoever still waits for a task
   * is answered with the task as it is, and what is left is cut. Twice is harmless.
   */
  close(graceMs: number): Promise<void>;
}

/** Connections that wait to be taken: thousands of subscribers may come back in the same moment. Linux bounds it itself. */
const BACKLOG = 16_384;
/** How long the answers of interrupted calls may take before their sockets are cut. */
const LAST_WORDS_MS = 500;

export function createGateway(options: GatewayOptions): Gateway {
  return new HttpGateway(options);
}

/**
 * Loaded only where it is used, because it takes a tenth of a second. Whoever will call `listenGrpc` may begin it early,
 * while it waits for something else.
 */
export async function loadGrpc(): Promise<{ readonly createGrpcServer: (edge: Edge, tls?: GatewayTls) => GrpcServer }> {
  return await import("./grpc/grpc-server.ts");
}

class HttpGateway implements Gateway {
  readonly routes: GatewayRoutes;
  readonly #ids: IdGenerator;
  readonly #streams: StreamRegistry;
  readonly #edge: Edge;
  readonly #offer: { pushNotifications: boolean; grpcPort?: number };
  readonly #dispatcher: Dispatcher;
  readonly #tls: GatewayTls | undefined;
  readonly #server: Server;
  readonly #door: InnerDoor = new InnerDoor((req, res) => void this.#handle(req, res));
  readonly #active = new Set<Exchange>();
  #grpc: GrpcServer | undefined;
  #onIdle: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: GatewayOptions) {
    const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#ids = options.ids;
    this.#streams = new StreamRegistry(limits);
    this.#tls = options.tls;
    const mutualTls = options.tls?.clientCa !== undefined;
    this.#offer = { pushNotifications: false, ...options.offer, ...(mutualTls ? { mutualTls } : {}) };
    this.#edge = createEdge(options, {
      limits,
      streams: this.#streams,
      offer: this.#offer,
      door: this.#door,
      isOpen: () => this.#closed === undefined,
    });
    this.routes = gatewayRoutes(this.#edge);
    this.#dispatcher = new Dispatcher({ edge: this.#edge, ...this.routes, console: options.console });
    const { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs } = limits;
    const settings = {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      // How often Node looks for requests that take too long; the default of 30 s would allow twice the time.
      connectionsCheckingInterval: Math.min(1_000, headersTimeoutMs),
      // Whoever asks for another protocol, or elsewhere, is answered as if they had not asked (RFC 9110 §7.8).
      shouldUpgradeCallback: (req: IncomingMessage) =>
        isWebSocketUpgrade(req) && this.#dispatcher.hasWebSocket(splitUrl(req.url).path),
    };
    this.#server =
      options.tls === undefined
        ? createServer(settings)
        : createTlsServer({ ...settings, ...toTlsOptions(options.tls) });
    this.#server.on("request", this.handler);
    this.#server.on("upgrade", (req, socket, head) => {
      socket.on("error", () => socket.destroy());
      takeProtocolToken(req);
      const res = new HttpResponse(req);
      // The request's own socket, under its narrower type.
      res.assignSocket(req.socket);
      res.shouldKeepAlive = false;
      res.once("finish", () => req.socket.destroySoon());
      void this.#handle(req, res, { socket, head });
    });
    this.#server.on("clientError", answerBrokenRequest);
  }

  readonly handler: RequestListener = (req, res) => {
    void this.#handle(req, res);
  };

  async listen(port: number, host: string): Promise<{ readonly port: number }> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ port, host, backlog: BACKLOG }, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    const address = this.#server.address();
    return { port: typeof address === "object" && address !== null ? address.port : port };
  }

  async listenGrpc(port: number, host: string): Promise<{ readonly port: number }> {
    const { createGrpcServer } = await loadGrpc();
    this.#grpc = createGrpcServer(this.#edge, this.#tls);
    const bound = await this.#grpc.listen(port, host);
    this.#offer.grpcPort = bound.port;
    return bound;
  }

  async close(graceMs: number): Promise<void> {
    this.#closed ??= this.#close(graceMs);
    await this.#closed;
  }

  async #handle(req: IncomingMessage, res: ServerResponse, upgrade?: Upgrade): Promise<void> {
    // A caller may vanish at any moment; what that means is decided where its absence is noticed.
    req.on("error", ignore);
    res.on("error", ignore);
    const { path, search } = splitUrl(req.url);
    const requestId = this.#ids("request");
    const exchange = new Exchange({ req, res, requestId, path, search, ...(upgrade === undefined ? {} : { upgrade }) });
    this.#active.add(exchange);
    try {
      await this.#dispatcher.dispatch(exchange);
      if (!exchange.isUpgraded) await gone(res);
    } finally {
      this.#active.delete(exchange);
      if (this.#active.size === 0) this.#onIdle?.();
    }
  }

  async #close(graceMs: number): Promise<void> {
    this.#dispatcher.stop();
    const grpcStopped = this.#grpc?.close(graceMs);
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#streams.close();
    this.#server.closeIdleConnections();
    await this.#idle(graceMs);
    for (const exchange of this.#active) exchange.interrupt();
    await this.#idle(Math.min(graceMs, LAST_WORDS_MS));
    this.#server.closeAllConnections();
    this.#door.close();
    await stopped;
    await grpcStopped;
  }

  async #idle(timeoutMs: number): Promise<void> {
    if (this.#active.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#onIdle = undefined;
  }
}

function createEdge(
  options: GatewayOptions,
  own: {
    readonly limits: Limits;
    readonly streams: StreamRegistry;
    readonly offer: Offer;
    readonly door: InnerDoor;
    readonly isOpen: () => boolean;
  },
): Edge {
  const { control, ids, baseUrl, version, domain = "localhost", allowedHosts = [] } = options;
  const { limits, streams, offer, door, isOpen } = own;
  return {
    control,
    limits,
    ids,
    streams,
    door,
    hosts: new Hosts({ domain, allowedHosts }),
    baseUrl: () => baseUrl().replace(/\/+$/, ""),
    domain,
    offer,
    ...(options.oauth === undefined ? {} : { oauth: options.oauth }),
    cards: new PublishedCards(control, offer, options.oauth),
    secret: options.secret ?? randomBytes(32),
    version,
    publicMetrics: options.publicMetrics ?? false,
    log: options.log ?? ignore,
    ready: () => isOpen() && control.ready(),
  };
}

/** Whoever has no certificate may still call; one of an unknown authority is looked at, and trusted with nothing. */
function toTlsOptions({ cert, key, clientCa }: GatewayTls): TlsOptions {
  const common = { cert, key, minVersion: "TLSv1.2", ALPNProtocols: ["http/1.1"] } as const;
  return clientCa === undefined ? common : { ...common, ca: clientCa, requestCert: true, rejectUnauthorized: false };
}

function splitUrl(url = "/"): { readonly path: string; readonly search: string } {
  const query = url.indexOf("?");
  return query === -1 ? { path: url, search: "" } : { path: url.slice(0, query), search: url.slice(query + 1) };
}

/** Resolves when the answer has left the house, or never will. */
async function gone(res: ServerResponse): Promise<void> {
  if (res.closed) return;
  await new Promise<void>((resolve) => res.once("close", () => resolve()));
}

function ignore(): void {
  // Nothing to do.
}

import { PlatformError, REASONS } from "@berth/protocol";
import type { Reason } from "@berth/protocol";
import { TUNNEL_LIMITS, TUNNEL_SUBPROTOCOL, TUNNEL_VERSION, Tunnel } from "@berth/protocol/wire/tunnel";
import type { LinkFrame, TunnelLogLine, TunnelRequest, TunnelResponse } from "@berth/protocol/wire/tunnel";
import { WebSocket } from "ws";

export interface DevLinkOptions {
  readonly url: string;
  readonly token: string | undefined;
  readonly hello: Omit<LinkFrame & { readonly type: "hello" }, "type" | "version">;
  readonly serve: (request: TunnelRequest, signal: AbortSignal) => Promise<TunnelResponse>;
  readonly onUpdate: (frame: LinkFrame & { readonly type: "updated" | "refused" }) => void;
}

export type Welcome = LinkFrame & { readonly type: "welcome" };

const CONNECT_MS = 15_000;
/** The platform pings every quarter of a minute. */
const SILENCE_MS = 45_000;
/** Log bytes that may wait for a slow connection; what is more is counted instead. */
const MAX_WAITING_BYTES = 1024 * 1024;
const CLOSE_MS = 1_000;

/**
 * One connection to the platform. Life: 1. `open` resolves with the welcome, or throws; 2. `update`, `log`, `ask`; 3.
 * `ended` resolves with why: a PlatformError when the platform does not want this machine back.
 */
export class DevLink {
  readonly ended: Promise<PlatformError | string>;
  readonly #socket: WebSocket;
  readonly #tunnel: Tunnel;
  readonly #options: DevLinkOptions;
  readonly #welcome = Promise.withResolvers<Welcome>();
  readonly #end = Promise.withResolvers<PlatformError | string>();
  #farewell: PlatformError | undefined;
  #silence: NodeJS.Timeout | undefined;
  #dropped = 0;

  private constructor(options: DevLinkOptions) {
    this.#options = options;
    this.ended = this.#end.promise;
    this.#socket = new WebSocket(`${options.url.replace(/^http/, "ws")}/v1/attach`, TUNNEL_SUBPROTOCOL, {
      headers: options.token === undefined ? {} : { authorization: `Bearer ${options.token}` },
      handshakeTimeout: CONNECT_MS,
      perMessageDeflate: false,
      maxPayload: TUNNEL_LIMITS.frameBytes,
    });
    this.#tunnel = new Tunnel({
      side: "machine",
      send: (data) => {
        if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(data);
      },
      serve: options.serve,
      onLinkFrame: (frame) => this.#take(frame),
      onViolation: ({ message }) => this.#fail(`the platform does not speak the protocol: ${message}`),
    });
    this.#listen();
  }

  /** @throws PlatformError when the platform refuses; else Error when it cannot be reached */
  static async open(options: DevLinkOptions): Promise<{ readonly link: DevLink; readonly welcome: Welcome }> {
    const link = new DevLink(options);
    const late = setTimeout(() => link.#fail("no welcome came"), CONNECT_MS);
    try {
      return { link, welcome: await link.#welcome.promise };
    } finally {
      clearTimeout(late);
    }
  }

  update(card: unknown, config: unknown): void {
    this.#tunnel.sendFrame({ type: "update", card, ...(config === undefined ? {} : { config }) });
  }

  log(line: TunnelLogLine): void {
    if (this.#socket.bufferedAmount > MAX_WAITING_BYTES) {
      this.#dropped += 1;
      return;
    }
    const text = line.text.slice(0, TUNNEL_LIMITS.lineLength);
    this.#tunnel.sendFrame({ type: "log", lines: [{ ...line, text }], dropped: this.#dropped });
    this.#dropped = 0;
  }

  async ask(request: TunnelRequest, signal: AbortSignal): Promise<TunnelResponse> {
    return await this.#tunnel.request(request, signal);
  }

  /** On purpose: the platform waits for nobody. */
  async detach(): Promise<void> {
    this.#tunnel.sendFrame({ type: "close", reason: "DETACHED", message: "a2a dev was stopped" });
    const cut = setTimeout(() => this.#socket.terminate(), CLOSE_MS);
    await this.ended;
    clearTimeout(cut);
  }

  #listen(): void {
    const socket = this.#socket;
    const heard = (): void => {
      clearTimeout(this.#silence);
      this.#silence = setTimeout(() => this.#fail("the platform has gone silent"), SILENCE_MS);
    };
    socket.on("open", () => {
      heard();
      this.#tunnel.sendFrame({ type: "hello", version: TUNNEL_VERSION, ...this.#options.hello });
    });
    socket.on("ping", heard);
    socket.on("message", (data, isBinary) => {
      heard();
      // ws gives buffers unless it is told otherwise.
      const bytes = data as Buffer;
      this.#tunnel.receive(isBinary ? bytes : bytes.toString("utf8"));
    });
    socket.on("unexpected-response", (request, response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text = (text + chunk).slice(0, 64 * 1024)));
      response.on("end", () => {
        request.destroy();
        this.#over(refusalOf(response.statusCode ?? 0, text) ?? `HTTP ${response.statusCode ?? 0}`);
      });
    });
    socket.on("error", (error) => this.#over(messageOf(error)));
    socket.on("close", (code, reason) => this.#over(`the connection was closed (${code} ${reason.toString("utf8")})`));
  }

  #take(frame: LinkFrame): void {
    if (frame.type === "welcome") {
      this.#tunnel.sendFrame({ type: "clock", sentAt: frame.at, at: Date.now() });
      this.#welcome.resolve(frame);
    } else if (frame.type === "updated" || frame.type === "refused") {
      this.#options.onUpdate(frame);
    } else if (frame.type === "close") {
      this.#farewell = toError(frame.reason, frame.message, frame.hint);
    }
  }

  #fail(why: string): void {
    this.#over(why);
    this.#socket.terminate();
  }

  #over(why: PlatformError | string): void {
    clearTimeout(this.#silence);
    const end = this.#farewell ?? why;
    this.#tunnel.close(typeof end === "string" ? end : end.message);
    this.#end.resolve(end);
    this.#welcome.reject(typeof end === "string" ? new Error(end) : end);
    // Nobody waits for the welcome of a link that was open.
    this.#welcome.promise.catch(() => {});
  }
}

/** The platform stops or has too much to do: it will be back. */
const PASSING: ReadonlySet<Reason> = new Set<Reason>([
  "SHUTTING_DOWN",
  "RATE_LIMITED",
  "STORE_UNAVAILABLE",
  "TOO_MANY_STREAMS",
]);

export function isPassing(error: PlatformError): boolean {
  return PASSING.has(error.reason);
}

/** What was refused in HTTP. Undefined for what is not the platform's own answer: somebody in between. */
function refusalOf(status: number, body: string): PlatformError | undefined {
  try {
    const { reason, detail, hint }: { reason?: string; detail?: string; hint?: string } = JSON.parse(body);
    if (reason !== undefined) return toError(reason, detail ?? `HTTP ${status}`, hint);
  } catch {
    // A page of a proxy.
  }
  return undefined;
}

/** Reasons of the link's own become what they mean for whoever sits here. */
function toError(reason: string, message: string, hint?: string): PlatformError {
  const known = Object.hasOwn(REASONS, reason) ? (reason as Reason) : "STORE_CONFLICT"; // it is one of its keys
  return new PlatformError(known, message, hint === undefined ? {} : { hint });
}

function messageOf(error: Error & { readonly code?: string }): string {
  return error.code === "ECONNREFUSED" ? "nobody listens there" : error.message || String(error.code ?? error);
}

import { createServer, request } from "node:http";
import type { IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from "node:http";
import { rm } from "node:fs/promises";
import type { Duplex } from "node:stream";
import type { EgressDecision } from "../sandbox-driver.ts";
import { connectTo, EgressRefusal } from "./egress-network.ts";
import type { EgressNetwork } from "./egress-network.ts";
import { HostAllowlist, parseAuthority } from "./host-allowlist.ts";
import type { HostAndPort } from "./host-allowlist.ts";
import { pipeBoth } from "./pipe-both.ts";

export type { EgressNetwork } from "./egress-network.ts";

export interface EgressProxyOptions {
  readonly allow: readonly string[];
  readonly onDecision: (decision: EgressDecision) => void;
  readonly network?: EgressNetwork;
  /** A connection without a byte for this long ends; default 5 minutes, for models that think. */
  readonly idleTimeoutMs?: number;
}

export interface EgressProxy {
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 64;
const MAX_HEADER_BYTES = 16 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 5 * 60_000;
const HTTP_PORT = 80;
/** RFC 9110 §7.6.1: of one connection only; `proxy-*` is for us. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "host",
]);

/**
 * An agent's only way out: an HTTP proxy on a unix socket that only this agent can reach, so who asks is known by the
 * socket. Allowed is what the release lists; each decision is told.
 */
export async function openEgressProxy(socketPath: string, options: EgressProxyOptions): Promise<EgressProxy> {
  const allowlist = new HostAllowlist(options.allow);
  const network = options.network ?? {};
  const idleMs = options.idleTimeoutMs ?? IDLE_TIMEOUT_MS;
  const open = new Set<Duplex>();

  /** Undefined: refused, and the agent was told so by `refuse`. */
  const reach = async (
    target: HostAndPort | undefined,
    asked: string,
    refuse: (status: number, reason: string) => void,
  ): Promise<Duplex | undefined> => {
    if (target === undefined) {
      decide(options, { host: asked.slice(0, 255), port: 0 }, "denied", "it is not a host and port");
      refuse(400, "The proxy needs a host and a port.");
      return undefined;
    }
    if (!allowlist.allows(target)) {
      const reason = "it is not in the agent's egress list";
      decide(options, target, "denied", reason);
      refuse(403, `${target.host}:${target.port} is refused: ${reason} (egress in berth.json).`);
      return undefined;
    }
    try {
      const socket = await connectTo(target, network);
      open.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => open.delete(socket));
      decide(options, target, "allowed", `connected to ${socket.remoteAddress ?? "it"}`);
      return socket;
    } catch (error) {
      const reason = error instanceof EgressRefusal ? error.message : "the connection failed";
      decide(options, target, "denied", reason);
      refuse(502, `${target.host}:${target.port} cannot be reached: ${reason}.`);
      return undefined;
    }
  };

  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: 0,
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("error", () => {});
    socket.setTimeout(idleMs, () => socket.destroy());
    socket.once("close", () => open.delete(socket));
  });
  server.on("connect", (message: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refuse = (status: number, reason: string): void => {
      socket.end(`HTTP/1.1 ${status} Refused\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${reason}\n`);
    };
    const authority = message.url ?? "";
    void reach(parseAuthority(authority), authority, refuse).then((upstream) => {
      if (upstream === undefined) return;
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      if (head.length > 0) upstream.write(head);
      pipeBoth(socket, upstream, idleMs);
    });
  });
  server.on("request", (message, response) => {
    void passOn(message, response, reach, idleMs);
  });
  server.on("clientError", (_error, socket) => {
    socket.destroy();
  });
  await listen(server, socketPath);
  return {
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      for (const socket of open) socket.destroy();
      await closed;
      await rm(socketPath, { force: true });
    },
  };
}

type Reach = (
  target: HostAndPort | undefined,
  asked: string,
  refuse: (status: number, reason: string) => void,
) => Promise<Duplex | undefined>;

/** `GET http://host/path`: one request on a connection of its own. */
async function passOn(message: IncomingMessage, response: ServerResponse, reach: Reach, idleMs: number): Promise<void> {
  const refuse = (status: number, reason: string): void => {
    response.writeHead(status, { "content-type": "text/plain", connection: "close" }).end(`${reason}\n`);
  };
  const url = URL.canParse(message.url ?? "") ? new URL(message.url ?? "") : undefined;
  const target = url?.protocol === "http:" ? parseAuthority(url.host, HTTP_PORT) : undefined;
  const upstream = await reach(target, message.url ?? "", refuse);
  if (upstream === undefined || url === undefined) return;
  const outgoing = request({
    // Its own connection, to the checked address: no agent, no second look-up.
    createConnection: () => upstream,
    method: message.method,
    path: `${url.pathname}${url.search}`,
    headers: { ...endToEnd(message.headers), host: url.host, connection: "close" },
    timeout: idleMs,
  });
  const end = (): void => {
    outgoing.destroy();
    upstream.destroy();
    response.destroy();
  };
  outgoing.on("timeout", end);
  outgoing.on("error", end);
  message.on("error", end);
  response.on("error", end);
  response.on("close", () => {
    upstream.destroy();
  });
  outgoing.on("response", (answer) => {
    answer.on("error", end);
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
    answer.pipe(response);
  });
  message.pipe(outgoing);
}

function endToEnd(headers: IncomingMessage["headers"]): OutgoingHttpHeaders {
  const named = new Set(
    (headers.connection ?? "")
      .toLowerCase()
      .split(",")
      .map((name) => name.trim()),
  );
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name) && !named.has(name)));
}

function decide(
  options: EgressProxyOptions,
  target: HostAndPort,
  decision: EgressDecision["decision"],
  detail: string,
): void {
  options.onDecision({ ...target, decision, detail });
}

async function listen(server: Server, socketPath: string): Promise<void> {
  await rm(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

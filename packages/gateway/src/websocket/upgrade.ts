import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { PlatformError } from "@berth/protocol";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { authenticate } from "../edge/authenticate.ts";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import type { Policy } from "../edge/routes.ts";
import { ServerSocket } from "./server-socket.ts";

/** The connection of a request that asks to become a WebSocket. */
export interface Upgrade {
  readonly socket: Duplex;
  /** What came after the request already. */
  readonly head: Buffer;
}

/** How a browser, which cannot set a header here, shows its token: `Sec-WebSocket-Protocol: berth.bearer.<base64url>`. */
const TOKEN_PROTOCOL = "berth.bearer.";
/** Open at once, over all routes, per principal. */
const MAX_PER_PRINCIPAL = 64;

export interface AcceptOptions {
  readonly policy: Policy;
  /** The subprotocol that is spoken; the client must offer it. */
  readonly protocol: string;
  /** Of one message from the client. */
  readonly maxPayloadBytes: number;
}

export function isWebSocketUpgrade({ headers, method }: IncomingMessage): boolean {
  return method === "GET" && headers.upgrade?.toLowerCase() === "websocket";
}

/** A token among the subprotocols stands where the header would, and is nowhere repeated. */
export function takeProtocolToken({ headers }: IncomingMessage): void {
  const offered = protocolsOf(headers);
  const token = offered.find((protocol) => protocol.startsWith(TOKEN_PROTOCOL));
  if (token === undefined) return;
  headers["sec-websocket-protocol"] = offered.filter((protocol) => protocol !== token).join(", ");
  const value = Buffer.from(token.slice(TOKEN_PROTOCOL.length), "base64url").toString("utf8");
  if (headers.authorization === undefined) headers.authorization = `Bearer ${value}`;
}

/** Who holds how many sockets. */
const held = new WeakMap<Edge, Map<string, number>>();

/**
 * Answers 101 and gives the open socket. Everything that can be refused is to be refused before, in HTTP.
 * @throws INVALID_REQUEST when it is no upgrade, or not for this protocol; TOO_MANY_STREAMS, SHUTTING_DOWN
 */
export async function acceptSocket(edge: Edge, exchange: Exchange, options: AcceptOptions): Promise<ServerSocket> {
  const { upgrade, req } = exchange;
  const { protocol, policy, maxPayloadBytes } = options;
  if (upgrade === undefined) {
    throw new PlatformError("INVALID_REQUEST", "This address is for WebSockets.", {
      hint: `Send Connection: Upgrade, Upgrade: websocket and Sec-WebSocket-Protocol: ${protocol}.`,
    });
  }
  if (!protocolsOf(req.headers).includes(protocol)) {
    throw new PlatformError("INVALID_REQUEST", `The client must offer the subprotocol ${protocol}.`);
  }
  edge.streams.assertRoom();
  const leave = enter(edge, exchange.principal.id);
  try {
    const webSocket = await handshake(exchange, upgrade, { protocol, maxPayloadBytes });
    const { heartbeatMs, maxStreamBufferBytes } = edge.limits;
    const socket = new ServerSocket(webSocket, {
      heartbeatMs,
      maxBufferBytes: maxStreamBufferBytes,
      recheck: async () => void (await authenticate(exchange, edge, policy)),
    });
    socket.signal.addEventListener("abort", leave, { once: true });
    edge.streams.add(socket);
    return socket;
  } catch (error) {
    leave();
    throw error;
  }
}

async function handshake(
  exchange: Exchange,
  { socket, head }: Upgrade,
  { protocol, maxPayloadBytes }: Pick<AcceptOptions, "protocol" | "maxPayloadBytes">,
): Promise<WebSocket> {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Compression before authentication of the content is memory for strangers, and what goes here is small or packed.
    perMessageDeflate: false,
    maxPayload: maxPayloadBytes,
    handleProtocols: () => protocol,
  });
  return await new Promise<WebSocket>((resolve, reject) => {
    const gone = (): void => reject(new PlatformError("CANCELED", "The connection was closed during its handshake."));
    if (socket.destroyed) return gone();
    socket.once("close", gone);
    exchange.upgraded();
    server.handleUpgrade(exchange.req, socket, head, (webSocket) => {
      socket.off("close", gone);
      resolve(webSocket);
    });
  });
}

/** @throws TOO_MANY_STREAMS */
function enter(edge: Edge, principalId: string): () => void {
  const counts = held.get(edge) ?? new Map<string, number>();
  held.set(edge, counts);
  const count = counts.get(principalId) ?? 0;
  if (count >= MAX_PER_PRINCIPAL) {
    throw new PlatformError(
      "TOO_MANY_STREAMS",
      `${MAX_PER_PRINCIPAL} WebSockets are open for you, which is the most.`,
      {
        hint: "Close those that are no longer needed.",
      },
    );
  }
  counts.set(principalId, count + 1);
  let left = false;
  return () => {
    if (left) return;
    left = true;
    const now = (counts.get(principalId) ?? 1) - 1;
    if (now === 0) counts.delete(principalId);
    else counts.set(principalId, now);
  };
}

function protocolsOf(headers: IncomingMessage["headers"]): readonly string[] {
  return (headers["sec-websocket-protocol"] ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}

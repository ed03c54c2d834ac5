import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import { OutboundError } from "./outbound-error.ts";

export interface TunnelRequest {
  /** `https://host:port`: where it leads. Nothing of it is spoken here. */
  readonly url: string;
  /** Where to make the unix socket. */
  readonly socket: string;
  /** What may come back, over all connections. */
  readonly maxBytes: number;
}

/**
 * A unix socket of which every connection leads to one host, at an address that was checked when it was opened: the way
 * out of a program that speaks for itself and has no network.
 */
export interface OutboundTunnel extends AsyncDisposable {
  /** More than `maxBytes` came, and everything was cut. */
  readonly exceeded: boolean;
}

interface TunnelPlace {
  readonly addresses: readonly string[];
  readonly port: number;
}

const MAX_CONNECTIONS = 8;
const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_MS = 60_000;

export async function openTunnel({ socket, maxBytes }: TunnelRequest, place: TunnelPlace): Promise<OutboundTunnel> {
  const [address] = place.addresses;
  if (address === undefined) throw new OutboundError("unreachable", "its name does not resolve");
  const open = new Set<Socket>();
  let left = maxBytes;
  const cut = (): void => {
    for (const each of open) each.destroy();
  };
  const keep = (each: Socket): void => {
    open.add(each);
    each.on("error", () => each.destroy());
    each.on("close", () => open.delete(each));
  };
  const server = createServer({ allowHalfOpen: true }, (inner) => {
    keep(inner);
    const outer = connect({ host: address, port: place.port, noDelay: true, allowHalfOpen: true });
    keep(outer);
    outer.setTimeout(CONNECT_TIMEOUT_MS, () => outer.destroy());
    outer.once("connect", () => outer.setTimeout(IDLE_MS));
    outer.on("data", (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) cut();
    });
    outer.on("close", () => inner.destroy());
    inner.on("close", () => outer.destroy());
    outer.pipe(inner);
    inner.pipe(outer);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socket, resolve);
  });
  return {
    get exceeded() {
      return left < 0;
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import type { AddressInfo } from "node:net";

interface LiveConnection {
  readonly client: Socket;
  readonly platform: Socket;
  /** What the platform has sent since the stream began. */
  received: number;
}

/** Stands between browser and platform, passes bytes on, and cuts the console's live stream when it is told to. */
export class KillingProxy implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #live = new Set<LiveConnection>();

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(platform: string): Promise<KillingProxy> {
    const to = Number(new URL(platform).port);
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    // A TCP server has a port.
    const proxy = new KillingProxy(server, (server.address() as AddressInfo).port);
    server.on("connection", (client) => proxy.#pass(client, connect({ host: "127.0.0.1", port: to })));
    return proxy;
  }

  /** How many streams were cut: those that have brought more than `atLeast` bytes. */
  kill(atLeast: number): number {
    const ripe = [...this.#live].filter(({ received }) => received > atLeast);
    for (const { client, platform } of ripe) {
      client.resetAndDestroy();
      platform.destroy();
    }
    return ripe.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #pass(client: Socket, platform: Socket): void {
    let live: LiveConnection | undefined;
    client.on("data", (chunk: Buffer) => {
      // A connection that is kept alive carries one request after the other.
      if (live === undefined && chunk.includes("POST /v1/live ")) {
        live = { client, platform, received: 0 };
        this.#live.add(live);
      }
      platform.write(chunk);
    });
    platform.on("data", (chunk: Buffer) => {
      if (live !== undefined) live.received += chunk.length;
      client.write(chunk);
    });
    for (const [socket, other] of [
      [client, platform],
      [platform, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#sockets.delete(socket);
        if (live !== undefined) this.#live.delete(live);
        other.destroy();
      });
    }
  }
}

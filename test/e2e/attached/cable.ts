import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { once } from "node:events";

/** A network between a machine and the platform that can be pulled. */
export class Cable implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isPlugged = true;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(url: string): Promise<Cable> {
    const { port, hostname } = new URL(url);
    const server = createServer();
    const cable = new Cable(server);
    server.on("connection", (near) => {
      if (!cable.#isPlugged) {
        near.destroy();
        return;
      }
      const far = connect(Number(port), hostname);
      for (const socket of [near, far]) {
        cable.#sockets.add(socket);
        socket
          .on("error", () => {})
          .once("close", () => {
            cable.#sockets.delete(socket);
            near.destroy();
            far.destroy();
          });
      }
      near.pipe(far).pipe(near);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return cable;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the cable leads nowhere");
    return `http://127.0.0.1:${address.port}`;
  }

  pull(): void {
    this.#isPlugged = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  plug(): void {
    this.#isPlugged = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.pull();
    this.#server.close();
    await once(this.#server, "close");
  }
}

import { rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";

/** What zygote.mjs is told, once. */
export interface StartOrders {
  /** As the agent sees it. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
  /** Only to learn what V8 makes of the program: the answer comes on the same connection. */
  readonly record?: true;
  readonly cacheFolder?: string;
}

/** The host's end of the socket on which a warm jail waits. Nothing else can reach it, and only one connection is taken. */
export class OrdersSocket implements AsyncDisposable {
  readonly #path: string;
  readonly #server: Server;
  readonly #connected = Promise.withResolvers<Socket>();

  private constructor(path: string) {
    this.#path = path;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => {});
      this.#connected.resolve(socket);
      this.#server.close();
    });
    this.#server.maxConnections = 1;
  }

  static async open(path: string): Promise<OrdersSocket> {
    const opened = new OrdersSocket(path);
    await new Promise<void>((resolve, reject) => {
      opened.#server.once("error", reject).listen(path, resolve);
    });
    return opened;
  }

  /** The jail is booted and asks. Its name is taken away: nobody can ask again. */
  async connected(signal: AbortSignal): Promise<Socket> {
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => {
      // A reason of ours: a time that is over.
      aborted.reject(signal.reason as Error);
    };
    signal.addEventListener("abort", abort, { once: true });
    try {
      signal.throwIfAborted();
      const socket = await Promise.race([this.#connected.promise, aborted.promise]);
      await rm(this.#path, { force: true });
      return socket;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    void this.#connected.promise.then((socket) => socket.destroy());
    await rm(this.#path, { force: true });
  }
}

/** Resolves when the jail has them and has let go of the connection. */
export async function giveOrders(socket: Socket, orders: StartOrders, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (): void => {
      socket.destroy();
      reject(new Error("the warm jail did not take its agent"));
    };
    if (socket.destroyed || signal.aborted) return fail();
    signal.addEventListener("abort", fail, { once: true });
    // An end in order: the jail has read everything. A jail that died resets the connection.
    let ended = false;
    socket.once("end", () => (ended = true));
    socket.once("close", () => {
      signal.removeEventListener("abort", fail);
      if (ended) resolve();
      else fail();
    });
    socket.resume();
    socket.end(JSON.stringify(orders));
  });
}

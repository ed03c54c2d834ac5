import { connect } from "node:net";
import type { Socket } from "node:net";

const MAX_RESTING = 256;

/**
 * A connection of its own for each call to the agent, which is not ended with its answer: some servers take the end of
 * the connection that brought a task for its caller's leaving, while the task waits for a person (gemini-cli's does). The
 * agent closes them when it likes; of those that rest the oldest goes when there are too many.
 */
export class HeldConnections {
  readonly #all = new Set<Socket>();
  readonly #resting = new Set<Socket>();

  open(port: number): Socket {
    const socket = connect({ host: "localhost", port });
    this.#all.add(socket);
    socket
      // Under a call it is the call's, and after it nobody's.
      .on("error", () => {})
      .once("close", () => {
        this.#all.delete(socket);
        this.#resting.delete(socket);
      });
    return socket;
  }

  /** Its call is over. */
  rest(socket: Socket): void {
    if (socket.destroyed) return;
    this.#resting.add(socket);
    // Read on, so that its end is seen.
    socket.resume();
    const [oldest] = this.#resting;
    if (this.#resting.size > MAX_RESTING) oldest?.destroy();
  }

  close(): void {
    for (const socket of this.#all) socket.destroy();
  }
}

import { PlatformError } from "@berth/protocol";
import type { Message } from "@berth/protocol";
import type { Steering } from "../context.ts";

/** Messages that may wait to be read; a platform hands over one at a time. */
const MAX_UNREAD = 16;

type Read = IteratorResult<Message, undefined>;

interface Unread {
  readonly message: Message;
  readonly settle: (error?: PlatformError) => void;
}

/**
 * The messages that steer one task. Each is read once or refused, and its sender learns which: only then does a platform
 * know whether it still has to be a turn. Life: pushes and reads, over all turns; `refuse` when a turn ends; `close` when
 * the task does.
 */
export class SteeringInbox implements Steering {
  readonly #onRead: (message: Message) => void;
  readonly #unread = new Set<Unread>();
  readonly #readers: ((read: Read) => void)[] = [];
  #closed = false;

  constructor(onRead: (message: Message) => void) {
    this.#onRead = onRead;
  }

  /** Resolves when the run has read it. @throws UNSUPPORTED_OPERATION when the turn or the signal ended first, AGENT_OVERLOADED */
  async push(message: Message, signal: AbortSignal): Promise<void> {
    if (this.#closed || signal.aborted) throw notRead();
    if (this.#unread.size >= MAX_UNREAD) {
      throw new PlatformError("AGENT_OVERLOADED", `${MAX_UNREAD} messages wait to be read already.`);
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Whoever went away will send it again as a turn: it must not be read here too.
    const withdraw = (): void => unread.settle(notRead());
    const unread: Unread = {
      message,
      settle: (error) => {
        this.#unread.delete(unread);
        signal.removeEventListener("abort", withdraw);
        if (error === undefined) resolve();
        else reject(error);
      },
    };
    this.#unread.add(unread);
    signal.addEventListener("abort", withdraw, { once: true });
    const reader = this.#readers.shift();
    if (reader !== undefined) reader({ done: false, value: this.#read(unread) });
    await promise;
  }

  take(): readonly Message[] {
    return [...this.#unread].map((unread) => this.#read(unread));
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return { next: async () => await this.#next() };
  }

  refuse(): void {
    for (const unread of this.#unread) unread.settle(notRead());
  }

  close(): void {
    this.#closed = true;
    this.refuse();
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined });
  }

  #next(): Promise<Read> {
    const [first] = this.#unread;
    if (first !== undefined) return Promise.resolve({ done: false, value: this.#read(first) });
    if (this.#closed) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  #read(unread: Unread): Message {
    this.#onRead(unread.message);
    unread.settle();
    return unread.message;
  }
}

function notRead(): PlatformError {
  return new PlatformError("UNSUPPORTED_OPERATION", "The turn ended before the message was read.", {
    hint: "Send it again: it is the next turn, if the task takes one.",
  });
}

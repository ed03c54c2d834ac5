import { isPlatformError } from "@berth/protocol";
import type { RunningServer } from "./start-server.ts";

const LOOK_MS = 250;
const RETRY_MS = 1_000;

export interface ServerGuardOptions {
  readonly server: RunningServer;
  /** Starts it again. @throws what keeps it from starting, such as a full disk */
  readonly start: () => Promise<RunningServer>;
  readonly log: (line: string) => void;
}

/**
 * Starts the server again when it has ended: PostgreSQL recovers from a crash by itself, but not from one of its
 * postmaster, nor from a recovery that found the disk full. Life: made, and guards → `close`.
 */
export class ServerGuard {
  readonly #options: ServerGuardOptions;
  #server: RunningServer;
  #timer: NodeJS.Timeout | undefined;
  #starting: Promise<void> | undefined;
  #closed = false;
  #why: string | undefined;

  constructor(options: ServerGuardOptions) {
    this.#options = options;
    this.#server = options.server;
    this.#lookIn(LOOK_MS);
  }

  /** Guards no more. @returns the server as it is now. Twice is harmless. */
  async close(): Promise<RunningServer> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#starting;
    return this.#server;
  }

  #lookIn(ms: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#starting = this.#look();
    }, ms);
    this.#timer.unref();
  }

  /** Never throws. */
  async #look(): Promise<void> {
    this.#lookIn(await this.#startIfGone());
  }

  /** When to look again. */
  async #startIfGone(): Promise<number> {
    const { pid } = this.#server;
    if (isAlive(pid)) return LOOK_MS;
    const { start, log } = this.#options;
    if (this.#why === undefined) log(`PostgreSQL has ended (pid ${pid}) and is started again`);
    try {
      this.#server = await start();
      this.#why = undefined;
      log(`PostgreSQL started again: pid ${this.#server.pid}`);
      return LOOK_MS;
    } catch (error) {
      // Once per reason, not once a second.
      const why = isPlatformError(error) ? error.message : String(error);
      if (why !== this.#why) log(`PostgreSQL cannot be started, will try again: ${why}`);
      this.#why = why;
      return RETRY_MS;
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, as somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
